"""`manage.py api_key create | list | revoke`: keys for programs, from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from brands import keys
from brands.models import ApiKey, Brand, Membership
from brands.rights import SCOPES, right_of_scopes

_FARTHEST_DAYS = 36_500
_LONGEST_NAME = 80


class Command(BaseCommand):
    help = "Make, list and revoke API keys. `create` prints the key on standard output, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|revoke")
        create = verbs.add_parser("create", help="make a key and print it")
        create.add_argument("--user", required=True, help="the username that the key acts as")
        create.add_argument("--brand", required=True, help="slug of the key's brand")
        create.add_argument("--name", required=True, help="what the key is for")
        create.add_argument(
            "--scopes",
            default=",".join(SCOPES),
            help="of read,write,manage; each includes those before it; default: all. "
            "The user's role is the limit in any case.",
        )
        create.add_argument("--expires-days", type=int, help="default: never")
        show = verbs.add_parser("list", help="show keys, never their secrets")
        show.add_argument("--brand", help="slug; default: every brand")
        close = verbs.add_parser("revoke", help="close a key for good")
        close.add_argument("prefix", help="what follows mh_ in the key, or the whole key")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(options)

    def create(self, options: dict[str, Any]) -> None:
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        brand = _brand(options["brand"])
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
        new = keys.issue(
            user=user,
            brand=brand,
            name=name,
            right=right,
            expires_at=_moment(options["expires_days"]),
        )
        self.stdout.write(new.token)

    def list(self, options: dict[str, Any]) -> None:
        found = ApiKey.objects.select_related("user", "brand").order_by("brand__slug", "pk")
        if options["brand"]:
            found = found.filter(brand=_brand(options["brand"]))
        for key in found.iterator():
            state = "revoked" if key.revoked_at else "expired" if key.is_expired else "open"
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
            columns = (key.prefix, state, key.brand.slug, str(key.user), ",".join(key.scopes), used)
            self.stdout.write("\t".join((*columns, key.name)))

    def revoke(self, options: dict[str, Any]) -> None:
        prefix = options["prefix"].removeprefix("mh_").partition("_")[0]
        key = ApiKey.objects.filter(prefix=prefix).first()
        if key is None:
            raise CommandError(f"There is no key mh_{prefix}_…: see `api_key list`.")
        done = "is revoked" if keys.revoke(key) else "was revoked before"
        self.stderr.write(f"{key} {done}.")


def _brand(slug: str) -> Brand:
    brand = Brand.objects.filter(slug=slug).first()
    if brand is None:
        known = ", ".join(Brand.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise CommandError(f"There is no brand {slug!r}. There are: {known or 'none yet'}.")
    if not brand.is_active:
        raise CommandError(f"The brand {slug!r} is not active.")
    return brand


def _moment(days: int | None) -> Any:
    if days is None:
        return None
    if not 0 < days <= _FARTHEST_DAYS:
        raise CommandError(f"--expires-days needs a number from 1 to {_FARTHEST_DAYS}.")
    return timezone.now() + timedelta(days=days)
