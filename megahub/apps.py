from django.apps import AppConfig


class MegahubConfig(AppConfig):
    name = "megahub"

    def ready(self) -> None:
        from megahub import celery, tracing  # noqa: PLC0415  (it makes itself the app that rings bells)

        celery.app.set_default()
        tracing.begin()
