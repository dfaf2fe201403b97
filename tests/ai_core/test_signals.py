"""Workers that are killed or asked to end: no job is lost, and none is charged for a shutdown."""

import os
import signal
from pathlib import Path

import pytest

from ai_core import lifecycle
from ai_core.models import AIJob, AIJobData
from bench.torture import invariants
from tests.ai_core.processes import Fleet
from tests.ai_core.workbench import make_job, moves, sql, wait_for_end, wait_for_status, wait_until
from tests.machine import within

pytestmark = pytest.mark.slow


def gated(folder: Path, kind: str = "gated") -> AIJob:
    return make_job(kind, input_data={"gates": str(folder)})


def test_a_killed_worker_costs_one_loss_and_the_job_runs_again(fleet: Fleet, tmp_path: Path):
    fleet.sweeper()
    first = fleet.worker()
    job = gated(tmp_path)
    wait_until((tmp_path / "begun-1").exists)
    wait_until(job.logs.exists)
    first.kill()
    fleet.worker()
    wait_until((tmp_path / "begun-2").exists)
    (tmp_path / "open-2").touch()
    wait_for_end(job)
    assert (job.status, job.attempt, job.losses, job.failures) == ("completed", 2, 1, 0)
    assert moves(job) == [("", "pending"), ("pending", "running"), ("running", "completed")]
    assert list(job.events.values_list("type", "attempt"))[:4] == [
        ("status", 0), ("status", 1), ("warning", 1), ("attempt", 2),
    ]  # fmt: skip
    assert list(job.logs.values_list("attempt", "number")) == [(1, 1), (2, 1), (2, 2)]
    assert invariants.broken(sql) == {}


@pytest.mark.parametrize("kind", ["quick", "quick-process"])
def test_a_short_job_is_finished_before_the_worker_ends(fleet: Fleet, kind: str):
    worker = fleet.worker()
    wait_for_end(make_job(kind))  # from now on a fork takes milliseconds
    job = make_job(kind, input_data={"seconds": 2})
    wait_until(job.logs.exists)  # claimed is not begun: what has not begun is given back
    waits = make_job("sleep", input_data={"seconds": 0}, run_after=None)
    # As a service manager may do it: to the worker and to whatever it has started.
    os.killpg(worker.pid, signal.SIGTERM)
    assert worker.ends() == 0
    job.refresh_from_db()
    assert (job.status, job.attempt, job.losses) == ("completed", 1, 0)
    waits.refresh_from_db()
    # Not begun, given back a moment after its claim, or done meanwhile: nobody holds it or paid.
    assert (waits.lease_token, waits.losses, waits.failures) == (None, 0, 0)
    assert invariants.broken(sql) == {}


def test_a_long_job_is_given_back_uncharged_and_goes_on_from_its_checkpoint(fleet: Fleet):
    first = fleet.worker(MEGAHUB_SHUTDOWN_SECONDS="0.3")
    job = make_job("sleep", input_data={"seconds": 6})
    wait_until(lambda: AIJob.objects.get(pk=job.pk).progress_percentage >= 25)
    first.signal(signal.SIGTERM)
    assert first.ends() == 0
    job.refresh_from_db()
    assert (job.status, job.lease_token, job.losses, job.failures) == ("running", None, 0, 0)
    assert AIJobData.objects.get(pk=job.pk).checkpoint["slept"] >= 1.5
    assert job.progress_percentage >= 25
    fleet.worker()
    wait_for_end(job)
    assert (job.status, job.attempt, job.losses, job.failures) == ("completed", 2, 0, 0)
    assert 5.5 <= job.active_seconds <= within(8)
    assert invariants.broken(sql) == {}


def test_code_that_ignores_the_end_is_given_back_too(fleet: Fleet, tmp_path: Path):
    worker = fleet.worker(MEGAHUB_SHUTDOWN_SECONDS="0.3")
    thread, process = gated(tmp_path), make_job("busy")
    for job in (thread, process):
        wait_for_status(job, "running")
        wait_until(job.logs.exists)
    worker.signal(signal.SIGTERM)
    assert worker.ends() == 0
    for job in (thread, process):
        job.refresh_from_db()
        assert (job.status, job.lease_token, job.losses) == ("running", None, 0)
    assert invariants.broken(sql) == {}


def test_without_a_sweeper_jobs_run_and_with_its_return_the_lost_ones_do(
    fleet: Fleet, tmp_path: Path
):
    first = fleet.worker()
    lost = gated(tmp_path)
    wait_until((tmp_path / "begun-1").exists)
    first.kill()
    fleet.worker()
    assert wait_for_end(make_job("quick")).status == "completed"
    lost.refresh_from_db()
    assert (lost.status, lost.attempt) == ("running", 1)
    for _ in range(2):  # any number may sweep
        fleet.sweeper()
    (tmp_path / "open-2").touch()
    wait_for_end(lost)
    assert (lost.status, lost.attempt, lost.losses) == ("completed", 2, 1)
    assert invariants.broken(sql) == {}


def test_a_cancel_of_a_job_whose_worker_is_dead_counts_at_once(fleet: Fleet, tmp_path: Path):
    worker = fleet.worker()
    job = gated(tmp_path)
    wait_until((tmp_path / "begun-1").exists)
    worker.kill()
    lifecycle.cancel(AIJob.objects.get(pk=job.pk), user=None)
    fleet.sweeper()
    wait_until(lambda: AIJob.objects.filter(stopping_until__isnull=True).exists())
    job.refresh_from_db()
    assert (job.status, job.attempt, job.losses) == ("cancelled", 1, 0)
    assert invariants.broken(sql, at_rest=True) == {}


def test_a_worker_whose_threads_hang_in_cancelled_jobs_starts_afresh(fleet: Fleet, tmp_path: Path):
    worker = fleet.worker(MEGAHUB_WORKER_SLOTS="2", MEGAHUB_STOP_GRACE_SECONDS="0.2")
    stuck = gated(tmp_path)
    other = make_job("sleep", input_data={"seconds": 4})
    wait_until((tmp_path / "begun-1").exists)
    lifecycle.cancel(AIJob.objects.get(pk=stuck.pk), user=None)
    assert worker.ends(seconds=60) == os.EX_TEMPFAIL
    stuck.refresh_from_db()
    assert stuck.status == "cancelled"
    fleet.worker()
    wait_for_end(other)
    assert (other.status, other.losses, other.failures) == ("completed", 0, 0)
    assert invariants.broken(sql) == {}
