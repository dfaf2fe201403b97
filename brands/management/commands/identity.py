"""`manage.py identity connect NAME SUBJECT`: whom the OpenID Connect provider calls so is NAME."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from brands.audit import sign_ins
from brands.models import Identity
from brands.sign_in import identities


class Command(BaseCommand):
    help = (
        "Connect a person with their subject at MEGAHUB_OIDC_ISSUER, or undo it. Administrators "
        "are connected only so: an e-mail address does not open their accounts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["connect", "remove"])
        parser.add_argument("username")
        parser.add_argument("subject", nargs="?", default="", help="`sub` of the provider")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is nobody called {options['username']!r}.")
        if options["verb"] == "remove":
            gone, _ = Identity.objects.filter(user=user).delete()
            if gone:
                sign_ins.tell("account.identity_removed", user)
            self.stdout.write(f"{gone} identities of {user} are removed.")
            return
        if settings.OIDC is None or not options["subject"]:
            raise CommandError("Set MEGAHUB_OIDC_ISSUER, and give the subject as well.")
        issuer = settings.OIDC.address
        if not identities.connect(user, issuer=issuer, subject=options["subject"]):
            raise CommandError("This subject is connected already.")
        self.stdout.write(f"{options['subject']} of {issuer} logs in as {user}.")
