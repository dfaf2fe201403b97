"""`/api/wizard/jobs…`: a draft that is made in steps, and what is known before it is submitted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ai_core.errors import JobError
from ai_core.execution import registry
from ai_core.execution.protocol import Analysis, Executor
from ai_core.execution.registry import JobTypeSpec
from ai_core.models import AIJob, AIJobType, Queue, Release, ServiceHeartbeat
from brands.models import Role
from tests import factories

pytestmark = pytest.mark.django_db

WIZARD = "/api/wizard/jobs"


def draft(api: Any, **body: Any) -> int:
    made = api.post(WIZARD, {"job_type": "sleep", **body})
    assert made.status_code == 201, made.content
    assert made.json()["status"] == "draft"
    return made.json()["id"]


def analysis(api: Any, number: int) -> dict[str, Any]:
    answer = api.get(f"{WIZARD}/{number}/analysis")
    assert answer.status_code == 200, answer.content
    return answer.json()


def codes(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["effect"], one["code"]) for one in found["blockers"]}


@pytest.fixture
def a_worker(db: None) -> None:
    """A worker that serves every queue with two slots was seen just now."""
    ServiceHeartbeat.objects.create(
        name="w1",
        kind="worker",
        started_at=timezone.now(),
        seen_at=timezone.now(),
        facts={"slots": {"thread": 2}},
    )


def test_a_job_is_made_in_steps(owner_api, a_worker):
    number = draft(owner_api)
    where = f"{WIZARD}/{number}"
    bad = owner_api.patch(where, {"input_data": {"seconds": "long"}})
    assert bad.status_code == 200  # unfinished, and kept as it is
    assert owner_api.get(where).json()["input_data"] == {"seconds": "long"}  # survives a reload
    found = analysis(owner_api, number)
    assert (found["valid"], found["can_submit"]) == (False, False)
    assert list(found["errors"]) == ["input_data.seconds"]
    refused = owner_api.post(f"{where}/submit", {})
    assert (refused.status_code, refused.json()["error_code"]) == (400, "VALIDATION_ERROR")

    owner_api.patch(where, {"input_data": {"seconds": 1}, "priority": "high"})
    found = analysis(owner_api, number)
    assert (found["valid"], found["can_submit"], found["blockers"]) == (True, True, [])
    assert found["cost"] is None  # unknown is not zero
    assert found["duration"]["usual_seconds"] > 0
    assert found["waiting"]["position"] == 1
    assert found["estimated_start"] is not None
    assert AIJob.objects.get().status == "draft"  # asking changes nothing

    done = owner_api.post(f"{where}/submit", {})
    assert (done.status_code, done.json()["job"]["status"]) == (200, "pending")
    assert owner_api.get(f"{where}/status").json()["status"] == "pending"
    assert owner_api.get(f"{where}/logs").json()["results"] == []
    assert owner_api.post(f"{where}/submit", {}).status_code == 409


def test_a_draft_needs_a_type_and_an_object(owner_api):
    assert owner_api.post(WIZARD, {}).status_code == 400
    assert owner_api.post(WIZARD, {"job_type": "slep"}).json()["nearest"] == ["sleep"]
    assert owner_api.post(WIZARD, {"job_type": "sleep", "draft": False}).status_code == 400
    assert owner_api.post(WIZARD, {"job_type": "sleep", "input_data": [1]}).status_code == 400


def test_what_costs_nothing_says_so_like_every_other_cost(owner_api):
    made = owner_api.post(WIZARD, {"job_type": "content_analysis", "input_data": {"text": "Oui."}})
    found = analysis(owner_api, made.json()["id"])
    assert found["cost"] == {"low": "0.000000", "high": "0.000000", "currency": "USD"}


class Greedy(Executor):
    """A job type that says what it costs, and refuses those who want too much."""

    name = "greedy"

    def analyse(self, draft: Any) -> Analysis:
        if draft.input_data.get("broken"):
            raise RuntimeError("the analysis broke")
        # What a look writes must not stay.
        Release.objects.create(brand=draft.brand, name="written by a look")
        return Analysis(
            warnings=["This is much."],
            facts={"rows": 12},
            cost_low="1.000000",
            cost_high="2.500000",
            currency="EUR",
            duration_seconds=90,
        )

    def check(self, draft: Any) -> None:
        if draft.input_data.get("much"):
            error = JobError("Your quota is used up.", remaining_quota=0)
            error.code = "QUOTA_EXCEEDED"  # type: ignore[misc]
            raise error


@pytest.fixture
def greedy(db: None) -> Any:
    kept = dict(registry._executors), dict(registry._types)
    registry.register(
        Greedy(), JobTypeSpec(name="greedy", description="For tests.", category="chat")
    )
    registry.sync()
    yield
    registry._executors, registry._types = kept


def test_the_job_types_own_analysis_is_told(owner_api, greedy, a_worker):
    number = draft(owner_api, job_type="greedy")
    found = analysis(owner_api, number)
    assert found["cost"] == {"low": "1.000000", "high": "2.500000", "currency": "EUR"}
    assert found["duration"]["usual_seconds"] == 90
    assert (found["warnings"], found["facts"]) == (["This is much."], {"rows": 12})
    assert found["can_submit"]
    assert not Release.objects.exists()


def test_a_quota_that_is_used_up_blocks(owner_api, greedy, a_worker):
    number = draft(owner_api, job_type="greedy", input_data={"much": True})
    found = analysis(owner_api, number)
    assert codes(found) == {("refuses", "QUOTA_EXCEEDED")}
    assert found["blockers"][0]["facts"] == {"remaining_quota": 0}
    assert (found["valid"], found["can_submit"]) == (True, False)


def test_an_analysis_that_breaks_says_so_and_breaks_nothing(owner_api, greedy, a_worker):
    found = analysis(owner_api, draft(owner_api, job_type="greedy", input_data={"broken": True}))
    assert "failed" in found["warnings"][0]
    assert (found["can_submit"], found["cost"]) == (True, None)


class TestWhatWouldBlock:
    def test_no_worker(self, owner_api):
        found = analysis(owner_api, draft(owner_api))
        assert codes(found) == {("delays", "NO_WORKER")}
        assert (found["can_submit"], found["estimated_start"]) == (True, None)

    def test_a_paused_queue(self, owner_api, a_worker):
        number = draft(owner_api)
        Queue.objects.filter(name="default").update(is_paused=True)
        assert codes(analysis(owner_api, number)) == {("delays", "QUEUE_PAUSED")}

    def test_a_type_that_was_switched_off(self, owner_api, a_worker):
        number = draft(owner_api)
        AIJobType.objects.filter(name="sleep").update(is_active=False)
        found = analysis(owner_api, number)
        assert codes(found) == {("refuses", "JOB_TYPE_CLOSED")}
        assert not found["can_submit"]

    def test_an_executor_that_is_not_there(self, owner_api, a_worker, monkeypatch):
        number = draft(owner_api)
        monkeypatch.setattr(
            registry.executor_named("sleep"), "unavailable", lambda: "No pillow.", raising=False
        )
        found = analysis(owner_api, number)
        assert [one["detail"] for one in found["blockers"]] == ["No pillow."]
        assert not found["can_submit"]

    def test_a_runner_that_must_come(self, owner_api, a_worker):
        number = draft(owner_api, job_type="external_training", input_data={"image": "ubuntu"})
        assert codes(analysis(owner_api, number)) == {("delays", "NEEDS_RUNNER")}


def test_its_place_is_behind_those_that_wait_unless_it_is_more_urgent(
    owner_api, make_job, a_worker
):
    for _number in range(3):
        make_job()
    first = analysis(owner_api, draft(owner_api))["waiting"]
    assert (first["position"], first["reason"]) == (4, "behind")
    urgent = analysis(owner_api, draft(owner_api, priority="urgent"))["waiting"]
    assert urgent["position"] == 1


def test_a_scheduled_draft_starts_no_earlier(owner_api, a_worker):
    later = timezone.now().replace(microsecond=0) + timedelta(days=1)
    found = analysis(owner_api, draft(owner_api, run_after=later.isoformat()))
    assert found["estimated_start"] == later.isoformat().replace("+00:00", "Z")


CALLS = {
    "get": ("get", "", None),
    "analysis": ("get", "/analysis", None),
    "status": ("get", "/status", None),
    "logs": ("get", "/logs", None),
    "patch": ("patch", "", {"description": "x"}),
    "submit": ("post", "/submit", {}),
}


@pytest.mark.parametrize("whose", ["own", "a colleague's", "another brand's"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", ["viewer", "member", "manager"])
def test_matrix(role, call, whose, people, api_as, make_job):  # noqa: PLR0917
    user = factories.make_member(people.brand, Role(role), username="the-caller")
    brand = people.other_brand if whose == "another brand's" else people.brand
    owner = {"own": user, "a colleague's": people.colleague}.get(whose, people.stranger)
    job = make_job("draft", user=owner, brand=brand)
    method, below, body = CALLS[call]
    answer = getattr(api_as(user, people.brand), method)(f"{WIZARD}/{job.pk}{below}", body)
    reading = method == "get"
    if role == "viewer" and not reading:
        wanted = 403
    elif whose == "another brand's":
        wanted = 404
    else:
        wanted = 200 if reading or role == "manager" or whose == "own" else 403
    assert answer.status_code == wanted, answer.content
    job.refresh_from_db()
    assert job.status == ("pending" if (call, wanted) == ("submit", 200) else "draft")


def test_a_viewer_makes_no_draft(people, api_as):
    viewer = factories.make_member(people.brand, Role.VIEWER)
    assert api_as(viewer, people.brand).post(WIZARD, {"job_type": "sleep"}).status_code == 403
