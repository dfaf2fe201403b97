"""The pages of usage as a browser without scripts gets them: right, narrow and cheap."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from tests.browser.office import furnish
from tests.browser.site import fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return fill()


@pytest.fixture
def office(cast):
    return furnish(cast)


def as_user(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


def test_pages_open(office, cast):
    for user in (cast.member, cast.admin):
        for path in (
            "/usage/",
            "/usage/jobs/",
            "/usage/?group_by=day&show=tokens",
            "/usage/?from=2026-01-01",
            "/providers/",
            f"/providers/{office.acme.pk}/",
            "/settings/keys/",
            "/settings/members/",
            "/settings/quotas/",
            "/settings/brand/",
            "/providers/new/",
            f"/providers/{office.acme.pk}/edit/",
        ):
            got = as_user(user).get(path)
            assert got.status_code in (200, 403), (path, got.status_code)
