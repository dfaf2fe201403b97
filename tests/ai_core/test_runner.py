"""The runner in this process: what it makes of good, slow, hostile and broken executors."""

import gc
import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as hub_settings

from ai_core import lifecycle
from ai_core.execution import statements
from ai_core.execution.journal import Journal
from ai_core.execution.outcomes import Outcome
from ai_core.execution.runner import Runner
from ai_core.execution.settler import Settler
from ai_core.models import AIJob, AIJobData, AIJobType
from ai_core.statuses import JobStatus
from bench.torture import invariants
from tests import factories
from tests.ai_core.workbench import (
    claim,
    claimed_job,
    completed,
    make_job,
    make_jobs,
    sql,
    wait_for_end,
    wait_for_status,
    wait_until,
)
from tests.executors.misbehaving import HOSTILE_RESULTS, HOSTILE_TEXTS
from tests.machine import within

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.slow]


@pytest.fixture
def runner(settings: Any, forks_with_executors: None) -> Iterator[Runner]:
    settings.LOOK_SECONDS = 0.1
    settings.BEAT_SECONDS = 0.3
    before = set(threading.enumerate())
    one = Runner()
    one.start()
    yield one
    one.shut_down(0.1)
    for_ever = {"bell", "notices"}
    wait_until(lambda: {t.name for t in set(threading.enumerate()) - before} <= for_ever)
    gc.collect()  # closes the connections of the threads that have ended
    assert invariants.broken(sql) == {}


def test_a_job_runs_to_its_end(runner: Runner):
    job = wait_for_end(make_job("quick"))
    assert job.status == "completed"
    assert job.attempt == 1
    assert job.active_seconds >= 0
    assert AIJobData.objects.get(pk=job.pk).result_data == {"job_id": job.job_id, "attempt": 1}


def test_it_looks_for_work_by_itself_every_second(runner: Runner):
    begun = time.monotonic()
    wait_for_end(make_job("quick"))
    assert time.monotonic() - begun < within(2.5)


@pytest.mark.parametrize("kind", ["returns", "returns-process"])
def test_a_result_that_cannot_be_kept_is_a_failure_with_a_name(runner: Runner, kind: str):
    jobs = {
        what: make_job(kind, input_data={"what": what})
        for what in HOSTILE_RESULTS
        if not (kind == "returns-process" and what == "number-key")  # a pipe makes it a text
    }
    for what, job in jobs.items():
        wait_for_end(job)
        assert (job.status, job.error_code) == ("failed", "RESULT_INVALID"), (
            what, job.error_code, job.error_message,
        )  # fmt: skip
        assert job.attempt == 1
        assert AIJobData.objects.get(pk=job.pk).result_data is None


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pytest's own reports cannot carry half a surrogate pair."""
    monkeypatch.setattr(logging.getLogger("ai_core.execution.work"), "disabled", True)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["says", "says-process"])
@pytest.mark.parametrize("end", ["ok", "error", "failure", "exit"])
def test_hostile_texts_harm_neither_the_job_nor_its_neighbours(runner: Runner, kind: str, end: str):
    neighbours = [make_job("quick", input_data={"seconds": 0.3}) for _ in range(3)]
    jobs = [make_job(kind, input_data={"text": text, "end": end}) for text in HOSTILE_TEXTS]
    for job in jobs:
        wait_for_end(job)
        assert job.status == ("completed" if end == "ok" else "failed"), job.error_message
        assert job.attempt == 1
        (line, *_) = job.logs.filter(number=1).values_list("message", flat=True)
        assert len(line) <= 10_100
        assert "\x00" not in line
    for job in neighbours:
        assert wait_for_end(job).attempt == 1
    assert threading.active_count() > 4


def test_a_retry_after_that_is_no_time_at_all_waits_for_a_while(runner: Runner):
    job = make_job("says", input_data={"text": "plain", "end": "retry"})
    wait_for_status(job, "running")
    wait_until(lambda: AIJob.objects.get(pk=job.pk).failures == 1)
    job.refresh_from_db()
    assert job.status == "running"
    assert job.run_after is not None
    lifecycle.cancel(job, user=None)


def test_an_outcome_that_the_database_refuses_does_not_take_its_neighbours_along():
    """Whatever slips through the gates fails alone; the settler lives."""
    good, good_claim = claimed_job()
    bad, bad_claim = claimed_job()

    class Held:
        def __init__(self, claimed: Any) -> None:
            self.claimed = claimed
            self.trusted_until = time.monotonic() + 20
            self.settled = threading.Event()
            self.left = threading.Event()

    poison = Outcome(claimed=bad_claim, status=JobStatus.COMPLETED, result={"x": "a\x00b"})
    Settler(Journal())._settle(
        [(Held(bad_claim), poison), (Held(good_claim), completed(good_claim))]
    )
    assert wait_for_end(good).status == "completed"
    assert wait_for_end(bad).error_code == "RESULT_INVALID"


def test_a_cancelled_socket_wait_ends_at_once(runner: Runner):
    job = wait_for_status(make_job("hanging-socket"), "running")
    wait_until(job.logs.exists)
    lifecycle.cancel(job, user=None)
    assert job.status == "cancelled"
    wait_until(lambda: not runner.attempts(), seconds=5)
    job.refresh_from_db()
    assert job.stopping_until is None


def test_a_deadline_ends_a_thread_that_hears_nothing_and_frees_the_job(runner: Runner):
    job = make_job("quick", input_data={"seconds": 4}, timeout_seconds=1)
    begun = time.monotonic()
    wait_for_end(job)
    assert job.status == "timeout"
    assert job.error_code == "TIMEOUT"
    assert time.monotonic() - begun < within(3.5)
    assert "1 second" in job.error_message


def test_jobs_that_were_claimed_for_a_burst_do_not_wait_behind_a_long_one(
    runner: Runner, settings: Any
):
    """Short jobs are claimed many at a time; when long ones follow, others may take those."""
    brand = factories.make_brand()
    for pool in runner.pools.values():
        pool.usual_seconds = 0.001
    slots = hub_settings.WORKER_SLOTS
    long = [make_job("sleep", brand=brand, input_data={"seconds": 60}) for _ in range(slots)]
    wait_until(lambda: len(runner.attempts()) >= slots)
    waiting = make_jobs(20, brand=brand)
    held_here = AIJob.objects.filter(pk__in=[job.pk for job in waiting], lease_token__isnull=False)
    wait_until(held_here.exists)
    wait_until(lambda: not held_here.exists(), seconds=20)
    elsewhere = claim(want=50, worker="another worker")
    assert {held.id for held in elsewhere} == {job.pk for job in waiting}
    for held in elsewhere:
        assert held.failures == held.losses == 0
    statements.settle([completed(held) for held in elsewhere])
    for job in long:
        lifecycle.cancel(job, user=None)
    wait_until(lambda: not runner.attempts(), seconds=10)


def test_a_batch_that_turns_out_long_is_shared_with_other_workers(runner: Runner):
    """Claimed in one go while jobs were short: what has not begun after a second is given back."""
    brand = factories.make_brand()
    for pool in runner.pools.values():
        pool.usual_seconds = 0.001
    kind = AIJobType.objects.get(name="quick")
    kind.timeout_seconds = 30
    kind.save()
    slots = hub_settings.WORKER_SLOTS
    from ai_core.services import JobService, NewJob

    wanted = [NewJob(job_type="quick", input_data={"seconds": 5})] * (3 * slots)
    jobs = JobService.create_jobs(wanted, user=None, brand=brand)
    wait_until(lambda: len(runner.attempts()) > slots)
    free = wait_until(
        lambda: AIJob.objects.filter(lease_token__isnull=True, status="running").count(), seconds=4
    )
    assert free
    (held, *_) = claim(want=1, worker="another worker")
    assert (held.failures, held.losses) == (0, 0)
    for job in jobs:
        lifecycle.cancel(AIJob.objects.get(pk=job.pk), user=None)
    wait_until(lambda: not runner.attempts(), seconds=10)


def test_a_suspended_brand_ends_what_it_runs(runner: Runner):
    job = wait_for_status(make_job("sleep", input_data={"seconds": 30}), "running")
    job.brand.is_active = False
    job.brand.save()
    wait_for_end(job, seconds=3)
    assert (job.status, job.cancel_reason) == ("cancelled", "brand suspended")
    wait_until(lambda: not runner.attempts(), seconds=5)


def test_pause_saves_a_checkpoint_and_resume_goes_on_from_there(runner: Runner):
    job = wait_for_status(make_job("sleep", input_data={"seconds": 3}), "running")
    wait_until(lambda: AIJob.objects.get(pk=job.pk).progress_percentage > 20)
    lifecycle.pause(job, user=None)
    wait_for_status(job, "paused", seconds=5)
    slept = AIJobData.objects.get(pk=job.pk).checkpoint["slept"]
    assert 0.5 < slept < 3
    lifecycle.resume(job, user=None)
    wait_for_end(job)
    assert job.status == "completed"
    assert job.attempt == 2
    assert job.failures == job.losses == 0
    assert 2.9 <= job.active_seconds < within(5)


def test_a_job_of_an_external_way_is_left_alone(runner: Runner):
    assert {way.value for way in runner.pools} == {"thread", "process"}


def test_the_worker_is_known_by_its_machine_and_process(runner: Runner):
    job = wait_for_status(make_job("sleep", input_data={"seconds": 2}), "running")
    assert job.leased_by.startswith(socket.gethostname())
    lifecycle.cancel(job, user=None)
