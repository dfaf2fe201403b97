from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AIUsageConfig(AppConfig):
    name = "ai_usage"
    verbose_name = _("AI usage")
    default_auto_field = "django.db.models.BigAutoField"
