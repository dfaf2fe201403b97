"""Signed webhooks: forged, altered, replayed, stale, late, another brand's: none does anything."""

import json
import time

import pytest
from django.core.files.storage import default_storage

from ai_core.models import AIJob, Artifact, JobEvent, JobLog
from ai_training.models import Delivery, TrainingRun
from brands.errors import NotFound
from tests.ai_training.conftest import Sender, create, forge

pytestmark = pytest.mark.django_db(transaction=True)

METRICS = {"type": "metrics", "sequence": 1, "step": 10, "data": {"loss": 0.5, "lr": 0.001}}


def job_of(sender: Sender) -> AIJob:
    return AIJob.objects.get(pk=sender.made["id"])


def test_a_signed_report_starts_the_run_and_lands_on_its_curve(sender, owner_api):
    receipt = sender.ok(METRICS, id="msg_1")
    assert receipt == {
        "accepted": True, "duplicate": False, "status": "running", "stop": "", "attempt": 1,
    }  # fmt: skip
    number = sender.made["id"]
    page = owner_api.get(f"/ai/jobs/{number}/metrics/").json()
    assert [
        (row["step"], row["training_loss"], row["learning_rate"]) for row in page["results"]
    ] == [(10, 0.5, 0.001)]
    assert owner_api.get(f"/ai/jobs/{number}/").json()["progress_percentage"] == 10


@pytest.mark.parametrize(
    "how",
    [
        {"signature": forge("x")},
        {"signature": ""},
        {"signature": "v1a,abc"},
        {"text": json.dumps({**METRICS, "step": 11})},
        {"said_id": "msg_2"},
        {"said_later": -1},
        {"later": -310},
        {"later": 310},
        {"said_at": "soon"},
        {"secret": "whsec_" + "A" * 44},
    ],
    ids=[
        "forged", "missing", "other version", "body altered", "id altered", "time altered",
        "stale", "from the future", "no time", "another secret",
    ],
)  # fmt: skip
def test_what_is_not_signed_now_by_the_runs_secret_does_nothing(sender, how):
    answer = sender.send(METRICS, id="msg_1", **how)
    assert answer.status_code == 401, answer.content
    assert answer.json()["error_code"] == "SIGNATURE_INVALID"
    assert job_of(sender).status == "pending"
    assert not Delivery.objects.exists()


def test_another_brands_secret_opens_no_run_of_this_brand(sender, stranger_api, anyone):
    theirs = Sender(anyone, create(stranger_api))
    answer = theirs.send(METRICS, id="msg_1", url=sender.url)
    assert answer.status_code == 401
    assert job_of(sender).status == job_of(theirs).status == "pending"


def test_a_secret_copied_onto_another_brands_run_does_not_open(sender, stranger_api, anyone):
    """Sealed for one run, it is no key to another, whoever can write the table."""
    from ai_training.models import SigningSecret

    theirs = Sender(anyone, create(stranger_api))
    SigningSecret.objects.filter(job=theirs.made["id"]).update(
        sealed=SigningSecret.objects.get(job=sender.made["id"]).sealed
    )
    assert theirs.send(METRICS, id="m", secret=sender.secret).status_code == 401


def test_a_run_that_is_not_there_is_told_like_a_wrong_signature(sender, anyone):
    answer = sender.send(METRICS, id="msg_1", url="/ai/webhooks/training/ai_job_nothing/")
    assert answer.status_code == 401


def test_the_same_message_again_does_nothing_twice(sender):
    log = {"type": "log", "sequence": 1, "data": {"message": "epoch 1"}}
    assert not sender.ok(log, id="msg_1")["duplicate"]
    assert sender.ok(log, id="msg_1")["duplicate"]
    assert JobLog.objects.filter(job=sender.made["id"]).count() == 1


def test_every_event_lands_in_the_log_whether_known_or_not(sender):
    bodies = [
        {"type": "warning", "data": {"message": "GPU is idle"}},
        {"type": "surprise", "data": {"message": "hello"}},
        {"type": "stage", "data": {"stage": "training"}},
        {"type": "checkpoint", "step": 5, "data": {"path": "ckpt-5"}},
    ]
    for number, body in enumerate(bodies):
        sender.ok(body, id=f"msg_{number}")
    found = JobEvent.objects.filter(job=sender.made["id"], new_status="").order_by("id")
    assert [(one.type, one.payload["type"]) for one in found] == [
        ("warning", "warning"), ("info", "surprise"), ("status", "stage"),
        ("checkpoint", "checkpoint"),
    ]  # fmt: skip


def test_a_small_file_comes_inside_its_message_and_not_into_the_log(sender, owner_api):
    words = {"name": "out/words.txt", "kind": "result", "content": "aG9vLCBob28="}
    sender.ok({"type": "artifact", "sequence": 1, "data": words}, id="a")
    assert sender.ok({"type": "artifact", "sequence": 1, "data": words}, id="a")["duplicate"]
    number = sender.made["id"]
    one = Artifact.objects.get(job=number)
    assert (one.name, one.size, one.kind) == ("out/words.txt", 8, "result")
    with default_storage.open(one.path) as file:
        assert file.read() == b"hoo, hoo"
    event = JobEvent.objects.get(job=number, type="artifact")
    assert event.payload["data"] == {"name": "out/words.txt", "kind": "result", "size": 8}
    elsewhere = {"name": "adapter", "url": "s3://owls/adapter"}
    sender.ok({"type": "artifact", "sequence": 2, "data": elsewhere}, id="b")
    assert Artifact.objects.filter(job=number).count() == 1


def test_a_file_of_a_message_that_is_refused_is_not_kept(sender, monkeypatch):
    from ai_training import guards

    def broken(*_args, **_named):
        raise NotFound

    before = len(files_below())
    monkeypatch.setattr(guards, "look", broken)
    data = {"name": "a", "content": "aG9v"}
    assert sender.send({"type": "artifact", "data": data}, id="a").status_code == 404
    assert not Artifact.objects.filter(job=sender.made["id"]).exists()
    assert len(files_below()) == before


def files_below():
    from pathlib import Path

    from django.conf import settings

    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_batch_brings_many_events_in_one_message(sender, owner_api):
    events = [
        {"type": "metrics", "step": step, "data": {"loss": 1 / step}} for step in range(1, 51)
    ]
    sender.ok({"type": "batch", "sequence": 1, "data": {"events": events}}, id="msg_1")
    page = owner_api.get(f"/ai/jobs/{sender.made['id']}/metrics/").json()
    assert [row["step"] for row in page["results"]] == list(range(1, 51))


def test_what_was_overtaken_moves_no_state_back(sender):
    sender.ok({"type": "stage", "sequence": 5, "data": {"stage": "finalisation"}}, id="a")
    sender.ok({"type": "progress", "sequence": 6, "step": 90, "data": {}}, id="b")
    sender.ok({"type": "stage", "sequence": 2, "data": {"stage": "training"}}, id="c")
    sender.ok({"type": "progress", "sequence": 3, "step": 40, "data": {}}, id="d")
    job = job_of(sender)
    assert (job.stage, job.progress_percentage) == ("finalisation", 90)
    assert TrainingRun.objects.get(pk=job.pk).step == 90


def test_a_pause_that_was_overtaken_by_a_start_pauses_nothing(sender):
    sender.ok({"type": "status", "sequence": 7, "data": {"status": "running"}}, id="a")
    sender.ok({"type": "status", "sequence": 4, "data": {"status": "paused"}}, id="b")
    assert job_of(sender).status == "running"


def test_an_end_counts_even_when_a_later_line_came_first(sender):
    sender.ok({"type": "log", "sequence": 9, "data": {"message": "bye"}}, id="a")
    sender.ok({"type": "status", "sequence": 8, "data": {"status": "completed"}}, id="b")
    assert job_of(sender).status == "completed"


@pytest.mark.parametrize(
    ("said", "status", "message"),
    [
        ({"status": "completed", "result": {"adapter": "a"}}, "completed", ""),
        ({"status": "failed", "message": "out of memory"}, "failed", "out of memory"),
        ({"status": "cancelled"}, "cancelled", ""),
        ({"status": "paused"}, "paused", ""),
    ],
)
def test_a_status_drives_the_job(sender, said, status, message):
    sender.ok({"type": "status", "sequence": 1, "data": {"status": "running"}}, id="a")
    assert sender.ok({"type": "status", "sequence": 2, "data": said}, id="b")["status"] == status
    job = job_of(sender)
    assert (job.status, job.error_message) == (status, message)


def test_what_comes_after_the_end_is_kept_and_changes_nothing(sender, owner_api):
    sender.ok({"type": "status", "sequence": 1, "data": {"status": "completed"}}, id="a")
    before = job_of(sender)
    receipt = sender.ok({"type": "status", "sequence": 2, "data": {"status": "failed"}}, id="b")
    sender.ok({**METRICS, "sequence": 3}, id="c")
    assert (receipt["status"], receipt["stop"]) == ("completed", "completed")
    assert job_of(sender).completed_at == before.completed_at
    number = sender.made["id"]
    assert owner_api.get(f"/ai/jobs/{number}/metrics/").json()["total_points"] == 0
    kept = JobEvent.objects.filter(job=number, payload__has_key="message_id")
    assert [one.payload["message_id"] for one in kept.order_by("id")] == ["b", "c"]


def test_points_that_only_travelled_longer_than_the_end_are_not_lost(sender, owner_api):
    sender.ok({"type": "status", "sequence": 2, "data": {"status": "completed"}}, id="b")
    sender.ok({**METRICS, "sequence": 1}, id="a")
    page = owner_api.get(f"/ai/jobs/{sender.made['id']}/metrics/").json()
    assert [row["step"] for row in page["results"]] == [10]
    assert job_of(sender).progress_percentage == 100


def test_while_a_secret_is_changed_the_old_one_counts(sender, owner_api):
    new = owner_api.post(f"/ai/training/runs/{sender.made['id']}/secret/").json()["secret"]
    assert new != sender.secret
    assert sender.send(METRICS, id="old").status_code == 200
    assert sender.send(METRICS, id="new", secret=new).status_code == 200
    TrainingRun.objects.get(pk=sender.made["id"]).job.signing_secrets.exclude(
        expires_at=None
    ).update(expires_at="2020-01-01T00:00:00Z")
    assert sender.send(METRICS, id="expired").status_code == 401
    assert sender.send(METRICS, id="still", secret=new).status_code == 200


def test_the_secret_is_shown_once_and_is_sealed(sender, owner_api):
    number = sender.made["id"]
    assert "secret" not in owner_api.get(f"/ai/jobs/{number}/").json()["training"]["webhook"]
    assert sender.secret not in owner_api.get("/ai/jobs/").content.decode()
    from ai_training.models import SigningSecret

    assert sender.secret[6:] not in SigningSecret.objects.get(job=number).sealed


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"type": "metrics", "data": {"loss": "much"}, "step": 1}', '{"data": []}',
     '{"type": "metrics", "data": {"loss": NaN}, "step": 1}',
     '{"type": "metrics", "data": {"loss": 1}, "step": -1}',
     '{"type": "artifact", "data": {"name": "a", "content": "no base64!"}}',
     '{"type": "artifact", "data": {"name": "/", "content": "aG9v"}}',
     '{"type": "batch", "data": {"events": 3}}', '{"type": "stage", "data": {}}'],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused_and_starts_nothing(sender, text):
    from datetime import UTC, datetime

    from standardwebhooks import Webhook

    now = int(time.time())
    signature = Webhook(sender.secret).sign("m", datetime.fromtimestamp(now, UTC), text)
    answer = sender.send({}, id="m", at=now, text=text, signature=signature)
    assert answer.status_code == 400, answer.content
    assert job_of(sender).status == "pending"


def test_with_its_queue_full_a_report_is_to_be_sent_again(sender):
    from ai_core.models import Queue

    Queue.objects.filter(name="training").update(concurrency_limit=0)
    answer = sender.send(METRICS, id="msg_1")
    assert (answer.status_code, answer["Retry-After"]) == (409, "5")
    assert answer.json()["error_code"] == "RUN_NOT_STARTED"
    Queue.objects.filter(name="training").update(concurrency_limit=3)
    assert not sender.ok(METRICS, id="msg_1")["duplicate"]
