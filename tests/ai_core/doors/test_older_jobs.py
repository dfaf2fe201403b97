"""`/api/jobs…`: the older system's addresses and words, and who sees what there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ai_core.models import AIJob
from ai_core.services import JobService
from brands.models import Role
from tests import factories
from tests.ai_core.api.conftest import make

pytestmark = pytest.mark.django_db

CALLS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "get": ("get", "", None),
    "status": ("get", "/status", None),
    "logs": ("get", "/logs", None),
    "cancel": ("put", "/cancel", {}),
}


def expected(role: str, call: str, whose: str) -> int:
    if role == "viewer" and call == "cancel":
        return 403
    if whose == "another brand's":
        return 404 if role != "superuser" else 200
    if role in ("viewer", "member"):
        return 200 if whose == "own" else 404  # a plain member sees their own jobs only
    return 200


@pytest.mark.parametrize("whose", ["own", "a colleague's", "another brand's"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", ["viewer", "member", "manager", "superuser"])
def test_matrix(role, call, whose, people, api_as, browser_as):  # noqa: PLR0917
    if role == "superuser":
        user = factories.make_superuser("root")
        api = browser_as(user)
        api.handler.enforce_csrf_checks = False
    else:
        user = factories.make_member(people.brand, Role(role), username="the-caller")
        api = api_as(user, people.brand)
    brand = people.other_brand if whose == "another brand's" else people.brand
    owner = {"own": user, "a colleague's": people.colleague}.get(whose, people.stranger)
    job = make(people, "pending", user=owner, brand=brand)
    method, below, body = CALLS[call]
    answer = getattr(api, method)(f"/api/jobs/{job.pk}{below}", body)
    assert answer.status_code == expected(role, call, whose), answer.content
    job.refresh_from_db()
    cancelled = call == "cancel" and answer.status_code == 200
    assert job.status == ("cancelled" if cancelled else "pending")


def test_a_member_lists_their_own_and_a_manager_everyones(people, api_as, make_job):
    mine = make_job()
    make_job(user=people.colleague)
    make_job(user=people.stranger, brand=people.other_brand)
    listed = api_as(people.owner, people.brand).get("/api/jobs").json()
    assert [job["id"] for job in listed["results"]] == [mine.pk]
    boss = factories.make_member(people.brand, Role.MANAGER)
    assert api_as(boss, people.brand).get("/api/jobs").json()["count"] == 2


class TestWords:
    """The older system's parameters, beside those of the main door."""

    @pytest.fixture
    def boss(self, people, api_as):
        return api_as(factories.make_member(people.brand, Role.MANAGER), people.brand)

    def found(self, api: Any, query: str) -> list[int]:
        answer = api.get(f"/api/jobs?{query}")
        assert answer.status_code == 200, answer.content
        return [job["id"] for job in answer.json()["results"]]

    def test_status_type_release_and_user_narrow_the_list(self, boss, people, make_job):
        release = factories.make_release(people.owner, people.brand)
        first = make_job("failed", release=release)
        second = make_job("completed", user=people.colleague)
        assert self.found(boss, "status=failed") == [first.pk]
        assert self.found(boss, "job_type=sleep") == [second.pk, first.pk]
        assert self.found(boss, f"release_id={release.pk}") == [first.pk]
        assert self.found(boss, f"user_id={people.colleague.pk}") == [second.pk]
        assert self.found(boss, f"user_id={people.owner.pk}&status=completed") == []

    def test_skip_take_and_sort(self, boss, make_job):
        jobs = [make_job(description=word).pk for word in ("b", "c", "a")]
        assert self.found(boss, "sortBy=createdAt&sortOrder=asc") == jobs
        assert self.found(boss, "skip=1&take=1&sortBy=description") == [jobs[0]]

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("release=1&release_id=1", "VALIDATION_ERROR"),
            ("user_id=me", "VALIDATION_ERROR"),
            ("status=asleep", "INVALID_STATUS"),
            ("colour=red", "UNKNOWN_FILTER"),
            ("job_type=nothing", "JOB_TYPE_NOT_FOUND"),
        ],
    )
    def test_what_is_not_understood_is_refused(self, boss, query, code):
        answer = boss.get(f"/api/jobs?{query}")
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)


def test_the_detail_is_that_of_the_main_door(owner_api, make_job):
    job = make_job("completed")
    for reference in (job.pk, job.job_id):
        ours = owner_api.get(f"/ai/jobs/{reference}/").json()
        assert owner_api.get(f"/api/jobs/{reference}").json() == ours
        assert owner_api.get(f"/api/jobs/{reference}/").json() == ours


def test_a_cancel_answers_as_the_main_door_and_refuses_a_job_that_is_over(owner_api, make_job):
    job = make_job("running")
    answer = owner_api.put(f"/api/jobs/{job.pk}/cancel/", {"reason": "wrong input"}).json()
    assert answer["message"] == "Job cancelled successfully"
    assert answer["job"]["status"] == "cancelled"
    again = owner_api.put(f"/api/jobs/{job.pk}/cancel")
    assert again.status_code == 409
    assert again.json()["current_status"] == "cancelled"
    assert owner_api.post(f"/api/jobs/{job.pk}/cancel").status_code == 405


def test_the_log_goes_on_from_a_cursor_and_downloads_as_text(owner_api, make_job):
    job = make_job("running")
    for number in range(3):
        JobService.append_log(job.pk, f"line {number}", level="WARNING")
    page = owner_api.get(f"/api/jobs/{job.pk}/logs?limit=2").json()
    assert [line["message"] for line in page["results"]] == ["line 0", "line 1"]
    rest = owner_api.get(f"/api/jobs/{job.pk}/logs?after={page['next_after']}").json()
    assert [(line["message"], line["level"]) for line in rest["results"]] == [("line 2", "warning")]
    text = owner_api.get(f"/api/jobs/{job.pk}/logs?format=text")
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert [line.split()[-1] for line in text.getvalue().decode().splitlines()] == ["0", "1", "2"]


def test_a_log_that_is_wanted_live_is_found_at_the_jobs_stream(owner_api, colleague_api, make_job):
    job, live = make_job("running"), {"Accept": "text/event-stream"}
    for door in ("jobs", "wizard/jobs"):
        answer = owner_api.get(f"/api/{door}/{job.job_id}/logs", headers=live)
        assert (answer.status_code, answer["Location"]) == (307, f"/ai/jobs/{job.pk}/stream/")
    hidden = colleague_api.get(f"/api/jobs/{job.pk}/logs", headers=live)
    assert (hidden.status_code, hidden.json()["error_code"]) == (404, "NOT_FOUND")


def test_a_status_that_has_not_changed_is_a_304(owner_api, make_job):
    job = make_job()
    tag = owner_api.get(f"/api/jobs/{job.pk}/status")["ETag"]
    same = owner_api.get(f"/api/jobs/{job.pk}/status", HTTP_IF_NONE_MATCH=tag)
    assert same.status_code == 304


def test_the_list_costs_the_same_for_one_job_and_for_many(
    owner_api, make_job, django_assert_max_num_queries, django_assert_num_queries
):
    make_job()
    owner_api.get("/api/jobs")  # what is noted once a minute
    with django_assert_max_num_queries(12) as seen:
        owner_api.get("/api/jobs")
    for _number in range(10):
        make_job()
    with django_assert_num_queries(len(seen)):
        assert owner_api.get("/api/jobs").json()["count"] == 11


def test_a_deleted_job_is_gone_here_too(owner_api, make_job):
    job = make_job("completed")
    AIJob.objects.filter(pk=job.pk).update(deleted_at=timezone.now() - timedelta(seconds=1))
    assert owner_api.get(f"/api/jobs/{job.pk}").status_code == 404
    assert owner_api.get("/api/jobs").json()["count"] == 0
