"""`/api/releases…`: who may do what, and the status that a release's jobs add up to."""

from __future__ import annotations

from typing import Any

import pytest

from ai_core.models import AIJob, Release
from ai_core.services import JobService
from brands.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(people: Any) -> Release:
    return factories.make_release(people.owner, people.brand, "v1")


def test_a_release_is_made_seen_changed_and_taken_away(owner_api, make_job):
    made = owner_api.post("/api/releases", {"name": "v1", "description": "spring"})
    assert made.status_code == 201
    body = made.json()
    assert (body["name"], body["status"], body["job_count"]) == ("v1", "empty", 0)
    assert body["created_by"]["username"] == "owner"
    where = f"/api/releases/{body['id']}"
    job = make_job(release=Release.objects.get())
    assert owner_api.get(where).json()["status"] == "pending"
    assert owner_api.patch(where, {"name": "v2"}).json()["name"] == "v2"
    listed = owner_api.get("/api/releases?search=V2").json()
    assert [one["name"] for one in listed["results"]] == ["v2"]
    assert owner_api.get("/api/releases?search=v1").json()["count"] == 0
    assert owner_api.delete(f"{where}/").status_code == 204
    job.refresh_from_db()
    assert job.release_id is None


def test_a_name_is_the_only_one_of_its_brand(owner_api, stranger_api, release):
    twice = owner_api.post("/api/releases", {"name": "v1"})
    assert twice.status_code == 400
    assert list(twice.json()["errors"]) == ["name"]
    assert stranger_api.post("/api/releases", {"name": "v1"}).status_code == 201
    for bad in ({}, {"name": ""}, {"name": "x" * 121}, {"name": "a", "colour": "red"}):
        assert owner_api.post("/api/releases", bad).status_code == 400


CALLS = {
    "get": ("get", "", None, 200),
    "jobs": ("get", "/jobs", None, 200),
    "patch": ("patch", "", {"description": "x"}, 200),
    "delete": ("delete", "", None, 204),
}


def expected(role: str, call: str, whose: str) -> int:
    reading = CALLS[call][0] == "get"
    if role == "viewer" and not reading:
        return 403
    if whose == "another brand's":
        return 404
    if reading or role == "manager" or whose == "own":
        return CALLS[call][3]
    return 403


@pytest.mark.parametrize("whose", ["own", "a colleague's", "another brand's"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", ["viewer", "member", "manager"])
def test_matrix(role, call, whose, people, api_as):
    user = factories.make_member(people.brand, Role(role), username="the-caller")
    brand = people.other_brand if whose == "another brand's" else people.brand
    owner = {"own": user, "a colleague's": people.colleague}.get(whose, people.stranger)
    release = factories.make_release(owner, brand)
    method, below, body, _success = CALLS[call]
    answer = getattr(api_as(user, people.brand), method)(f"/api/releases/{release.pk}{below}", body)
    assert answer.status_code == expected(role, call, whose), answer.content
    kept = call != "delete" or answer.status_code != 204
    assert Release.objects.filter(pk=release.pk).exists() == kept


@pytest.mark.parametrize(
    ("states", "status", "progress"),
    [
        ([], "empty", 0),
        (["completed", "completed"], "completed", 100),
        (["completed", "cancelled"], "completed", 100),
        (["cancelled"], "cancelled", 0),
        (["completed", "failed"], "failed", 50),
        (["completed", "timeout"], "failed", 50),
        (["failed", "running"], "running", 0),
        (["failed", "pending"], "pending", 0),
        (["paused", "completed"], "paused", 50),
        (["draft", "completed"], "draft", 50),
    ],
)
def test_what_the_jobs_add_up_to(  # noqa: PLR0917
    states, status, progress, release, owner_api, make_job
):
    for state in states:
        make_job(state, release=release)
    body = owner_api.get(f"/api/releases/{release.pk}").json()
    assert (body["status"], body["progress_percentage"]) == (status, progress)
    assert body["job_count"] == len(states)
    assert {state: body["jobs"][state] for state in states} == {
        state: states.count(state) for state in states
    }


def test_a_retry_takes_the_place_of_the_job_that_failed(release, owner_api, make_job, people):
    failed = make_job("failed", release=release)
    again = JobService.retry_job(failed, user=people.owner)
    JobService.start_job(again.pk)
    JobService.complete_job(again.pk, {})
    body = owner_api.get(f"/api/releases/{release.pk}").json()
    assert (body["status"], body["job_count"]) == ("completed", 1)


def test_the_jobs_of_a_release_are_everyones_of_the_brand(
    release, colleague_api, stranger_api, make_job
):
    job, _other = make_job("failed", release=release), make_job()
    listed = colleague_api.get(f"/api/releases/{release.pk}/jobs?status=failed").json()
    assert [one["id"] for one in listed["results"]] == [job.pk]
    assert stranger_api.get(f"/api/releases/{release.pk}/jobs").status_code == 404


def test_a_list_costs_the_same_for_one_release_and_for_many(
    owner_api, people, make_job, django_assert_max_num_queries, django_assert_num_queries
):
    make_job(release=factories.make_release(people.owner, people.brand))
    owner_api.get("/api/releases")
    with django_assert_max_num_queries(8) as seen:
        owner_api.get("/api/releases")
    for _number in range(10):
        make_job("completed", release=factories.make_release(people.owner, people.brand))
    with django_assert_num_queries(len(seen)):
        assert owner_api.get("/api/releases").json()["count"] == 11
    assert AIJob.objects.count() == 11
