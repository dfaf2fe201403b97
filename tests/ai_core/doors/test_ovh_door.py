"""OVH's door without its client: the signature's arithmetic, states both ways, roles, shapes."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ai_core import ovh_keys
from ai_core.doors.ovh.identity import job_id_of, uuid_of
from ai_core.doors.ovh.signature import sign
from ai_core.doors.ovh.states import STATES, in_states, state_of
from ai_core.models import AIJob, OvhKey, Queue
from ai_core.models.jobs import new_job_id
from ai_core.services import JobService
from ai_core.statuses import FailureClass, JobStatus
from brands.models import Role
from brands.rights import Right
from brands.sealing import CannotOpen, Secret
from tests import factories

pytestmark = pytest.mark.django_db

JOBS = "/cloud/project/owls/ai/job"


def test_the_signature_is_the_one_that_ovhs_clients_make():
    assert (
        sign(
            Secret("7kbG7Bk7S9Nt7ZSV"),
            consumer="16uV8BzLTg4s9PQK",
            method="post",
            address="https://eu.api.ovh.com/1.0/cloud/project/p1/ai/job",
            body=b'{"image":"ubuntu","resources":{"gpu":1}}',
            stamp="1700000000",
        )
        == "$1$4d5323572b5f8911a47ece79f02529ce4bfaf4e5"
    )


def test_a_job_has_one_uuid_and_a_uuid_one_job():
    for _number in range(50):
        job_id = new_job_id()
        assert job_id_of(uuid_of(job_id)) == job_id
        assert str(UUID(uuid_of(job_id))) == uuid_of(job_id)
    assert job_id_of("12") == "12"


class TestStates:
    def jobs(self, make_training: Any) -> list[AIJob]:
        """One of every kind that the table tells apart."""
        Queue.objects.update(concurrency_limit=None)
        soon = timezone.now() + timedelta(minutes=5)
        found = [make_training(status) for status in JobStatus.values if status != "draft"]
        changes = [
            ("running", {"stop_requested": "pause"}),
            ("cancelled", {"stopping_until": soon}),
            ("cancelled", {"stopping_until": soon - timedelta(hours=1)}),
            ("timeout", {"stopping_until": soon}),
            ("failed", {"failure_class": FailureClass.WORKER_LOST}),
            ("failed", {"failure_class": FailureClass.STALLED}),
        ]
        for status, change in changes:
            job = make_training(status)
            AIJob.objects.filter(pk=job.pk).update(**change)
            found.append(job)
        return list(AIJob.objects.filter(pk__in=[job.pk for job in found]))

    def test_each_job_is_found_by_the_state_that_it_shows(self, people, make_training):
        shown: dict[str, set[int]] = {state: set() for state in STATES}
        for job in self.jobs(make_training):
            shown[state_of(job, timezone.now())].add(job.pk)
        for state in STATES:
            found = set(AIJob.objects.filter(in_states([state])).values_list("pk", flat=True))
            assert found == shown[state], state
        assert {state for state, jobs in shown.items() if jobs} == {
            "QUEUED", "RUNNING", "INTERRUPTING", "INTERRUPTED", "DONE", "TIMEOUT", "FAILED",
            "ERROR",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("status", "state", "code", "exit_code"),
        [
            ("pending", "QUEUED", "JOB_QUEUED", None),
            ("running", "RUNNING", "JOB_RUNNING", None),
            ("completed", "DONE", "JOB_DONE", 0),
            ("failed", "FAILED", "JOB_FAILED_WITH_MESSAGE", None),
            ("cancelled", "INTERRUPTED", "JOB_INTERRUPTED", None),
            ("timeout", "INTERRUPTED", "JOB_TIMEOUT", None),
        ],
    )
    def test_what_a_status_looks_like(  # noqa: PLR0917
        self, status, state, code, exit_code, owner_api, make_training
    ):
        job = make_training(status)
        AIJob.objects.update(stopping_until=None)  # its work has really stopped
        found = owner_api.get(f"{JOBS}/{uuid_of(job.job_id)}").json()["status"]
        assert (found["state"], found["info"]["code"]) == (state, code)
        assert found["exitCode"] == exit_code
        assert found["history"][-1]["state"] == state
        assert (found["startedAt"] is not None) == (job.started_at is not None)


def test_an_api_key_opens_it_and_only_its_own_project(owner_api, stranger_api, make_training):
    job = make_training()
    assert [one["id"] for one in owner_api.get(JOBS).json()] == [uuid_of(job.job_id)]
    assert owner_api.get(f"{JOBS}/{job.job_id}").status_code == 200
    foreign = stranger_api.get(JOBS)
    nowhere = stranger_api.get("/cloud/project/nowhere/ai/job")
    assert foreign.status_code == nowhere.status_code == 404
    assert foreign.json() == nowhere.json()  # nothing tells that there is such a brand


def test_the_browser_gets_in_where_its_user_belongs(browser_as, people, make_training):
    make_training()
    assert len(browser_as(people.owner).get(JOBS).json()) == 1
    assert browser_as(people.stranger).get(JOBS).status_code == 404
    boss = browser_as(factories.make_superuser("boss"))
    assert len(boss.get(JOBS).json()) == 1
    assert boss.get("/cloud/project/nowhere/ai/job").status_code == 404
    assert boss.post(JOBS, {"image": "ubuntu"}).status_code == 403  # no CSRF token


def test_errors_speak_ovhs_words_and_the_hubs(api_as, people, client):
    nobody = client.get(JOBS)
    assert nobody.status_code == 401
    assert nobody.json()["errorCode"] == "NOT_CREDENTIAL"
    assert nobody.json()["error_code"] == "NOT_AUTHENTICATED"
    assert nobody["X-Ovh-Queryid"].startswith("MEGAHUB.")
    missing = api_as(people.owner, people.brand).get(f"{JOBS}/{uuid_of(new_job_id())}").json()
    assert missing["class"] == "Client::NotFound"
    assert missing["httpCode"] == "404 Not Found"
    assert missing["message"] == missing["detail"] == missing["details"]["message"]
    half = client.get(JOBS, headers={"X-Ovh-Signature": "$1$00"})
    assert (half.status_code, half.json()["errorCode"]) == (403, "INVALID_KEY")


CALLS: dict[str, tuple[str, str, dict[str, Any] | None, int]] = {
    "get": ("get", "", None, 200),
    "log": ("get", "/log", None, 200),
    "kill": ("put", "/kill", None, 204),
    "stop": ("post", "/stop", {}, 204),
    "label": ("put", "/label", {"name": "a", "value": "b"}, 204),
    "delete": ("delete", "", None, 204),
}


@pytest.mark.parametrize("whose", ["own", "a colleague's", "another brand's"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", ["viewer", "member", "manager"])
def test_matrix(role, call, whose, people, api_as, make_training):  # noqa: PLR0917
    user = factories.make_member(people.brand, Role(role), username="the-caller")
    brand = people.other_brand if whose == "another brand's" else people.brand
    owner = {"own": user, "a colleague's": people.colleague}.get(whose, people.stranger)
    job = make_training(user=owner, brand=brand)
    method, below, body, success = CALLS[call]
    api = api_as(user, people.brand)
    answer = getattr(api, method)(f"{JOBS}/{uuid_of(job.job_id)}{below}", body)
    if role == "viewer" and method != "get":
        wanted = 403
    elif whose == "another brand's":
        wanted = 404
    else:
        wanted = success if method == "get" or role == "manager" or whose == "own" else 403
    assert answer.status_code == wanted, answer.content
    job.refresh_from_db()
    untouched = (job.status, job.tags, job.deleted_at) == ("pending", [], None)
    assert untouched == (wanted != 204)


def test_what_is_no_training_is_not_there(owner_api, make_job):
    job = make_job()
    assert owner_api.get(JOBS).json() == []
    assert owner_api.get(f"{JOBS}/{uuid_of(job.job_id)}").status_code == 404


def test_a_job_that_is_over_takes_a_label_too_as_it_takes_a_tag(owner_api, make_training):
    job = make_training("completed")
    answer = owner_api.put(f"{JOBS}/{uuid_of(job.job_id)}/label", {"name": "a", "value": "b"})
    assert answer.status_code == 204
    job.refresh_from_db()
    assert job.tags == ["a=b"]


def test_the_list_costs_the_same_for_one_job_and_for_many(
    owner_api, make_training, django_assert_max_num_queries, django_assert_num_queries
):
    make_training()
    owner_api.get(JOBS)
    with django_assert_max_num_queries(5) as seen:
        owner_api.get(JOBS)
    for status in ("running", "completed", "failed", "pending"):
        make_training(status)
    with django_assert_num_queries(len(seen)):
        assert len(owner_api.get(JOBS).json()) == 5


@pytest.mark.django_db(transaction=True)
def test_no_worker_takes_a_training_that_somebody_else_computes(registered, make_training):
    from ai_core.execution.known import Known
    from ai_core.execution.protocol import Way

    kind = make_training().job_type
    known = Known(only_queues=None)
    known.refresh()
    claimable = known.types_run_as(Way.THREAD) + known.types_run_as(Way.PROCESS)
    assert claimable
    assert kind.pk not in claimable


class TestKeys:
    """`manage.py ovh_key`"""

    def test_a_key_is_printed_once_and_sealed_at_rest(self, people):
        out = StringIO()
        words = ["create", "--user", "owner", "--brand", "owls", "--name", "terraform"]
        call_command("ovh_key", *words, stdout=out)
        parts = dict(line.split("=") for line in out.getvalue().split())
        key = OvhKey.objects.get()
        assert parts["application_key"] == key.application_key
        assert ovh_keys.open_secret(key).reveal() == parts["application_secret"]
        assert ovh_keys.has_consumer(key, parts["consumer_key"])
        kept = f"{key.sealed_secret} {key.consumer_digest}"
        assert parts["application_secret"] not in kept
        assert parts["consumer_key"] not in kept

    def test_it_lists_revokes_and_reseals(self, people):
        key = ovh_keys.issue(user=people.owner, brand=people.brand, name="a", right=Right.READ).key
        out, err = StringIO(), StringIO()
        sealed = key.sealed_secret
        call_command("ovh_key", "reseal", stderr=err)
        key.refresh_from_db()
        assert key.sealed_secret != sealed
        assert ovh_keys.open_secret(key)
        call_command("ovh_key", "revoke", key.application_key, stderr=err)
        call_command("ovh_key", "list", stdout=out)
        assert out.getvalue().split()[:3] == [key.application_key, "revoked", "owls"]
        with pytest.raises(CommandError):
            call_command("ovh_key", "revoke", "nothing")

    def test_a_stranger_gets_no_key(self, people):
        for user, brand in (("stranger", "owls"), ("nobody", "owls"), ("owner", "nowhere")):
            with pytest.raises(CommandError):
                call_command("ovh_key", "create", "--user", user, "--brand", brand, "--name", "x")

    def test_a_secret_opens_only_on_its_own_row(self, people):
        one = ovh_keys.issue(user=people.owner, brand=people.brand, name="a").key
        other = ovh_keys.issue(user=people.owner, brand=people.brand, name="b").key
        one.sealed_secret = other.sealed_secret
        with pytest.raises(CannotOpen):
            ovh_keys.open_secret(one)


def test_a_deleted_training_can_be_restored_by_the_main_door(owner_api, make_training):
    job = make_training("completed")
    assert owner_api.delete(f"{JOBS}/{uuid_of(job.job_id)}").status_code == 204
    assert JobService.restore_job(job.pk)
    assert len(owner_api.get(JOBS).json()) == 1
