"""`manage.py rotate_credentials`: seals every provider's key anew under the newest key."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from ai_providers import credentials
from ai_providers.models import Provider


class Command(BaseCommand):
    help = (
        "Put the new key first in MEGAHUB_CREDENTIAL_KEYS, keep the old one behind it, restart, "
        "run this; before the old key may go, rotate_sealed must have sealed the rest."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, closed = 0, []
        for provider in Provider.objects.exclude(sealed_key="").order_by("pk").iterator():
            try:
                done += credentials.rotate(provider)
            except InvalidToken:
                closed.append(f"{provider.brand_id}/{provider.name}")
        self.stdout.write(f"{done} keys sealed anew.")
        if closed:
            raise CommandError(
                "No key of MEGAHUB_CREDENTIAL_KEYS opens these; enter their keys anew: "
                + ", ".join(closed)
            )
