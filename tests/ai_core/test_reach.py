"""A type that needs an extra: refused while nobody has it, taken as soon as a worker says so."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_core.execution import registry
from ai_core.models import AIJob, ServiceHeartbeat

pytestmark = pytest.mark.django_db

NAP = {"job_type": "sleep", "input_data": {"seconds": 1}}


@pytest.fixture
def missing(monkeypatch, people):
    registry.sync()
    monkeypatch.setattr(registry.executor_named("sleep"), "unavailable", lambda: "Missing: owls.")


def hear(*types, ago=0.0):
    ServiceHeartbeat.objects.create(
        name="w", kind="worker", facts={"types": list(types)},
        started_at=datetime.now(UTC), seen_at=datetime.now(UTC) - timedelta(seconds=ago),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("types", "ago", "taken"),
    [
        (None, 0, False),
        (["other"], 0, False),
        (["sleep"], 60, False),
        (["other", "sleep"], 0, True),
    ],
    ids=["no worker", "one that cannot", "one that is gone", "one that can"],
)
def test_what_a_living_worker_can_do_is_taken(missing, owner_api, types, ago, taken):
    if types is not None:
        hear(*types, ago=ago)
    answer = owner_api.post("/ai/jobs/", NAP)
    assert answer.status_code == (201 if taken else 400), answer.content
    assert AIJob.objects.count() == taken
    kind = owner_api.get("/ai/job-types/sleep/").json()
    assert (kind["available"], bool(kind["unavailable_because"])) == (taken, not taken)
    if not taken:
        assert "Missing: owls." in answer.json()["errors"]["job_type"]
