"""`manage.py rotate_sealed`: seals everything that is sealed anew under the newest key."""

from collections.abc import Iterator
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model

from brands.sealing import fernet


class Command(BaseCommand):
    help = (
        "Put the new key first in MEGAHUB_CREDENTIAL_KEYS, keep the old one behind it, restart "
        "all processes, run this; then the old key may go. It can be run again at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, closed = 0, []
        for model, name in columns():
            rows = model._base_manager.exclude(**{name: ""}).order_by("pk")
            for pk, sealed in rows.values_list("pk", name).iterator():
                try:
                    after = fernet().rotate(sealed.encode()).decode()
                except InvalidToken:
                    closed.append(f"{model._meta.label} {pk}")
                    continue
                # Who has changed it meanwhile has sealed it under the newest key.
                same = model._base_manager.filter(pk=pk, **{name: sealed})
                done += same.update(**{name: after})
        self.stdout.write(f"{done} secrets sealed anew.")
        if closed:
            raise CommandError(
                "No key of MEGAHUB_CREDENTIAL_KEYS opens these; enter or make them anew: "
                + ", ".join(closed)
            )


def columns() -> Iterator[tuple[type[Model], str]]:
    """What is sealed stands in columns whose names begin so, whatever app they are of."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.name.startswith("sealed"):
                yield model, field.name
