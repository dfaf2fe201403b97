"""OVH's official client, as it comes from PyPI, against a server of ours."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import ovh
import pytest
import requests
from ovh.exceptions import (
    BadParametersError,
    Forbidden,
    InvalidCredential,
    InvalidKey,
    ResourceConflictError,
    ResourceNotFoundError,
)

from ai_core import ovh_keys
from ai_core.models import AIJob, OvhKey
from ai_core.services import JobService
from brands.rights import Right

JOBS = "/cloud/project/owls/ai/job"
SPEC = {
    "image": "pytorch/pytorch:2.1-cuda12",
    "name": "finetune-llm",
    "region": "GRA",
    "command": ["python", "train.py"],
    "envVars": [{"name": "EPOCHS", "value": "3"}],
    "labels": {"team": "search"},
    "resources": {"gpu": 2, "gpuModel": "A100"},
    "volumes": [{"mountPath": "/data", "permission": "RO", "cache": False}],
    "timeout": 7200,
}


# The database is emptied after the server's threads have used it: `registered` comes first.
@pytest.fixture
def client(ovh_as: Any, people: Any) -> ovh.Client:
    return ovh_as(people.owner, people.brand)


def test_a_training_lives_its_whole_life_by_the_client(client):
    job = client.post(JOBS, **SPEC)
    assert UUID(job["id"])
    assert job["user"] == "owner"
    assert {name: job["spec"][name] for name in SPEC if name != "resources"} == {
        name: value for name, value in SPEC.items() if name != "resources"
    }
    assert job["spec"]["resources"]["gpu"] == 2
    assert job["spec"]["resources"]["gpuModel"] == "A100"
    assert job["status"]["state"] == "QUEUED"
    assert job["status"]["info"]["code"] == "JOB_QUEUED"
    assert [row["state"] for row in job["status"]["history"]] == ["QUEUED"]
    assert job["status"]["duration"] is None

    one = f"{JOBS}/{job['id']}"
    assert client.get(one) == job
    assert client.get(JOBS) == [job]

    row = AIJob.objects.get()
    JobService.start_job(row.pk)
    JobService.append_log(row.pk, "epoch 1")
    JobService.append_log(row.pk, "epoch 2")
    assert client.get(one)["status"]["state"] == "RUNNING"
    log = client.get(f"{one}/log")
    assert [line["content"] for line in log["logs"]] == ["epoch 1", "epoch 2"]
    assert log["lastActivity"] == log["logs"][-1]["timestamp"]
    assert [line["content"] for line in client.get(f"{one}/log", page=2, size=1)["logs"]] == [
        "epoch 2"
    ]

    assert client.put(f"{one}/label", name="team", value="ads") is None
    assert client.put(f"{one}/label", name="stage", value="try") is None
    assert client.get(one)["spec"]["labels"] == {"team": "ads", "stage": "try"}
    assert client.put(f"{one}/label", name="team") is None
    assert client.get(one)["spec"]["labels"] == {"stage": "try"}
    assert client.get(JOBS, labelSelector="stage=try")[0]["id"] == job["id"]
    assert client.get(JOBS, labelSelector="stage=no") == []

    with pytest.raises(ResourceConflictError):
        client.delete(one)
    assert client.put(f"{one}/kill") is None
    row.refresh_from_db()
    assert row.status == "cancelled"
    history = client.get(one)["status"]["history"]
    assert [step["state"] for step in history] == ["QUEUED", "RUNNING", "INTERRUPTED"]
    with pytest.raises(ResourceConflictError):
        client.put(f"{one}/kill")
    assert client.delete(one) is None
    with pytest.raises(ResourceNotFoundError):
        client.get(one)
    assert client.get(JOBS) == []


def test_a_shown_spec_may_be_posted_again(client):
    """The console's Clone, and the seed's Restart."""
    first = client.post(JOBS, **SPEC)
    again = client.post(JOBS, **first["spec"])
    assert again["id"] != first["id"]
    assert again["spec"] == first["spec"]


def test_only_the_image_is_needed(client):
    job = client.post(JOBS, image="ubuntu")
    assert job["spec"]["timeout"] == 604_800
    assert job["spec"]["timeoutAutoRestart"] is False


def test_force_deletes_what_runs_and_stop_stops(client, make_training):
    running = client.post(JOBS, **SPEC)
    JobService.start_job(AIJob.objects.get().pk)
    assert client.delete(f"{JOBS}/{running['id']}", force=True) is None
    assert client.get(JOBS) == []
    waiting = client.post(JOBS, **SPEC)
    assert client.post(f"{JOBS}/{waiting['id']}/stop") is None
    assert client.get(f"{JOBS}/{waiting['id']}")["status"]["state"] == "INTERRUPTED"


def test_the_list_filters_as_the_client_writes_it(client, make_training):
    done, failed = make_training("completed"), make_training("failed")
    make_training("pending")
    make_training("draft")
    assert len(client.get(JOBS)) == 3
    both = client.get(JOBS, statusState=["DONE", "FAILED"])  # sent as the text of a Python list
    assert {job["status"]["state"] for job in both} == {"DONE", "FAILED"}
    assert len(client.get(f"{JOBS}?statusState=DONE&statusState=FAILED")) == 2
    assert len(client.get(JOBS, statusState="DONE,FAILED")) == 2
    assert client.get(JOBS, statusState="SYNC_FAILED") == []
    assert len(client.get(JOBS, statusState=None)) == 3
    oldest = client.get(JOBS, sort="createdAt", order="asc", size=1)
    assert oldest[0]["createdAt"] == done.created_at.isoformat().replace("+00:00", "Z")
    assert client.get(JOBS, page=2, size=3) == []
    assert len(client.get(JOBS, userName="owner")) == 3
    assert client.get(JOBS, userName="nobody") == []
    after = failed.updated_at.isoformat()
    assert {job["status"]["state"] for job in client.get(JOBS, updatedAfter=after)} >= {"FAILED"}
    assert client.get(JOBS, updatedBefore="2001-01-01T00:00:00Z") == []
    with pytest.raises(BadParametersError, match="statusState"):
        client.get(JOBS, statusState="ASLEEP")
    with pytest.raises(BadParametersError, match="colour"):
        client.get(JOBS, colour="red")


def test_a_bad_spec_says_what_is_wrong(client):
    with pytest.raises(BadParametersError, match="image"):
        client.post(JOBS, name="no image")
    with pytest.raises(BadParametersError, match="gpus"):
        client.post(JOBS, image="ubuntu", resources={"gpus": 1})
    with pytest.raises(BadParametersError, match="label"):
        client.post(JOBS, image="ubuntu", labels={"a": "x" * 80})
    assert not AIJob.objects.exists()


def test_the_clock_needs_no_signature(client, live_server):
    assert abs(client.get("/auth/time", _need_auth=False) - time.time()) < 5
    assert abs(client.time_delta) <= 1
    for path in ("/auth/time", "/1.0/auth/time", "/1.0/auth/time/"):
        assert requests.get(live_server.url + path, timeout=5).text.isdigit()


def test_wrong_parts_of_a_signature_are_told_apart(ovh_as, people):
    owner, brand = people.owner, people.brand
    with pytest.raises(BadParametersError, match="signature"):
        ovh_as(owner, brand, application_secret="0" * 32).get(JOBS)
    with pytest.raises(InvalidCredential):
        ovh_as(owner, brand, consumer_key="0" * 32).get(JOBS)
    with pytest.raises(InvalidKey) as raised:
        ovh_as(owner, brand, application_key="0" * 16).get(JOBS)
    assert raised.value.query_id.startswith("MEGAHUB.")


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_request_out_of_time_is_refused(client, seconds):
    client._time_delta = seconds
    with pytest.raises(BadParametersError, match="time"):
        client.get(JOBS)


def test_a_closed_key_and_a_member_who_left_are_refused(ovh_as, people):
    client = ovh_as(people.owner, people.brand)
    ovh_keys.revoke(OvhKey.objects.get())
    with pytest.raises(InvalidCredential):
        client.get(JOBS)
    other = ovh_as(people.owner, people.brand)
    people.owner.memberships.all().delete()
    with pytest.raises(InvalidCredential):
        other.get(JOBS)


def test_a_request_that_was_signed_once_is_not_taken_twice(client, monkeypatch):
    """Two equal calls within one second are signed alike, and both are meant."""
    stood = int(time.time())
    monkeypatch.setattr("ovh.client.time", SimpleNamespace(time=lambda: stood))
    monkeypatch.setattr("ai_core.doors.ovh.signature.SAME_CALL_SECONDS", 60)
    client.post(JOBS, image="ubuntu")
    client.post(JOBS, image="ubuntu")
    assert AIJob.objects.count() == 2
    monkeypatch.setattr("ai_core.doors.ovh.signature.SAME_CALL_SECONDS", -1)
    with pytest.raises(ResourceConflictError, match="before"):
        client.post(JOBS, image="ubuntu")
    assert AIJob.objects.count() == 2
    client.get(JOBS)
    assert len(client.get(JOBS)) == 2  # reading again harms nobody


def test_a_key_reaches_no_further_than_its_right_and_its_brand(ovh_as, people, make_training):
    job = make_training()
    path = f"/cloud/project/owls/ai/job/{_uuid(job)}"
    reader = ovh_as(people.owner, people.brand, Right.READ)
    assert reader.get(path)["id"] == _uuid(job)
    with pytest.raises(Forbidden):
        reader.post(JOBS, **SPEC)
    with pytest.raises(Forbidden):
        reader.put(f"{path}/kill")
    colleague = ovh_as(people.colleague, people.brand)
    for call in (lambda: colleague.put(f"{path}/kill"), lambda: colleague.delete(path)):
        with pytest.raises(Forbidden):
            call()
    stranger = ovh_as(people.stranger, people.other_brand)
    for project in ("owls", str(people.brand.uuid), "nowhere"):
        with pytest.raises(ResourceNotFoundError):
            stranger.get(f"/cloud/project/{project}/ai/job")
    with pytest.raises(ResourceNotFoundError):
        stranger.get(f"/cloud/project/foxes/ai/job/{_uuid(job)}")
    job.refresh_from_db()
    assert job.status == "pending"


def test_the_project_may_be_named_by_its_uuid(client, people):
    client.post(f"/cloud/project/{people.brand.uuid}/ai/job", image="ubuntu")
    assert len(client.get(JOBS)) == 1


def test_what_is_not_served_is_a_404_that_the_client_reads(client):
    with pytest.raises(ResourceNotFoundError, match="not served"):
        client.get("/me")
    with pytest.raises(ResourceNotFoundError, match="not served"):
        client.get("/cloud/project")


def _uuid(job: AIJob) -> str:
    from ai_core.doors.ovh.identity import uuid_of

    return uuid_of(job.job_id)
