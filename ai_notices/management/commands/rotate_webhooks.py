"""`manage.py rotate_webhooks`: seals addresses and secrets of webhooks under the newest key."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from ai_notices import webhooks
from ai_notices.models import Webhook


class Command(BaseCommand):
    help = (
        "Put the new key first in MEGAHUB_CREDENTIAL_KEYS, keep the old one behind it, restart, "
        "run this; before the old key may go, rotate_sealed must have sealed the rest."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, closed = 0, []
        for hook in Webhook.objects.order_by("pk").iterator():
            try:
                done += webhooks.seal_anew(hook)
            except InvalidToken:
                closed.append(f"{hook.brand_id}/{hook.name}")
        self.stdout.write(f"{done} webhooks sealed anew.")
        if closed:
            raise CommandError(
                "No key of MEGAHUB_CREDENTIAL_KEYS opens these; enter their addresses anew: "
                + ", ".join(closed)
            )
