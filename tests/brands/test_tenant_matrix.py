"""Walks every call of the OpenAPI document as another brand: nothing is seen, nothing changes.

A new address must be listed here. For each path parameter FOREIGN tells how to make a thing of the
brand `owls`; a stranger, manager of another brand, then tries every method on it. An address
without parameters lists what it may answer to a stranger in OPEN.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import get_resolver

from tests import factories

_numbers = count(1)

# path → how to make the foreign thing that its parameters name
FOREIGN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "/ai/api-keys/{id}/": lambda people: {
        "id": factories.make_key(people.owner, people.brand, name="canary").key.pk
    },
    **dict.fromkeys(
        [
            "/ai/jobs/{id}/",
            "/ai/jobs/{id}/artifacts/",
            "/ai/jobs/{id}/cancel/",
            "/ai/jobs/{id}/events/",
            "/ai/jobs/{id}/evidence/",
            "/ai/jobs/{id}/logs/",
            "/ai/jobs/{id}/metrics/",
            "/ai/jobs/{id}/pause/",
            "/ai/jobs/{id}/promote/",
            "/ai/jobs/{id}/restart/",
            "/ai/jobs/{id}/restore/",
            "/ai/jobs/{id}/resume/",
            "/ai/jobs/{id}/retry/",
            "/ai/jobs/{id}/stages/",
            "/ai/jobs/{id}/status/",
            "/ai/jobs/{id}/stream/",
            "/ai/jobs/{id}/submit/",
            "/api/jobs/{id}",
            "/api/jobs/{id}/cancel",
            "/api/jobs/{id}/logs",
            "/api/jobs/{id}/status",
            "/api/wizard/jobs/{id}",
            "/api/wizard/jobs/{id}/analysis",
            "/api/wizard/jobs/{id}/logs",
            "/api/wizard/jobs/{id}/status",
            "/api/wizard/jobs/{id}/submit",
        ],
        lambda people: {"id": factories.make_job(people.owner, people.brand).pk},
    ),
    "/ai/jobs/{id}/artifacts/{artifact_id}/link/": lambda people: {
        "id": factories.make_job(people.owner, people.brand).pk,
        "artifact_id": 1,
    },
    "/ai/artifacts/{token}/": lambda people: {"token": "canary"},
    **dict.fromkeys(
        ["/api/releases/{id}", "/api/releases/{id}/jobs"],
        lambda people: {
            "id": factories.make_release(people.owner, people.brand, f"canary-{next(_numbers)}").pk
        },
    ),
    "/cloud/project/{project_id}/ai/job": lambda people: {"project_id": people.brand.slug},
    **dict.fromkeys(
        [
            "/cloud/project/{project_id}/ai/job/{job_id}",
            "/cloud/project/{project_id}/ai/job/{job_id}/kill",
            "/cloud/project/{project_id}/ai/job/{job_id}/label",
            "/cloud/project/{project_id}/ai/job/{job_id}/log",
            "/cloud/project/{project_id}/ai/job/{job_id}/stop",
        ],
        # Through a project of their own: not even so is a job of another brand found.
        lambda people: {
            "project_id": people.other_brand.slug,
            "job_id": factories.make_training(people.owner, people.brand).job_id,
        },
    ),
    **dict.fromkeys(
        ["/ai/providers/{id}/", "/ai/providers/{id}/check/", "/ai/providers/{id}/quota/"],
        lambda people: {"id": factories.make_provider(people.brand, name="canary").pk},
    ),
    **dict.fromkeys(
        [
            "/ai/training/runs/{id}/",
            "/ai/training/runs/{id}/beat/",
            "/ai/training/runs/{id}/checkpoints/",
            "/ai/training/runs/{id}/claim/",
            "/ai/training/runs/{id}/cost/",
            "/ai/training/runs/{id}/files/",
            "/ai/training/runs/{id}/metrics/",
            "/ai/training/runs/{id}/pause/",
            "/ai/training/runs/{id}/report/",
            "/ai/training/runs/{id}/resume/",
            "/ai/training/runs/{id}/secret/",
            "/api/training/jobs/{id}",
            "/api/training/jobs/{id}/cancel",
            "/api/training/jobs/{id}/events",
            "/api/training/jobs/{id}/metrics",
        ],
        lambda people: {"id": factories.make_training(people.owner, people.brand).pk},
    ),
    "/ai/webhooks/training/{job_id}/": lambda people: {
        "job_id": factories.make_training(people.owner, people.brand).job_id
    },
    **dict.fromkeys(
        ["/ai/training/datasets/{id}/", "/ai/training/datasets/{id}/file/"],
        lambda people: {"id": factories.make_dataset(people.brand, name="canary").pk},
    ),
    "/ai/training/configurations/{id}/": lambda people: {
        "id": factories.make_configuration(people.brand, name="canary").pk
    },
    **dict.fromkeys(
        [
            "/ai/notifications/webhooks/{id}/",
            "/ai/notifications/webhooks/{id}/deliveries/",
            "/ai/notifications/webhooks/{id}/rotate/",
            "/ai/notifications/webhooks/{id}/test/",
        ],
        lambda people: {"id": factories.make_webhook(people.brand, name="canary").pk},
    ),
    **dict.fromkeys(
        [
            "/ai/notifications/webhooks/{id}/deliveries/{delivery}/",
            "/ai/notifications/webhooks/{id}/deliveries/{delivery}/resend/",
        ],
        lambda people: factories.make_delivery(people.owner, people.brand),
    ),
    **dict.fromkeys(
        [
            "/ai/schedules/{id}/",
            "/ai/schedules/{id}/pause/",
            "/ai/schedules/{id}/resume/",
            "/ai/schedules/{id}/run/",
            "/ai/schedules/{id}/ticks/",
        ],
        lambda people: {"id": factories.make_schedule(people.owner, people.brand).pk},
    ),
    "/ai/notifications/jobs/{id}/": lambda people: {
        "id": factories.make_job(people.owner, people.brand).pk
    },
    "/ai/training/offers/{id}/": lambda people: {
        "id": factories.make_offer(people.brand, name="canary").pk
    },
}

# What all brands share: it may be read, but nothing of the other brand is in it.
SHARED = {
    "/ai/job-types/{name}/": {"name": "sleep"},
    "/ai/queues/{name}/": {"name": "default"},
}

# Calls without a parameter: they may answer anything but what belongs to the other brand.
OPEN = {
    "/api/",
    "/ai/me/",
    "/ai/brands/",
    "/ai/members/",
    "/ai/api-keys/",
    "/ai/audit/",
    "/ai/audit/export/",
    "/ai/job-types/",
    "/ai/jobs/",
    "/ai/jobs/bulk/",
    "/ai/jobs/bulk_action/",
    "/ai/jobs/by_status/",
    "/ai/jobs/dashboard/",
    "/ai/jobs/export/",
    "/ai/jobs/stream/",
    "/ai/queues/",
    "/api/jobs",
    "/api/releases",
    "/api/wizard/jobs",
    "/auth/time",
    "/ai/providers/",
    "/ai/providers/quota/",
    "/ai/openai/chat/",
    "/ai/schedules/",
    "/ai/schedules/preview/",
    "/ai/notifications/kinds/",
    "/ai/notifications/preferences/",
    "/ai/notifications/webhooks/",
    "/ai/usage/",
    "/ai/usage/export/",
    "/ai/training/claim/",
    "/ai/training/compare/",
    "/ai/training/configurations/",
    "/ai/training/datasets/",
    "/ai/training/datasets/upload/",
    "/ai/training/estimate/",
    "/ai/training/offers/",
    "/ai/training/presets/",
    "/ai/training/runs/",
    "/api/training/jobs",
}
# Open to everyone, whatever X-Brand says: what they answer then. A file's link is its own right,
# and so is a signature: whoever has none is told the same of every run, and of none.
PUBLIC = {
    "/api/": {200},
    "/auth/time": {200},
    "/ai/artifacts/{token}/": {404, 405},
    # Answered on the event loop, never by Django; tests/ai_core/streams ask as strangers there.
    "/ai/jobs/{id}/stream/": {404},
    "/ai/webhooks/training/{job_id}/": {401},
}
# Every text that only the brand `owls` has.
CANARIES = ("owls", "owner", "colleague", "canary")


def calls() -> list[tuple[str, str]]:
    from megahub.api.views import document

    verbs = {"get", "post", "put", "patch", "delete"}
    paths = document("en")["paths"]
    return [(path, verb) for path in paths for verb in paths[path] if verb in verbs]


def snapshot(brand_id: int) -> dict[str, list]:
    """Everything that the brand owns, as the database holds it."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            condition = _owned_by_brand(model)
            if condition is not None:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(
                    f"SELECT to_jsonb(t)::text FROM {table} t WHERE {condition} ORDER BY 1",
                    [brand_id],
                )
                found[model._meta.label] = cursor.fetchall()
    return found


def _owned_by_brand(model: Any) -> str | None:
    """SQL for "belongs to the brand": by its own column, or through the job that it hangs on."""
    fields = {field.column: field for field in model._meta.concrete_fields}
    if "brand_id" in fields:
        return "brand_id = %s"
    if "job_id" in fields and fields["job_id"].related_model:
        jobs = connection.ops.quote_name(fields["job_id"].related_model._meta.db_table)
        return f"job_id IN (SELECT id FROM {jobs} WHERE brand_id = %s)"
    return None


@pytest.mark.django_db
def test_every_address_is_listed():
    paths = {path for path, _verb in calls()}
    with_parameters = {path for path in paths if "{" in path}
    assert with_parameters == FOREIGN.keys() | SHARED.keys(), (
        "list it in FOREIGN with a way to make a foreign thing"
    )
    assert paths - with_parameters == OPEN, "list it in OPEN"


@pytest.mark.django_db
def test_every_api_view_is_in_the_document():
    """An endpoint left out of the document would be left out of the walk."""
    documented = {re.sub(r"{[^}]*}", "{}", path) for path, _verb in calls()}
    hidden = {"/api/schema/", "/api/docs/"}
    served = {re.sub(r"<[^>]*>", "{}", f"/{route}") for route in _api_routes()}
    assert served - documented - hidden == set()


def _api_routes(patterns: Any = None, prefix: str = "") -> list[str]:
    from rest_framework.views import APIView

    found = []
    for each in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(each.pattern)
        if hasattr(each, "url_patterns"):
            found += _api_routes(each.url_patterns, route)
        elif issubclass(getattr(each.callback, "cls", object), APIView):
            found.append(route)
    return found


@pytest.mark.django_db
def test_no_call_shows_or_changes_anything_of_another_brand(people, stranger_api, browser_as):
    """One walk with a key and one with the browser and X-Brand naming the other brand."""
    browser = browser_as(people.stranger)
    for path, verb in calls():
        parameters = FOREIGN[path](people) if path in FOREIGN else {}
        address = path.format(**parameters or SHARED.get(path, {}))
        before = snapshot(people.brand.pk)
        answer = getattr(stranger_api, verb)(address, data={} if verb != "get" else None)
        where = f"{verb.upper()} {address} → {answer.status_code}"
        if parameters:
            assert answer.status_code in PUBLIC.get(path, {404, 403, 405}), where
        assert not _shows(answer), f"{where} shows what belongs to another brand"
        named = getattr(browser, verb)(address, HTTP_X_BRAND=people.brand.slug)
        assert named.status_code in PUBLIC.get(path, {403}), where
        assert snapshot(people.brand.pk) == before, f"{where} changed another brand's data"


def _shows(answer: Any) -> list[str]:
    text = answer.getvalue().decode()
    return [canary for canary in CANARIES if f'"{canary}' in text]
