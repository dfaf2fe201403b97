"""`manage.py ovh_key create | list | revoke | reseal`: keys for OVH's API clients."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ai_core import ovh_keys
from ai_core.models import OvhKey
from brands.models import Brand, Membership
from brands.rights import SCOPES, right_of_scopes

_FARTHEST_DAYS = 36_500
_LONGEST_NAME = 80


class Command(BaseCommand):
    help = "Make, list and revoke keys for OVH's clients. `create` prints its three parts, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="create|list|revoke|reseal"
        )
        create = verbs.add_parser("create", help="make a key and print it as ovh.conf has it")
        create.add_argument("--user", required=True, help="the username that the key acts as")
        create.add_argument("--brand", required=True, help="slug of the key's brand")
        create.add_argument("--name", required=True, help="what the key is for")
        create.add_argument(
            "--scopes",
            default=",".join(SCOPES),
            help="of read,write,manage; default: all. The user's role is the limit in any case.",
        )
        create.add_argument("--expires-days", type=int, help="default: never")
        show = verbs.add_parser("list", help="show keys, never their secrets")
        show.add_argument("--brand", help="slug; default: every brand")
        close = verbs.add_parser("revoke", help="close a key for good")
        close.add_argument("application_key")
        verbs.add_parser("reseal", help="seal every secret under the newest credential key")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(options)

    def create(self, options: dict[str, Any]) -> None:
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        brand = Brand.objects.filter(slug=options["brand"], is_active=True).first()
        if brand is None:
            raise CommandError(f"There is no active brand {options['brand']!r}.")
        member = Membership.objects.filter(brand=brand, user=user).exists()
        if not (member or user.is_superuser):
            raise CommandError(f"{user} is no member of {brand.slug}: add them first.")
        name = options["name"].strip()
        if not 0 < len(name) <= _LONGEST_NAME:
            raise CommandError(f"--name needs 1 to {_LONGEST_NAME} characters.")
        try:
            right = right_of_scopes(word.strip() for word in options["scopes"].split(","))
        except ValueError as error:
            raise CommandError(f"--scopes: {error}") from None
        new = ovh_keys.issue(
            user=user,
            brand=brand,
            name=name,
            right=right,
            expires_at=_moment(options["expires_days"]),
        )
        self.stdout.write(f"application_key={new.key.application_key}")
        self.stdout.write(f"application_secret={new.application_secret}")
        self.stdout.write(f"consumer_key={new.consumer_key}")

    def list(self, options: dict[str, Any]) -> None:
        found = OvhKey.objects.select_related("user", "brand").order_by("brand__slug", "pk")
        if options["brand"]:
            found = found.filter(brand__slug=options["brand"])
        for key in found.iterator():
            state = "revoked" if key.revoked_at else "expired" if key.is_expired else "open"
            columns = (key.application_key, state, key.brand.slug, str(key.user), key.name)
            self.stdout.write("\t".join(columns))

    def revoke(self, options: dict[str, Any]) -> None:
        key = OvhKey.objects.filter(application_key=options["application_key"]).first()
        if key is None:
            raise CommandError("There is no such application key: see `ovh_key list`.")
        done = "is revoked" if ovh_keys.revoke(key) else "was revoked before"
        self.stderr.write(f"{key} {done}.")

    def reseal(self, options: dict[str, Any]) -> None:
        count = 0
        for key in OvhKey.objects.iterator():
            ovh_keys.rotate(key)
            count += 1
        self.stderr.write(f"{count} secrets are sealed under the newest credential key.")


def _moment(days: int | None) -> Any:
    if days is None:
        return None
    if not 0 < days <= _FARTHEST_DAYS:
        raise CommandError(f"--expires-days needs a number from 1 to {_FARTHEST_DAYS}.")
    return timezone.now() + timedelta(days=days)
