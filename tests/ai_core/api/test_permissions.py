"""Who may do what to whose job: role × call × own, a colleague's, another brand's (JOB-05)."""

from __future__ import annotations

from typing import Any

import pytest

from brands.models import Role
from brands.rights import Right
from tests import factories
from tests.ai_core.api.conftest import make

pytestmark = pytest.mark.django_db

# call → (method, address below the job, body, status that the job must be in, what success is)
CALLS: dict[str, tuple[str, str, dict[str, Any] | None, str, int]] = {
    "get": ("get", "", None, "completed", 200),
    "status": ("get", "status/", None, "completed", 200),
    "logs": ("get", "logs/", None, "completed", 200),
    "events": ("get", "events/", None, "completed", 200),
    "stages": ("get", "stages/", None, "completed", 200),
    "metrics": ("get", "metrics/", None, "completed", 200),
    "artifacts": ("get", "artifacts/", None, "completed", 200),
    "put": ("put", "", {"description": "x"}, "pending", 200),
    "patch": ("patch", "", {"description": "x"}, "pending", 200),
    "delete": ("delete", "", None, "completed", 204),
    "cancel": ("post", "cancel/", {}, "pending", 200),
    "submit": ("post", "submit/", {}, "draft", 200),
    "pause": ("post", "pause/", {}, "running", 200),
    "resume": ("post", "resume/", {}, "paused", 200),
    "retry": ("post", "retry/", {}, "failed", 201),
    "restart": ("post", "restart/", {}, "completed", 201),
    "promote": ("post", "promote/", {}, "pending", 200),
}
READING = {name for name, call in CALLS.items() if call[0] == "get"}


def expected(role: str, call: str, whose: str) -> int:
    success = CALLS[call][4]
    if role == "viewer" and call not in READING:
        return 403  # before anything is looked up, so it tells nothing
    if whose == "another brand's" and role != "superuser":
        return 404
    if call in READING or role in ("manager", "superuser"):
        return success
    if call == "promote" or whose != "own":
        return 403
    return success


def caller(role: str, people: Any, api_as: Any, browser_as: Any) -> tuple[Any, Any]:
    if role == "superuser":
        user = factories.make_superuser("root")
        api = browser_as(user)
        api.handler.enforce_csrf_checks = False
        return user, api
    user = factories.make_member(people.brand, Role(role), username="the-caller")
    return user, api_as(user, people.brand)


@pytest.mark.parametrize("whose", ["own", "a colleague's", "another brand's"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", ["viewer", "member", "manager", "superuser"])
def test_matrix(role, call, whose, people, api_as, browser_as):  # noqa: PLR0917
    user, api = caller(role, people, api_as, browser_as)
    brand = people.other_brand if whose == "another brand's" else people.brand
    owner = {"own": user, "a colleague's": people.colleague}.get(whose, people.stranger)
    method, below, body, status, _success = CALLS[call]
    job = make(people, status, user=owner, brand=brand)
    answer = getattr(api, method)(f"/ai/jobs/{job.pk}/{below}", body)
    wanted = expected(role, call, whose)
    assert answer.status_code == wanted, answer.content
    if wanted >= 400:
        before = (job.status, job.description, job.queue_rank, job.deleted_at)
        job.refresh_from_db()
        assert (job.status, job.description, job.queue_rank, job.deleted_at) == before


@pytest.mark.parametrize("right", [Right.READ, Right.WRITE, Right.MANAGE])
def test_a_key_reaches_no_further_than_its_scope(right, people, api_as, make_job):
    api = api_as(people.owner, people.brand, right=right)
    job = make_job()
    assert api.get(f"/ai/jobs/{job.pk}/").status_code == 200
    writes = right >= Right.WRITE
    assert api.post("/ai/jobs/", {"job_type": "sleep"}).status_code == (201 if writes else 403)
    assert api.post(f"/ai/jobs/{job.pk}/cancel/").status_code == (200 if writes else 403)


def test_nobody_gets_in_without_a_name(client, make_job):
    job = make_job()
    for address in ("/ai/jobs/", f"/ai/jobs/{job.pk}/", "/ai/job-types/", "/ai/queues/"):
        answer = client.get(address)
        assert answer.status_code == 401
        assert answer.json()["error_code"] == "NOT_AUTHENTICATED"


def test_a_superuser_without_a_brand_reads_all_and_names_one_to_create(
    people, browser_as, make_job
):
    api = browser_as(factories.make_superuser())
    api.handler.enforce_csrf_checks = False
    make_job()
    make(people, "pending", user=people.stranger, brand=people.other_brand)
    assert api.get("/ai/jobs/").json()["count"] == 2
    refused = api.post("/ai/jobs/", {"job_type": "sleep"})
    assert (refused.status_code, refused.json()["error_code"]) == (403, "BRAND_REQUIRED")
    named = api.post("/ai/jobs/", {"job_type": "sleep"}, HTTP_X_BRAND=people.brand.slug)
    assert named.status_code == 201


def test_available_actions_are_what_really_works(people, api_as, make_job):
    """Each action that is offered succeeds, and each that is not is refused."""
    posts = [
        name for name, call in CALLS.items() if call[0] == "post" or name in ("delete", "patch")
    ]
    names = {"patch": "edit"}
    api = api_as(people.owner, people.brand)
    for status in ("draft", "pending", "running", "paused", "completed", "failed", "cancelled"):
        for call in posts:
            job = make_job(status)
            offered = api.get(f"/ai/jobs/{job.pk}/").json()["available_actions"]
            method, below, body, _status, success = CALLS[call]
            answer = getattr(api, method)(f"/ai/jobs/{job.pk}/{below}", body)
            worked = answer.status_code == success
            assert worked == (names.get(call, call) in offered), (status, call, answer.content)


def test_only_a_superuser_changes_a_queue(people, api_as, browser_as):
    manager = factories.make_member(people.brand, Role.MANAGER)
    refused = api_as(manager, people.brand).patch("/ai/queues/default/", {"concurrency_limit": 2})
    assert refused.status_code == 403
    assert "superuser" in refused.json()["detail"]
    root = factories.make_superuser("root")
    for right, wanted in ((Right.WRITE, 403), (Right.MANAGE, 200)):
        api = api_as(root, people.brand, right=right)
        answer = api.patch("/ai/queues/default/", {"concurrency_limit": 2})
        assert answer.status_code == wanted
    assert answer.json()["concurrency_limit"] == 2
    assert api.patch("/ai/queues/default/", {"concurrency_limit": None}).status_code == 200
    assert api.patch("/ai/queues/default/", {}).status_code == 400
    assert api.patch("/ai/queues/none/", {"is_paused": True}).status_code == 404
