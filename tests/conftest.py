"""What every test needs of the project: static files by their plain names, no collectstatic."""

# Pytest reads this file before Django has its settings: what needs them is imported in fixtures.
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from megahub import translations

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from brands.models import Brand

PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"


@pytest.fixture(scope="session", autouse=True)
def compiled_texts():
    """French comes from files that are not committed."""
    translations.ensure()


@pytest.fixture(scope="session", autouse=True)
def plain_static_files(tmp_path_factory):
    """Pages link `css/page.css` itself; the hashed names come only from collectstatic."""
    from django.conf import settings

    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": PLAIN}}
    # What an earlier `make run` has collected must not answer for the files of today.
    today = {
        "STATIC_ROOT": tmp_path_factory.mktemp("static"),
        "WHITENOISE_AUTOREFRESH": True,
        "WHITENOISE_USE_FINDERS": True,
    }
    with override_settings(STORAGES=storages, **today):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The tests' database, which is emptied in our own, quicker way."""
    from tests import emptying

    with django_db_blocker.unblock():
        emptying.take_over()


@dataclass(frozen=True)
class People:
    """Three are enough for most tests: who owns, one of the same brand, one of another."""

    brand: Brand
    other_brand: Brand
    owner: Any
    colleague: Any
    stranger: Any


@pytest.fixture
def people(db) -> People:
    from brands.models import Role
    from tests import factories

    brand, other_brand = factories.make_brand("owls"), factories.make_brand("foxes")
    return People(
        brand=brand,
        other_brand=other_brand,
        owner=factories.make_member(brand, username="owner"),
        colleague=factories.make_member(brand, username="colleague"),
        stranger=factories.make_member(other_brand, Role.MANAGER, username="stranger"),
    )


@pytest.fixture
def api_as() -> Callable[..., APIClient]:
    """`api_as(user, brand, right=…)`: a program with a key of that user in that brand."""

    from rest_framework.test import APIClient

    from brands.rights import Right
    from tests import factories

    def client(user: Any, brand: Brand, *, right: Right = Right.MANAGE) -> APIClient:
        api = APIClient(raise_request_exception=False)
        token = factories.make_key(user, brand, right).token
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return api

    return client


@pytest.fixture
def owner_api(people: People, api_as: Any) -> APIClient:
    return api_as(people.owner, people.brand)


@pytest.fixture
def colleague_api(people: People, api_as: Any) -> APIClient:
    return api_as(people.colleague, people.brand)


@pytest.fixture
def stranger_api(people: People, api_as: Any) -> APIClient:
    return api_as(people.stranger, people.other_brand)


@pytest.fixture
def browser_as() -> Callable[..., APIClient]:
    """`browser_as(user)`: logged in, with CSRF enforced as in a browser."""

    from rest_framework.test import APIClient

    def client(user: Any) -> APIClient:
        api = APIClient(raise_request_exception=False, enforce_csrf_checks=True)
        api.force_login(user)
        return api

    return client
