from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AISchedulesConfig(AppConfig):
    name = "ai_schedules"
    verbose_name = _("Schedules")
    default_auto_field = "django.db.models.BigAutoField"
