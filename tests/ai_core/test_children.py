"""Computing jobs in processes of their own: what ignores everything is gone all the same."""

import os
import signal
from pathlib import Path

import pytest

from ai_core import lifecycle
from ai_core.models import AIJob
from bench.torture import invariants
from tests.ai_core.processes import LEASE_SECONDS, Fleet, is_gone
from tests.ai_core.workbench import (
    make_job,
    sql,
    wait_for_end,
    wait_for_status,
    wait_until,
)
from tests.machine import within

pytestmark = pytest.mark.slow

STUBBORN = ["busy", "c-call", "hanging-socket-process", "gated-process"]
GONE_SECONDS = 5


def begin(folder: Path, kind: str, **details: object) -> tuple[AIJob, Path]:
    gates = folder / f"{kind}-{len(list(folder.iterdir()))}"
    gates.mkdir()
    return make_job(kind, input_data={"gates": str(gates)}, **details), gates


def process_of(gates: Path, attempt: int = 1) -> int:
    path = gates / f"begun-{attempt}"
    return int(wait_until(lambda: path.exists() and path.read_text()))


def test_a_cancel_shows_at_once_and_what_ignores_it_is_gone_within_five_seconds(
    fleet: Fleet, tmp_path: Path
):
    fleet.worker(MEGAHUB_WORKER_PROCESSES=str(len(STUBBORN)))
    begun = [begin(tmp_path, kind) for kind in STUBBORN]
    running = [(job, process_of(gates)) for job, gates in begun]
    for job, _ in running:
        lifecycle.cancel(AIJob.objects.get(pk=job.pk), user=None, reason="no longer needed")
        job.refresh_from_db()
        assert job.status == "cancelled"
    for job, pid in running:
        wait_until(lambda pid=pid: is_gone(pid), seconds=GONE_SECONDS, what=job.job_type.name)
    slots_are_free = AIJob.objects.filter(stopping_until__isnull=True).count
    wait_until(lambda: slots_are_free() == len(running), seconds=GONE_SECONDS)
    assert invariants.broken(sql, at_rest=True) == {}


def test_a_time_out_shows_in_time_and_what_ignores_it_is_gone_within_five_seconds(
    fleet: Fleet, tmp_path: Path
):
    fleet.worker(MEGAHUB_WORKER_PROCESSES=str(len(STUBBORN)))
    wait_for_end(make_job("quick-process"))  # from now on a fork takes milliseconds
    begun = [begin(tmp_path, kind, timeout_seconds=3) for kind in STUBBORN]
    running = [(job, process_of(gates)) for job, gates in begun]
    for job, pid in running:
        wait_for_status(job, "timeout", seconds=3 + LEASE_SECONDS)
        assert 3 <= (job.completed_at - job.started_at).total_seconds() < within(3 + LEASE_SECONDS)
        wait_until(lambda pid=pid: is_gone(pid), seconds=GONE_SECONDS, what=job.job_type.name)
    assert invariants.broken(sql) == {}


def test_a_killed_child_costs_one_loss_and_the_job_runs_again(fleet: Fleet, tmp_path: Path):
    worker = fleet.worker()
    fleet.sweeper()
    job, gates = begin(tmp_path, "gated-process")
    os.kill(process_of(gates), signal.SIGKILL)
    process_of(gates, attempt=2)
    (gates / "open-2").touch()
    wait_for_end(job)
    assert (job.status, job.attempt, job.losses, job.failures) == ("completed", 2, 1, 0)
    assert worker.process.poll() is None
    assert invariants.broken(sql) == {}


def test_poison_memory_and_errors_end_with_their_names_and_harm_nobody(
    fleet: Fleet, tmp_path: Path
):
    fleet.worker(MEGAHUB_WORKER_PROCESSES="3")
    fleet.sweeper()
    poison = make_job("failing", input_data={"how": "crash"})
    memory = make_job("failing", input_data={"how": "memory"})
    error = make_job("failing", input_data={"how": "error"})
    nan = make_job("failing", input_data={"how": "nan"})
    twice = make_job("failing", input_data={"how": "retry", "times": 2})
    crashes_once = make_job("failing", input_data={"how": "crash", "times": 1})
    neighbour = make_job("quick")

    wait_for_end(poison, seconds=30)
    assert (poison.status, poison.error_code) == ("failed", "WORKER_LOST")
    assert poison.attempt == poison.losses == poison.job_type.max_losses == 3
    assert poison.logs.filter(message__contains="crash").count() == 3
    assert "loss 3 of 3" in poison.error_message
    for job, code in [
        (memory, "OUT_OF_MEMORY"),
        (error, "EXECUTION_FAILED"),
        (nan, "RESULT_INVALID"),
    ]:
        wait_for_end(job)
        assert (job.status, job.error_code, job.attempt) == ("failed", code, 1)
    wait_for_end(twice)
    assert (twice.status, twice.attempt, twice.failures, twice.losses) == ("completed", 3, 2, 0)
    wait_for_end(crashes_once)
    assert (crashes_once.status, crashes_once.attempt, crashes_once.losses) == ("completed", 2, 1)
    assert wait_for_end(neighbour).status == "completed"
    assert invariants.broken(sql) == {}


def test_children_do_not_outlive_a_killed_worker(fleet: Fleet, tmp_path: Path):
    worker = fleet.worker(MEGAHUB_WORKER_PROCESSES=str(len(STUBBORN)))
    pids = [process_of(begin(tmp_path, kind)[1]) for kind in STUBBORN]
    worker.kill()
    for pid in pids:
        wait_until(lambda pid=pid: is_gone(pid), seconds=GONE_SECONDS)
