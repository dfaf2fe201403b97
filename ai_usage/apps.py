from django.apps import AppConfig


class AIUsageConfig(AppConfig):
    name = "ai_usage"
    verbose_name = "AI usage"
    default_auto_field = "django.db.models.BigAutoField"
