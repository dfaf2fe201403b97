"""Every pair of verbs on one job, in two sessions: the first commits, or takes it all back."""

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from ai_core import lifecycle
from ai_core.errors import TransitionRefused
from ai_core.execution import statements
from ai_core.execution.outcomes import Claimed, Outcome
from ai_core.models import AIJob, AIJobData
from bench.torture import invariants
from tests.ai_core.workbench import (
    again,
    claim,
    claimed_job,
    completed,
    expire_lease,
    failed,
    final,
    make_due,
    pass_deadline,
    sql,
)

pytestmark = pytest.mark.usefixtures("committed")


def steal(held: Claimed) -> list[Claimed]:
    """The lease runs out, the sweeper takes the job back, and another worker claims it."""
    reap(held)
    make_due(held.id)
    return claim(worker="thief")


def reap(held: Claimed) -> object:
    expire_lease(held.id)
    return statements.reap()


def time_out(held: Claimed) -> object:
    pass_deadline(held.id)
    return statements.reap(deadline_grace=0)


def by_verb(verb: Callable[..., AIJob]) -> Callable[[Claimed], object]:
    def act(held: Claimed) -> object:
        try:
            return verb(AIJob.objects.get(pk=held.id), user=None).status
        except TransitionRefused as refusal:
            return f"refused: {refusal}"

    return act


VERBS: dict[str, Callable[[Claimed], object]] = {
    "steal": steal,
    "settle completed": lambda held: statements.settle([completed(held)]),
    "settle failed": lambda held: statements.settle([failed(held)]),
    "settle again": lambda held: statements.settle([again(held)]),
    "cancel": by_verb(lifecycle.cancel),
    "pause": by_verb(lifecycle.pause),
    "resume": by_verb(lifecycle.resume),
    "timeout": time_out,
    "reap": reap,
    "beat": lambda held: statements.beat([(held.id, held.token)]),
}
# What each verb can end a race with; `running` means that an attempt holds it or is to come.
ENDS = {"running", "completed", "failed", "cancelled", "timeout", "paused", "pending"}


class Session:
    """A second session: a thread with a connection of its own that does one thing at a time."""

    def __init__(self) -> None:
        self.orders: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self.done = threading.Event()
        self.error: BaseException | None = None
        self.pid = 0
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()
        self.begin(self._introduce)
        self.wait()

    def begin(self, act: Callable[[], Any]) -> None:
        self.done.clear()
        self.orders.put(act)

    def wait(self) -> None:
        assert self.done.wait(10), "the second session never came back: a deadlock"
        if self.error is not None:
            raise self.error

    def wait_until_blocked_or_done(self) -> bool:
        """True when it waits for a lock of ours."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if self.done.is_set():
                return False
            if sql("SELECT pg_backend_pid() = ANY (pg_blocking_pids(%s))", self.pid)[0][0]:
                return True
            time.sleep(0.001)
        raise AssertionError("neither blocked nor done")

    def close(self) -> None:
        self.orders.put(None)
        self.thread.join(5)

    def _introduce(self) -> None:
        self.pid = sql("SELECT pg_backend_pid()")[0][0]

    def _work(self) -> None:
        while (act := self.orders.get()) is not None:
            try:
                act()
            except BaseException as error:
                self.error = error
            self.done.set()
        connection.close()


@pytest.fixture
def second():
    session = Session()
    yield session
    session.close()


class TakeItBack(Exception):
    pass


def race(second: Session, first: str, then: str, *, commits: bool) -> tuple[AIJob, bool]:
    job, held = claimed_job("sleep")
    blocked = False
    try:
        with transaction.atomic():
            VERBS[first](held)
            second.begin(lambda: VERBS[then](held))
            blocked = second.wait_until_blocked_or_done()
            if not commits:
                raise TakeItBack
    except TakeItBack:
        pass
    second.wait()
    job.refresh_from_db()
    return job, blocked


@pytest.mark.parametrize("first", VERBS)
def test_whoever_commits_first_wins_and_the_loser_changes_nothing(second: Session, first: str):
    blocked = 0
    for then in VERBS:
        for commits in (True, False):
            job, waited = race(second, first, then, commits=commits)
            blocked += waited
            what = f"{first} ({'commits' if commits else 'rolls back'}), then {then}"
            assert job.status in ENDS, what
            assert invariants.broken(sql) == {}, what
            if commits and first in FINAL_OF:
                assert job.status == FINAL_OF[first], what
            if not commits and then in FINAL_OF and first not in SKIPPED_BY.get(then, ()):
                assert job.status == FINAL_OF[then], what
            if not final(job.status):
                lifecycle.cancel(job, user=None)
    assert blocked or first == "resume", "nothing ever waited: these were no races"
    assert invariants.broken(sql) == {}


FINAL_OF = {
    "settle completed": "completed",
    "settle failed": "failed",
    "cancel": "cancelled",
    "timeout": "timeout",
}
# The sweeper passes over a row that somebody has locked, and finds it at its next sweep; here it
# first waits for the lock to make the deadline pass.
SKIPPED_BY: dict[str, tuple[str, ...]] = {}


@pytest.mark.parametrize("verb", ["settle completed", "settle failed", "settle again", "beat"])
def test_an_attempt_whose_job_was_taken_over_changes_nothing(verb: str):
    job, held = claimed_job("sleep")
    (other,) = steal(held)
    before = AIJob.objects.filter(pk=job.pk).values().get()
    assert not VERBS[verb](held)
    assert AIJob.objects.filter(pk=job.pk).values().get() == before
    assert statements.settle([completed(other)]) == {job.pk: "completed"}
    assert invariants.broken(sql) == {}


def test_settling_twice_is_settling_once():
    job, held = claimed_job()
    assert statements.settle([completed(held)]) == {job.pk: "completed"}
    assert statements.settle([completed(held)]) == {}
    assert statements.settle([failed(held)]) == {}
    assert invariants.broken(sql) == {}


def test_pause_wins_over_a_retry_and_a_lost_worker():
    for end in (lambda held: statements.settle([again(held, 60)]), reap):
        job, held = claimed_job("sleep")
        lifecycle.pause(job, user=None)
        end(held)
        job.refresh_from_db()
        assert (job.status, job.substatus) == ("paused", "paused")
        assert claim() == []
        lifecycle.resume(job, user=None)
        assert [again_held.attempt for again_held in claim()] == [2]


def test_a_job_between_two_attempts_is_paused_at_once():
    job, held = claimed_job("sleep")
    statements.settle([again(held, 60)])
    lifecycle.pause(job, user=None)
    assert job.status == "paused"
    assert invariants.broken(sql) == {}


@pytest.mark.parametrize("stale_first", [True, False])
@pytest.mark.parametrize("stale", [completed, again])
def test_two_attempts_that_are_settled_together_leave_the_word_of_the_one_that_counts(
    stale: Callable[[Claimed], Outcome], stale_first: bool
):
    """A worker that had lost a job, and claimed it again, may settle both attempts at once."""
    job, first = claimed_job("quick")
    (second,) = steal(first)
    outcomes = [stale(first), completed(second)]
    statements.settle(outcomes if stale_first else outcomes[::-1])
    data = AIJobData.objects.get(pk=job.pk)
    assert (data.result_attempt, data.result_data["attempt"]) == (2, 2)
    assert list(job.events.filter(type="warning").values_list("attempt", "message")) == [
        (1, "The worker stopped answering.")
    ]
    assert invariants.broken(sql) == {}
