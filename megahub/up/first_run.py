"""The first user and the demo content, made once."""

import os
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.db import transaction

ADMIN = "admin"


def make(*, say: Callable[[str], object]) -> bool:
    """Make the user `admin` if there is none; return whether it was made.

    The demo is made in the same transaction: a start that was killed meanwhile does both again.
    """
    users = get_user_model()
    if users.objects.filter(username=ADMIN).exists():
        return False
    with transaction.atomic():
        password = os.environ.get("MEGAHUB_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
        users.objects.create_superuser(ADMIN, password=password)
        if settings.DEMO and "demo" in get_commands():
            say("making demo content (MEGAHUB_DEMO=0 leaves it out)")
            call_command("demo")
    return True
