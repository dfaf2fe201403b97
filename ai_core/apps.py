from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class AICoreConfig(AppConfig):
    name = "ai_core"
    verbose_name = _("AI jobs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Every app lists what it adds to the core in this one file; the core never names an app.
        autodiscover_modules("ai_extension")
        post_migrate.connect(_sync_registry, sender=self)


def _sync_registry(**_: Any) -> None:
    from ai_core.execution import registry  # noqa: PLC0415  (models are not there at import)

    registry.sync()
