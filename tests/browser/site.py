"""The people, brands and pages that browser tests and pictures walk through."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brands.models import Brand

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Cast:
    """An administrator, a member of one brand, somebody of two, and somebody of none."""

    admin: object
    member: object
    both: object
    outsider: object
    first: Brand
    second: Brand


@cache
def hashed() -> str:
    """Hash the password once; that is made to be slow."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def session_of(username: str) -> str:
    """The key of a new session of that user."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(username=username))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def fill() -> Cast:
    """Needs Django; pytest loads this module before Django is there."""
    from django.contrib.auth import get_user_model

    from brands.models import Brand, Membership, Role

    person = partial(get_user_model().objects.create, password=hashed())
    first = Brand.objects.create(name="Atelier", slug="atelier", time_zone="Europe/Paris")
    second = Brand.objects.create(
        name="Northern Lights Publishing", slug="northern-lights", currency="USD"
    )
    admin = person(
        username="ada", first_name="Ada", last_name="Byron", is_staff=True, is_superuser=True
    )
    member = person(username="mina", first_name="Mina", last_name="Roux")
    both = person(username="noel")
    outsider = person(username="oscar")
    for user, brand, role in (
        (member, first, Role.MEMBER),
        (both, first, Role.VIEWER),
        (both, second, Role.MANAGER),
    ):
        Membership.objects.create(user=user, brand=brand, role=role)
    return Cast(admin, member, both, outsider, first, second)


# name, who (a field of Cast, or None for a visitor), path
PAGES = [
    ("login", None, "/login/"),
    ("visitor-404", None, "/nowhere/"),
    ("overview", "member", "/"),
    ("overview-all-brands", "admin", "/"),
    ("overview-no-brand", "outsider", "/"),
    ("overview-choose", "both", "/"),
    ("jobs", "member", "/jobs/"),
    ("jobs-nothing-found", "member", "/jobs/?search=zzz"),
    ("jobs-all-brands", "admin", "/jobs/"),
    ("jobs-compare", "member", "/jobs/compare/"),
    ("queue", "member", "/queue/"),
    ("job-types", "member", "/job-types/"),
    ("releases", "member", "/releases/"),
    ("workers", "member", "/workers/"),
    ("new-job", "member", "/jobs/new/"),
    ("trainings-nothing", "member", "/trainings/"),
    ("new-training-nothing", "member", "/trainings/new/"),
    ("compare-trainings-nothing", "member", "/trainings/compare/"),
    ("datasets-nothing", "member", "/datasets/"),
    ("new-dataset", "member", "/datasets/new/"),
    ("configurations-nothing", "member", "/training-configurations/"),
    ("new-configuration", "member", "/training-configurations/new/"),
    ("offers-nothing", "member", "/compute-offers/"),
    ("new-offer-forbidden", "member", "/compute-offers/new/"),
    ("usage-first", "member", "/usage/"),
    ("providers-first", "member", "/providers/"),
    ("keys-first", "member", "/settings/keys/"),
    ("quotas-first", "member", "/settings/quotas/"),
    ("news-first", "member", "/news/"),
    ("settings-all-brands", "admin", "/settings/brand/"),
    ("search", "admin", "/search/?q=a"),
    ("search-nothing", "member", "/search/?q=zzz"),
    ("password", "member", "/account/password/"),
    ("404", "member", "/nowhere/"),
    ("403", "member", "/admin/login/"),
    ("admin-index", "admin", "/admin/"),
    ("admin-list", "admin", "/admin/auth/user/"),
    ("admin-form", "admin", "/admin/auth/user/add/"),
    ("admin-brand", "admin", "/admin/brands/brand/add/"),
]
