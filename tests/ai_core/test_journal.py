"""What a job says: in order, nothing lost, in few writes, whatever it says and whoever dies."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError

from ai_core.execution import statements
from ai_core.execution.journal import Journal
from ai_core.execution.runner import Runner
from ai_core.models import AIJob
from bench.torture import invariants
from tests.ai_core.processes import Fleet
from tests.ai_core.workbench import (
    again,
    claim,
    claimed_job,
    make_job,
    sql,
    wait_for_end,
    wait_until,
)

LINES, RATE = 3000, 1000
LONGEST_SILENCE = 1.5  # half a second of gathering, and a busy machine


@pytest.mark.slow
@pytest.mark.usefixtures("committed", "forks_with_executors")
@pytest.mark.parametrize("kind", ["chatty", "chatty-process"])
def test_a_thousand_lines_a_second_are_all_there_in_order_with_few_writes(kind: str):
    runner = Runner()
    runner.start()
    try:
        job = make_job(kind, input_data={"lines": LINES, "rate": RATE})
        wait_until(job.logs.exists)
        begun, writes = time.monotonic(), runner.journal.writes
        wait_for_end(job)
        rate = (runner.journal.writes - writes) / (time.monotonic() - begun)
    finally:
        runner.shut_down(1)
    assert job.status == "completed"
    said = list(job.logs.order_by("id").values_list("message", flat=True))
    assert said == [f"line {number}" for number in range(LINES)]
    assert rate < 10
    assert invariants.broken(sql) == {}


@pytest.mark.slow
def test_a_killed_worker_loses_its_last_moments_and_never_the_order(fleet: Fleet):
    worker = fleet.worker()
    job = make_job("chatty", input_data={"lines": 100_000, "rate": RATE})
    wait_until(lambda: job.logs.count() > 1000)
    worker.kill()
    killed_at = datetime.now(UTC)
    lines = list(job.logs.order_by("id").values_list("number", "message", "at"))
    assert [number for number, *_ in lines] == list(range(1, len(lines) + 1))
    assert [message for _, message, _ in lines] == [f"line {n}" for n in range(len(lines))]
    assert (killed_at - lines[-1][2]).total_seconds() < LONGEST_SILENCE
    assert invariants.broken(sql) == {}


@pytest.mark.usefixtures("committed")
class TestOneJournal:
    def lines(self, job: AIJob) -> list[str]:
        return list(job.logs.order_by("id").values_list("message", flat=True))

    def test_what_could_not_be_written_is_written_later_once_and_in_order(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        job, held = claimed_job()
        journal = Journal()
        write, refusals = journal._write, iter([True, True, False])

        def refuse_twice(batch: Any) -> None:
            if next(refusals, False):
                raise OperationalError("the server closed the connection")
            write(batch)

        monkeypatch.setattr(journal, "_write", refuse_twice)
        for number in range(3):
            journal.line(held, level="info", stage="", message=f"line {number}")
            journal.progress(held, percentage=10 * number, substatus=f"step {number}")
            journal.flush()
        journal.flush()
        assert self.lines(job) == ["line 0", "line 1", "line 2"]
        job.refresh_from_db()
        assert (job.progress_percentage, job.substatus) == (20, "step 2")

    def test_a_write_whose_commit_was_unclear_is_not_doubled(self, monkeypatch: pytest.MonkeyPatch):
        job, held = claimed_job()
        journal = Journal()
        write, unclear = journal._write, iter([True])

        def written_but_unclear(batch: Any) -> None:
            write(batch)
            if next(unclear, False):
                raise OperationalError("the connection was lost after COMMIT")

        monkeypatch.setattr(journal, "_write", written_but_unclear)
        journal.line(held, level="info", stage="", message="once")
        journal.flush()
        journal.line(held, level="info", stage="", message="and then")
        journal.flush()
        assert self.lines(job) == ["once", "and then"]

    def test_pages_that_the_database_refuses_for_good_take_no_others_along(self):
        good, good_claim = claimed_job()
        bad, bad_claim = claimed_job()
        journal = Journal()
        journal.line(good_claim, level="info", stage="", message="good")
        journal.line(bad_claim, level="info", stage="", message="bad")
        journal.metric(bad_claim, step=2**70, values={"loss": 1.0})
        journal.flush()
        assert self.lines(good) == ["good"]
        journal.line(bad_claim, level="info", stage="", message="better")
        journal.flush()
        assert self.lines(bad)[-1] == "better"

    def test_progress_never_goes_back_within_an_attempt(self):
        job, held = claimed_job()
        journal = Journal()
        for percentage in (30, 80, 50):
            journal.progress(held, percentage=percentage, substatus=None)
            journal.flush()
        job.refresh_from_db()
        assert job.progress_percentage == 80

    def test_nothing_is_written_for_an_attempt_that_lost_its_lease(self):
        job, held = claimed_job()
        statements.settle([again(held)])
        (other,) = claim()
        journal = Journal()
        for claimed, word in ((held, "stale"), (other, "fresh")):
            journal.line(claimed, level="info", stage="", message=word)
            journal.progress(claimed, percentage=50, substatus=word)
            journal.stage(claimed, name=word, substatus="")
            journal.metric(claimed, step=claimed.attempt, values={"v": 1.0})
            journal.event(claimed, kind="info", message=word, payload="{}")
        journal.flush()
        job.refresh_from_db()
        assert self.lines(job) == ["fresh"]
        assert (job.substatus, job.stage) == ("", "fresh")
        assert list(job.stages.values_list("name", flat=True)) == ["fresh"]
        assert list(job.metrics.values_list("step", flat=True)) == [other.attempt]
        assert not job.events.filter(message="stale").exists()

    def test_the_last_lines_of_an_attempt_that_is_retried_are_kept(self):
        job, held = claimed_job()
        journal = Journal()
        journal.line(held, level="info", stage="", message="before the end")
        statements.settle([again(held)])
        journal.flush()
        assert self.lines(job) == ["before the end"]

    def test_pages_for_a_job_that_was_purged_meanwhile_go_nowhere(self):
        job, held = claimed_job()
        journal = Journal()
        journal.line(held, level="info", stage="", message="for nobody")
        AIJob.objects.filter(pk=job.pk).delete()
        journal.flush()
        assert sql("SELECT count(*) FROM ai_core_joblog") == [(0,)]

    def test_a_token_that_nobody_ever_had_opens_nothing(self):
        job, held = claimed_job()
        from dataclasses import replace

        journal = Journal()
        journal.line(replace(held, token=uuid4()), level="info", stage="", message="forged")
        journal.flush()
        assert self.lines(job) == []
