"""Demo content of brands: two brands with a member and a viewer each; safe to make again."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from brands.models import Brand, Membership, Role

BRANDS = {"humari": "Humari", "academy": "Academy"}
PEOPLE = {"member": Role.MEMBER, "viewer": Role.VIEWER}


@transaction.atomic
def make_brands() -> list[Brand]:
    """Make what is missing. Demo people cannot log in until an admin gives them a password."""
    return [_make(slug, name) for slug, name in BRANDS.items()]


def _make(slug: str, name: str) -> Brand:
    brand, _created = Brand.objects.get_or_create(slug=slug, defaults={"name": name})
    for word, role in PEOPLE.items():
        _join(brand, _person(f"{slug}-{word}"), role)
    admin = get_user_model().objects.filter(username="admin").first()
    if admin is not None:
        _join(brand, admin, Role.MANAGER)
    return brand


def _person(username: str) -> Any:
    person, created = get_user_model().objects.get_or_create(username=username)
    if created:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    return person


def _join(brand: Brand, user: Any, role: Role) -> None:
    """Leave alone who belongs already: an admin may have changed the role."""
    Membership.objects.get_or_create(brand=brand, user=user, defaults={"role": role})
