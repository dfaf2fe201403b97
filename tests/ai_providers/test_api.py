"""Providers over the API: who may what, keys that never come back, checks, limits, a chat."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ai_core.models import AIJob
from ai_core.services import JobService
from ai_providers.models import OpenAIJob, Provider, ProviderQuota, QuotaUse
from brands.models import Role
from brands.rights import Right
from tests import factories
from tests.ai_providers.conftest import CANARY
from tests.ai_providers.test_calls import HELLO


@pytest.fixture
def manager_api(people, api_as):
    boss = factories.make_member(people.brand, Role.MANAGER, username="boss")
    return api_as(boss, people.brand)


def body(fake, **changes):
    return {
        "name": "acme",
        "kind": "openai_compatible",
        "base_url": fake.base_url,
        "api_key": CANARY,
        "models": ["ok", "echo"],
        **changes,
    }


@pytest.fixture
def acme(manager_api, fake):
    answer = manager_api.post("/ai/providers/", body(fake))
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_manager_adds_a_provider_and_the_key_is_not_given_back(acme, owner_api):
    assert acme["api_key"] == CANARY[-4:]
    assert (acme["models"], acme["is_active"], acme["has_key"]) == (["ok", "echo"], True, True)
    seen = owner_api.get(f"/ai/providers/{acme['id']}/")
    assert CANARY not in seen.content.decode()
    assert seen.json() == acme
    assert CANARY not in Provider.objects.get().sealed_key


def test_a_member_reads_and_does_not_change(acme, owner_api, fake):
    assert owner_api.get("/ai/providers/").json()["count"] == 1
    for call in (
        owner_api.post("/ai/providers/", body(fake, name="other")),
        owner_api.patch(f"/ai/providers/{acme['id']}/", {"is_active": False}),
        owner_api.delete(f"/ai/providers/{acme['id']}/"),
        owner_api.post(f"/ai/providers/{acme['id']}/check/"),
        owner_api.put(f"/ai/providers/{acme['id']}/quota/", {"quotas": []}),
        owner_api.put("/ai/providers/quota/", {"quotas": []}),
    ):
        assert call.status_code == 403, call.content


def test_what_was_read_can_be_sent_back_without_losing_the_key(acme, manager_api):
    sealed = Provider.objects.get().sealed_key
    same = {
        name: acme[name] for name in ("name", "kind", "base_url", "models", "is_active", "api_key")
    }
    assert manager_api.put(f"/ai/providers/{acme['id']}/", same).status_code == 200
    assert Provider.objects.get().sealed_key == sealed


def test_a_new_address_wants_the_key_again(acme, manager_api):
    """Else who may change the address could have the key sent to themselves."""
    elsewhere = {"base_url": "https://collector.example.com/v1"}
    answer = manager_api.patch(f"/ai/providers/{acme['id']}/", elsewhere)
    assert answer.status_code == 400
    assert "api_key" in answer.json()["errors"]
    with_key = {**elsewhere, "api_key": "sk-another-key-0001"}
    assert manager_api.patch(f"/ai/providers/{acme['id']}/", with_key).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"base_url": ""}, "base_url"),
        ({"base_url": "ftp://files.example.com"}, "base_url"),
        ({"base_url": "http://user:pw@models.example.com/v1"}, "base_url"),
        ({"kind": "openai", "api_key": ""}, "api_key"),
        ({"kind": "oracle"}, "kind"),
        ({"name": "Not A Name"}, "name"),
        ({"surprise": 1}, "surprise"),
        ({"models": "ok"}, "models"),
    ],
)
def test_what_cannot_work_is_refused_by_its_field(manager_api, fake, changes, field):
    answer = manager_api.post("/ai/providers/", body(fake, **changes))
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"]


def test_a_name_is_taken_once(acme, manager_api, fake):
    answer = manager_api.post("/ai/providers/", body(fake))
    assert (answer.status_code, answer.json()["error_code"]) == (409, "PROVIDER_NAME_TAKEN")


def test_a_check_really_calls_and_names_what_is_missing(acme, manager_api):
    answer = manager_api.post(f"/ai/providers/{acme['id']}/check/").json()
    assert (answer["ok"], answer["missing_models"], answer["circuit"]) == (True, [], "closed")
    assert "echo" in answer["models"]
    manager_api.patch(f"/ai/providers/{acme['id']}/", {"models": ["ok", "nowhere"]})
    assert manager_api.post(f"/ai/providers/{acme['id']}/check/").json()["missing_models"] == [
        "nowhere"
    ]


def test_a_check_says_that_a_key_is_refused_without_quoting_it(manager_api, fake):
    wrong = "sk-wrong-7f3b9d2e8a61c450"
    made = manager_api.post("/ai/providers/", body(fake, api_key=wrong)).json()
    answer = manager_api.post(f"/ai/providers/{made['id']}/check/")
    assert (answer.json()["ok"], answer.json()["reason"]) == (False, "key_refused")
    assert wrong not in answer.content.decode()
    assert Provider.objects.get().check_ok is False


def test_limits_are_set_shown_and_ended(acme, manager_api, owner_api):
    wanted = {"quotas": [{"unit": "money", "limit": "50.00"}, {"unit": "tokens", "limit": "1000"}]}
    answer = manager_api.put(f"/ai/providers/{acme['id']}/quota/", wanted)
    assert answer.status_code == 200, answer.content
    money, tokens = answer.json()["quotas"]
    assert (money["limit"], money["used"], money["remaining"]) == (
        "50.000000",
        "0.000000",
        "50.000000",
    )
    assert (tokens["limit"], tokens["mode"]) == ("1000", "hard")
    manager_api.put("/ai/providers/quota/", {"quotas": [{"unit": "money", "limit": "80"}]})
    shown = owner_api.get(f"/ai/providers/{acme['id']}/quota/").json()
    assert [one["scope"] for one in shown["quotas"]] == ["acme", "acme", "all providers"]
    manager_api.put(f"/ai/providers/{acme['id']}/quota/", {"quotas": []})
    assert ProviderQuota.objects.filter(is_active=True).count() == 1


@pytest.mark.parametrize(
    "quota",
    [
        {"unit": "money", "limit": "-1"},
        {"unit": "apples", "limit": "1"},
        {"unit": "money"},
        {"unit": "money", "limit": "NaN"},
        {"unit": "money", "limit": "1", "mode": "perhaps"},
    ],
)
def test_a_wrong_limit_is_refused(acme, manager_api, quota):
    answer = manager_api.put(f"/ai/providers/{acme['id']}/quota/", {"quotas": [quota]})
    assert answer.status_code == 400, answer.content


def test_a_chat_makes_a_job_and_its_extension(acme, owner_api, job_types, people):
    answer = owner_api.post(
        "/ai/openai/chat/",
        {"messages": HELLO, "model": "ok", "temperature": 0.3, "max_tokens": 9, "priority": "high"},
    )
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["job_type"]["name"], made["priority"]) == ("chat_completion", "high")
    row = OpenAIJob.objects.get(job=made["id"])
    assert (row.model, row.temperature, row.max_tokens) == ("ok", 0.3, 9)
    JobService.process_job(made["id"])
    detail = owner_api.get(f"/ai/jobs/{made['id']}/").json()
    assert detail["status"] == "completed", detail
    assert detail["openai_job"]["completion_tokens"] == 9
    assert detail["openai_job"]["finish_reason"] == "length"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"messages": []},
        {"messages": "hello"},
        {"messages": [{"role": "wizard", "content": "x"}]},
        {"messages": HELLO, "temperature": 9},
        {"messages": HELLO, "n": 3},
        {"messages": HELLO, "surprise": True},
    ],
)
def test_a_chat_that_makes_no_sense_is_refused(owner_api, job_types, wrong):
    answer = owner_api.post("/ai/openai/chat/", wrong)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "VALIDATION_ERROR")
    assert AIJob.objects.count() == 0


def test_over_quota_is_429_with_all_its_figures(acme, manager_api, owner_api, job_types, priced):
    priced()
    manager_api.put("/ai/providers/quota/", {"quotas": [{"unit": "money", "limit": "0.00001"}]})
    QuotaUse.objects.create(
        quota=ProviderQuota.objects.get(), period_start="2020-01-01", used=Decimal(1)
    )
    answer = owner_api.post("/ai/openai/chat/", {"messages": HELLO, "model": "ok"})
    assert answer.status_code == 429, answer.content
    error = answer.json()
    assert error["error_code"] == "QUOTA_EXCEEDED"
    assert error["remaining_quota"] == "0.000010"
    assert {"scope", "period", "limit", "used", "held", "resets_at", "unit"} <= error.keys()
    assert int(answer["Retry-After"]) > 0


def test_an_unknown_model_names_the_nearest(acme, owner_api, job_types):
    answer = owner_api.post("/ai/openai/chat/", {"messages": HELLO, "model": "ecko"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "MODEL_NOT_FOUND")
    assert answer.json()["nearest"][0] == "echo"


def test_a_viewer_does_not_chat(people, api_as, job_types):
    viewer = factories.make_member(people.brand, Role.VIEWER)
    api = api_as(viewer, people.brand, right=Right.MANAGE)
    assert api.post("/ai/openai/chat/", {"messages": HELLO}).status_code == 403
