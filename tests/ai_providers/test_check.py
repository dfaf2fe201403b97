"""`/check/` really calls: for each kind, with what works, what is missing and what is wrong."""

from __future__ import annotations

import pytest

from brands.models import Role
from tests import factories
from tests.ai_providers.conftest import CANARY

KINDS = ["openai", "openai_compatible", "anthropic"]


@pytest.fixture
def checked(people, api_as, make_provider):
    boss = factories.make_member(people.brand, Role.MANAGER, username="boss")
    api = api_as(boss, people.brand)

    def check(kind, **fields):
        provider = make_provider(people.brand, "it", kind=kind, **fields)
        answer = api.post(f"/ai/providers/{provider.pk}/check/")
        assert answer.status_code == 200, answer.content
        assert CANARY not in answer.content.decode()
        return answer.json()

    return check


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_called_and_lists_its_models(checked, kind):
    found = checked(kind, models=["ok", "unheard-of"])
    assert (found["ok"], found["missing_models"]) == (True, ["unheard-of"])
    assert "cut" in found["models"]


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_there_is_unreachable(checked, kind):
    found = checked(kind, base_url="http://127.0.0.1:9/v1")
    assert (found["ok"], found["reason"]) == (False, "unreachable")


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_that_is_not_allowed_is_refused(checked, kind, settings):
    settings.OUTBOUND_ALLOW = []
    found = checked(kind)
    assert (found["ok"], found["reason"]) == (False, "address_refused")


def test_the_hub_itself_needs_nobody(checked):
    found = checked("local", base_url="", key="", models=[])
    assert (found["ok"], found["models"]) == (True, ["extractive-1"])
