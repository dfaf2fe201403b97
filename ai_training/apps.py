from django.apps import AppConfig


class AITrainingConfig(AppConfig):
    name = "ai_training"
    verbose_name = "AI training"
    default_auto_field = "django.db.models.BigAutoField"
