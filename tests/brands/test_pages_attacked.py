"""Walks every page that names a thing, as a manager of another brand: nothing seen or changed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from django.urls import get_resolver, reverse

from brands.models import ApiKey, Membership
from tests import factories
from tests.brands.test_tenant_matrix import CANARIES, snapshot

pytestmark = pytest.mark.django_db
Make = Callable[[Any], dict[str, Any]]


def _job(people: Any) -> dict[str, Any]:
    return {"job_id": factories.make_training(people.owner, people.brand).job_id}


def _number(make: Callable[[Any], Any]) -> Make:
    return lambda people: {"number": make(people).pk}


# name of the route → how to make the foreign thing that its address names
FOREIGN: dict[str, Make] = {
    **dict.fromkeys(
        [
            "review-job", "job", "job-peek", "job-stopping", "job-promotion", "job-events-export",
            "job-events", "job-logs", "job-artifacts", "job-configuration", "job-history",
            "job-notify",
        ],
        _job,
    ),
    "revoke-key": _number(lambda people: factories.make_key(people.owner, people.brand).key),
    "change-member": _number(lambda people: Membership.objects.get(user=people.owner)),
    "release-page": _number(lambda people: factories.make_release(people.owner, people.brand)),
    **dict.fromkeys(
        ["dataset", "remove-dataset"],
        _number(lambda people: factories.make_dataset(people.brand, name="canary")),
    ),
    **dict.fromkeys(
        ["training-configuration", "remove-training-configuration"],
        _number(lambda people: factories.make_configuration(people.brand, name="canary")),
    ),
    **dict.fromkeys(
        ["compute-offer", "remove-compute-offer"],
        _number(lambda people: factories.make_offer(people.brand, name="canary")),
    ),
    **dict.fromkeys(
        [
            "provider", "check-provider", "provider-key", "edit-provider", "switch-provider",
            "remove-provider",
        ],
        _number(lambda people: factories.make_provider(people.brand, name="canary")),
    ),
    **dict.fromkeys(
        ["webhook", "edit-webhook", "webhook-act"],
        _number(lambda people: factories.make_webhook(people.brand, name="canary")),
    ),
    **dict.fromkeys(
        ["schedule", "edit-schedule", "schedule-act"],
        _number(lambda people: factories.make_schedule(people.owner, people.brand)),
    ),
}  # fmt: skip
# Named otherwise: types are everybody's, an invitation is a right of its own, saved views and the
# deliveries of webhooks have tests of theirs, and a limit is ended by its number within the brand.
ELSEWHERE = {"job-type", "invitation", "remove-view", "webhook-delivery", "end-quota"}


def _named_pages(patterns: Any = None) -> set[str]:
    found: set[str] = set()
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(each, "url_patterns"):
            if getattr(each, "app_name", None) != "admin":
                found |= _named_pages(each.url_patterns)
        elif "<" in str(each.pattern) and each.name and not hasattr(each.callback, "cls"):
            found.add(each.name)
    return found


def test_every_page_that_names_a_thing_is_listed():
    assert _named_pages() == FOREIGN.keys() | ELSEWHERE, "list it in FOREIGN"


def test_no_page_shows_or_changes_anything_of_another_brand(people, client):
    client.force_login(people.stranger)
    for name, make in FOREIGN.items():
        address = reverse(name, kwargs=make(people))
        before = snapshot(people.brand.pk)
        for verb in ("get", "post"):
            answer = getattr(client, verb)(address, HTTP_X_REQUEST_ID="attack-12345")
            where = f"{verb.upper()} {address} → {answer.status_code}"
            assert answer.status_code in (404, 405), where
            text = b"".join(chain(getattr(answer, "streaming_content", [answer.content])))
            assert not [word for word in CANARIES if f">{word}".encode() in text], where
        assert snapshot(people.brand.pk) == before, f"{name} changed another brand's data"


def test_forged_numbers_in_bodies_reach_nothing(people, stranger_api):
    job = factories.make_job(people.owner, people.brand)
    release = factories.make_release(people.owner, people.brand)
    before = snapshot(people.brand.pk)
    for address, body in (
        ("/ai/jobs/bulk_action/", {"action": "cancel", "ids": [job.pk]}),
        ("/ai/jobs/", {"job_type": "sleep", "input_data": {"seconds": 0}, "release": release.pk}),
        ("/ai/jobs/", {"job_type": "sleep", "brand": people.brand.pk}),
        ("/ai/api-keys/", {"name": "x", "brand": people.brand.pk, "user": people.owner.pk}),
    ):
        answer = stranger_api.post(address, body)
        assert "owls" not in answer.content.decode(), address
        assert snapshot(people.brand.pk) == before, address
    assert not ApiKey.objects.filter(brand=people.brand).exists()
    for query in (f"?id={job.pk}", f"?search={job.job_id}", f"?created_by={people.owner.pk}"):
        found = stranger_api.get(f"/ai/jobs/{query}").json()
        assert found.get("count", 0) == 0, query
