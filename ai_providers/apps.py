from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AIProvidersConfig(AppConfig):
    name = "ai_providers"
    verbose_name = _("AI providers")
    default_auto_field = "django.db.models.BigAutoField"
