"""A runner over HTTPS: claim, beat, report, files, the end; killed and restarted, it goes on."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from ai_core.execution import statements
from ai_core.models import AIJob, Artifact, JobLog
from ai_training.models import Checkpoint, TrainingRun
from tests.ai_training.conftest import TRAINING, Runner, create

pytestmark = pytest.mark.django_db(transaction=True)


def lose_lease(number: int) -> None:
    """Let the lease run out, as the sweeper finds it."""
    past = datetime.now(UTC) - timedelta(seconds=5)
    AIJob.objects.filter(pk=number).update(lease_expires_at=past)
    assert statements.reap().recovered == 1


def test_a_run_from_claim_to_its_adapter(owner_api):
    made = create(owner_api, command=["python", "train.py"])
    claimed = owner_api.post("/ai/training/claim/", {"runner": "gpu-1"}).json()
    assert claimed["id"] == made["id"]
    assert claimed["input_data"]["command"] == ["python", "train.py"]
    assert claimed["hyperparameters"]["lora_r"] == 16
    one = Runner(owner_api, made["id"])
    one.lease = claimed["lease"]
    one.ok(stages=[{"stage": "training"}], logs=[{"message": "begin"}], sequence=1)
    one.ok(points=[{"step": 1, "loss": 2.0, "eval_loss": 2.2}], sequence=2)
    one.ok(points=[{"step": 2, "loss": 1.0}], progress={"epoch": 1, "total_epochs": 3}, sequence=3)
    upload = owner_api.post(
        f"/ai/training/runs/{made['id']}/files/?name=adapter.bin&kind=adapter&lease={one.lease}",
        data=b"weights", content_type="application/octet-stream",
    )  # fmt: skip
    assert upload.status_code == 201, upload.content
    assert one.ok(ending={"status": "completed", "result": {"a": 1}}, sequence=4)["stop"]
    job = one.job()
    assert (job["status"], job["result_data"]["a"], job["result_data"]["steps"]) == (
        "completed", 1, 2,
    )  # fmt: skip
    assert Artifact.objects.get(job=made["id"]).size == 7
    seen = one.look()
    assert [(one["name"], one["before"]) for one in seen["metrics"]] == [
        ("training_loss", 2.0),
        ("validation_loss", None),
    ]
    assert owner_api.post("/ai/training/claim/", {"runner": "gpu-1"}).status_code == 204


def test_a_run_without_a_command_is_claimed_only_by_its_name(owner_api):
    made = create(owner_api)
    assert owner_api.post("/ai/training/claim/", {"runner": "gpu-1"}).status_code == 204
    assert Runner(owner_api, made["id"]).claim().status_code == 200


def test_a_member_claims_their_own_and_a_stranger_none(owner_api, colleague_api, stranger_api):
    create(owner_api, command=["true"])
    assert colleague_api.post("/ai/training/claim/", {"runner": "x"}).status_code == 204
    assert stranger_api.post("/ai/training/claim/", {"runner": "x"}).status_code == 204
    assert owner_api.post("/ai/training/claim/", {"runner": "x"}).status_code == 200


def test_while_one_holds_it_no_other_can_claim_or_report(runner, owner_api):
    other = Runner(owner_api, runner.number)
    answer = other.claim()
    assert (answer.status_code, answer.json()["error_code"]) == (409, "RUN_HELD_ELSEWHERE")
    other.lease = "00000000-0000-4000-8000-000000000000"
    assert other.report(points=[]).json()["error_code"] == "LEASE_LOST"
    assert other.beat().json()["error_code"] == "LEASE_LOST"


def test_sixteen_runners_claim_at_once_and_one_wins(owner_api, people, api_as):
    number = create(owner_api)["id"]
    barrier, codes = threading.Barrier(16), []
    clients = [api_as(people.owner, people.brand) for _ in range(16)]

    def claim(client):
        from django.db import connection

        barrier.wait(20)
        codes.append(Runner(client, number).claim().status_code)
        connection.close()

    threads = [threading.Thread(target=claim, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(codes) == [200] + [409] * 15
    assert AIJob.objects.get(pk=number).attempt == 1


def test_killed_and_restarted_it_goes_on_from_its_checkpoint(runner):
    runner.ok(points=[{"step": n, "loss": 1 / n} for n in range(1, 11)], sequence=1)
    runner.ok(checkpoints=[{"step": 8, "path": "ckpt-8"}], logs=[{"message": "a"}], sequence=2)
    lose_lease(runner.number)
    assert runner.report(points=[{"step": 11, "loss": 0.1}]).json()["error_code"] == "LEASE_LOST"
    again = runner.claim().json()
    assert (again["attempt"], again["checkpoint"]["step"]) == (2, 8)
    runner.ok(points=[{"step": 9, "loss": 0.9}, {"step": 10, "loss": 0.8}], sequence=3)
    runner.ok(logs=[{"message": "b"}], ending={"status": "completed"}, sequence=4)
    page = runner.api.get(f"/ai/training/runs/{runner.number}/metrics/").json()
    assert [row["step"] for row in page["results"]] == list(range(1, 11))
    assert page["results"][8]["training_loss"] == 0.9
    lines = JobLog.objects.filter(job=runner.number).order_by("id")
    assert [line.message for line in lines] == ["a", "b"]


def test_the_same_report_after_a_lost_answer_is_written_once(runner):
    said = {"message_id": "r-1", "sequence": 1, "logs": [{"message": "once"}]}
    assert runner.ok(**said)["duplicate"] is False
    assert runner.ok(**said)["duplicate"] is True
    assert JobLog.objects.filter(job=runner.number).count() == 1


def test_a_beat_renews_the_lease_and_tells_of_a_cancel(runner):
    before = AIJob.objects.get(pk=runner.number).lease_expires_at
    assert runner.beat().json() == {"status": "running", "stop": "", "attempt": 1}
    assert AIJob.objects.get(pk=runner.number).lease_expires_at > before
    runner.api.post(f"/ai/jobs/{runner.number}/cancel/", {"reason": "testing"})
    assert AIJob.objects.get(pk=runner.number).stopping_until is not None
    assert runner.beat().json()["stop"] == "cancelled"
    assert AIJob.objects.get(pk=runner.number).stopping_until is None, "its slot is free"


def test_pause_is_an_order_and_resume_gives_the_checkpoint_back(runner):
    runner.ok(points=[{"step": 50, "loss": 1.0}], sequence=1)
    answer = runner.call("pause")
    assert answer.json()["stop"] == "pause"
    assert runner.beat().json()["stop"] == "pause"
    runner.ok(checkpoints=[{"step": 50, "path": "c"}], ending={"status": "paused"}, sequence=2)
    assert runner.look()["status"] == "paused"
    assert runner.report(ending={"status": "completed"}).json()["status"] == "paused"
    assert runner.call("resume").json()["status"] == "pending"
    assert runner.claim().json()["checkpoint"]["path"] == "c"
    assert runner.look()["progress_percentage"] == 50
    assert runner.look()["paused_seconds"] > 0


def test_a_run_that_is_given_back_is_there_for_the_next(runner):
    runner.ok(ending={"status": "released"}, sequence=1)
    assert runner.look()["status"] == "running"
    assert runner.claim().json()["attempt"] == 2
    assert AIJob.objects.get(pk=runner.number).losses == 0


@pytest.mark.parametrize(
    "body",
    [
        {"points": [{"loss": 1}]},
        {"points": [{"step": 1, "loss": "big"}]},
        {"points": {"step": 1}},
        {"ending": {"status": "won"}},
        {"surprise": 1},
        {"sequence": -1},
        {"lease": "x"},
        {"stages": [{}]},
    ],
)
def test_a_report_that_cannot_be_read_is_refused_whole(runner, body):
    answer = runner.report(logs=[{"message": "x"}], **body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"]
    assert not JobLog.objects.filter(job=runner.number).exists()


def test_the_best_and_its_checkpoint_are_remembered(runner):
    losses = [3.0, 2.0, 2.5]
    for n, loss in enumerate(losses, 1):
        runner.ok(
            points=[{"step": n, "eval_loss": loss, "epoch": n / 3}],
            checkpoints=[{"step": n, "is_best": n < 3}], sequence=n,
        )  # fmt: skip
    assert runner.look()["training"]["best"] == {"validation_loss": 2.0, "step": 2}
    best = Checkpoint.objects.filter(job=runner.number, is_best=True)
    assert [one.step for one in best] == [2]
    listed = runner.api.get(f"/ai/training/runs/{runner.number}/checkpoints/").json()
    assert [one["step"] for one in listed] == [1, 2, 3]


def test_a_purged_job_takes_its_run_along(runner):
    from ai_core import purge

    runner.ok(points=[{"step": 1, "eval_loss": 1.0}], checkpoints=[{"step": 1}], sequence=1)
    runner.ok(ending={"status": "completed"}, sequence=2)
    assert runner.api.delete(f"/ai/jobs/{runner.number}/").status_code in (200, 204)
    AIJob.objects.update(deleted_at=datetime.now(UTC) - timedelta(days=60))
    purge.purge_deleted()
    assert not AIJob.objects.filter(pk=runner.number).exists()
    assert not TrainingRun.objects.exists()


def test_what_a_job_names_must_be_the_brands_own(owner_api, people):
    from tests import factories

    made = factories.make_dataset(people.other_brand)
    body = {"job_type": "external_training", "input_data": {**TRAINING, "dataset": made.pk}}
    answer = owner_api.post("/ai/jobs/", body)
    assert answer.status_code == 400
    assert "input_data.dataset" in answer.json()["errors"]
