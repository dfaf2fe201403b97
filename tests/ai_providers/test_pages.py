"""The pages of providers and quotas: who may do what, what a check shows, what never leaves."""

from __future__ import annotations

import pytest
from django.test import Client

from ai_providers import credentials
from ai_providers.models import Provider, ProviderQuota
from brands.models import Role
from tests import factories
from tests.ai_providers.conftest import CANARY

pytestmark = pytest.mark.django_db


def as_user(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def manager(people):
    return as_user(factories.make_member(people.brand, Role.MANAGER, username="manager"))


@pytest.fixture
def member(people):
    return as_user(people.owner)


@pytest.fixture
def acme(people, make_provider):
    return make_provider(people.brand, models=["ok", "not-there"])


def test_members_read_and_managers_change(acme, member, manager, people):
    for path in ("/providers/", f"/providers/{acme.pk}/"):
        page = member.get(path).content.decode()
        assert "acme" in page
        assert "/check/" not in page
        assert "/check/" in manager.get(path).content.decode()
    assert member.get("/providers/new/").status_code == 403
    for action in ("check", "key", "switch", "remove", "edit"):
        assert member.post(f"/providers/{acme.pk}/{action}/").status_code == 403, action
    acme.refresh_from_db()
    assert acme.is_active
    assert credentials.open_key(acme).reveal() == CANARY


def test_another_brands_provider_is_not_there(acme, people):
    stranger = as_user(people.stranger)
    assert "acme" not in stranger.get("/providers/").content.decode()
    for action in ("", "edit/"):
        assert stranger.get(f"/providers/{acme.pk}/{action}").status_code == 404
    for action in ("check", "key", "switch", "remove", "edit"):
        assert stranger.post(f"/providers/{acme.pk}/{action}/").status_code == 404, action
    quota = ProviderQuota.objects.create(brand=people.brand, unit="money", limit=5)
    assert stranger.post(f"/settings/quotas/{quota.pk}/end/").status_code == 404
    taken = {"provider": acme.pk, "unit": "money", "limit": "5", "mode": "hard"}
    assert stranger.post("/settings/quotas/", taken).status_code == 400


def test_a_check_really_calls_and_says_what_works(acme, manager):
    page = manager.post(f"/providers/{acme.pk}/check/")
    assert page.context["checked"]["ok"]
    text = page.content.decode()
    assert "It answers" in text
    assert "it does not offer: not-there" in text
    offered = {model["name"]: model["offered"] for model in page.context["models"]}
    assert offered == {"ok": True, "not-there": False}
    acme.refresh_from_db()
    assert acme.check_ok
    assert manager.get(f"/providers/{acme.pk}/check/").url == f"/providers/{acme.pk}/"


def test_a_check_that_fails_says_why(people, make_provider, manager):
    wrong = make_provider(people.brand, "wrong-key", key="sk-wrong-0123456789")
    page = manager.post(f"/providers/{wrong.pk}/check/", headers={"HX-Request": "true"})
    text = page.content.decode()
    assert "It does not work" in text
    assert "HTTP 401" in text
    assert "<html" not in text
    assert "Check failed" in manager.get("/providers/").content.decode()


def test_a_key_goes_in_and_never_comes_out(acme, manager):
    here = f"/providers/{acme.pk}/key/"
    manager.post(here, {"api_key": "sk-brand-new-key-abcd9876"})
    acme.refresh_from_db()
    assert credentials.open_key(acme).reveal() == "sk-brand-new-key-abcd9876"
    for path in ("/providers/", f"/providers/{acme.pk}/", f"/providers/{acme.pk}/edit/"):
        page = manager.get(path).content.decode()
        assert "sk-brand" not in page
        assert acme.sealed_key not in page
    assert "9876" in manager.get(f"/providers/{acme.pk}/").content.decode()
    manager.post(here, {"api_key": ""})
    acme.refresh_from_db()
    assert acme.sealed_key
    manager.post(here, {"action": "remove"})
    acme.refresh_from_db()
    assert not acme.sealed_key


def test_a_provider_is_added_changed_switched_and_removed(manager, people, fake):
    new = {"name": "acme", "kind": "openai_compatible", "base_url": fake.base_url, "order": 5,
           "api_key": CANARY, "models": "ok\n\n ok \nm-2"}  # fmt: skip
    answer = manager.post("/providers/new/", new)
    provider = Provider.objects.get(name="acme")
    assert answer.url == f"/providers/{provider.pk}/"
    assert (provider.brand, provider.model_names, provider.position) == (
        people.brand, ["ok", "m-2"], 5,
    )  # fmt: skip
    moved = {**new, "api_key": "", "base_url": "https://elsewhere.example/v1"}
    page = manager.post(f"/providers/{provider.pk}/edit/", moved)
    assert page.status_code == 400
    assert "enter the key again" in page.content.decode()
    same = {**new, "api_key": "", "name": "acme-2"}
    assert manager.post(f"/providers/{provider.pk}/edit/", same).status_code == 302
    manager.post(f"/providers/{provider.pk}/switch/", {"on": "0"})
    provider.refresh_from_db()
    assert (provider.name, provider.is_active) == ("acme-2", False)
    assert credentials.open_key(provider).reveal() == CANARY
    manager.post(f"/providers/{provider.pk}/remove/")
    assert not Provider.objects.filter(pk=provider.pk).exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Not A Name"}, "small letters"),
        ({"kind": "openai_compatible", "base_url": ""}, "Say where it is"),
        ({"kind": "anthropic", "base_url": "", "api_key": ""}, "need a key"),
        ({"base_url": "ftp://x"}, "base_url"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(manager, change, said):
    new = {"name": "acme", "kind": "openai_compatible", "base_url": "https://m.example/v1",
           "order": 5, "api_key": CANARY, **change}  # fmt: skip
    page = manager.post("/providers/new/", new)
    assert page.status_code == 400
    assert said in page.content.decode()
    assert CANARY not in page.content.decode()
    assert not Provider.objects.exists()


def test_a_limit_is_set_seen_and_ended(manager, member, acme):
    wish = {"provider": acme.pk, "unit": "money", "limit": "12,50", "mode": "hard"}
    assert manager.post("/settings/quotas/", wish).status_code == 302
    quota = ProviderQuota.objects.get()
    assert (str(quota.limit), quota.mode) == ("12.50000000", "hard")
    assert "$12.50 left" in member.get("/settings/quotas/").content.decode()
    assert "$12.50 left" in member.get("/providers/").content.decode()
    assert member.post("/settings/quotas/", wish).status_code == 403
    manager.post("/settings/quotas/", {**wish, "limit": "20", "mode": "soft"})
    assert ProviderQuota.objects.get().limit == 20
    for limit in ("", "much", "-1", "NaN", "1e400"):
        assert manager.post("/settings/quotas/", {**wish, "limit": limit}).status_code == 400
    manager.post(f"/settings/quotas/{quota.pk}/end/")
    quota.refresh_from_db()
    assert not quota.is_active
    assert manager.post(f"/settings/quotas/{quota.pk}/end/").status_code == 404


def test_the_number_of_queries_does_not_grow(
    manager, people, make_provider, django_assert_max_num_queries
):
    for number in range(8):
        make_provider(people.brand, f"p-{number}")
        ProviderQuota.objects.create(
            brand=people.brand, provider=Provider.objects.get(name=f"p-{number}"), unit="money",
            limit=5,
        )  # fmt: skip
    with django_assert_max_num_queries(8):
        manager.get("/providers/")
    with django_assert_max_num_queries(9):
        manager.get("/settings/quotas/")
    with django_assert_max_num_queries(9):
        manager.get(f"/providers/{Provider.objects.first().pk}/")
