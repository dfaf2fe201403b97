"""The runner: what a worker process does. It claims jobs, runs them, and never forgets one.

Bells only make it quicker: it also looks for work by itself every second.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import Error, connection

from ai_core import tracing
from ai_core.execution import registry, retries, statements
from ai_core.execution.attempts import Attempt
from ai_core.execution.heart import TRUST, Heart, listen_for_orders
from ai_core.execution.journal import Journal
from ai_core.execution.known import Known
from ai_core.execution.outcomes import Claimed, Outcome, given_back, timed_out
from ai_core.execution.pools import Pool
from ai_core.execution.protocol import Way
from ai_core.execution.settler import Settler
from ai_core.execution.work import outcome_of
from ai_core.gathering import Gathering

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
AWAKE_SECONDS = 0.3  # after work was found, look again without a bell: more is likely to follow
AWAKE_LOOK_SECONDS = 0.04
STUCK_GRACES = 10  # a thread that is not back after so many graces will never be
PATIENCE_SECONDS = 1.0  # what has not begun by then is given back: another worker may be free


class Runner:
    def __init__(self, *, queues: list[str] | None = None) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.known = Known(only_queues=queues)
        self.journal = Journal()
        self.settler = Settler(self.journal, on_settled=self._settled)
        self.heart = Heart(self.attempts, on_timeout=self._settle_as_timed_out)
        self.pools = {
            Way.THREAD: Pool(Way.THREAD, settings.WORKER_SLOTS),
            Way.PROCESS: Pool(Way.PROCESS, settings.WORKER_PROCESSES),
        }
        self.claims = 0
        self._attempts: dict[object, Attempt] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._draining = threading.Event()
        self._closing = threading.Event()
        self._rung: set[int] = set()  # queues in which there may be work
        self._hungry: set[int] = set()  # queues that had more than we had slots for

    # ------------------------------------------------------------------ what others call
    def attempts(self) -> list[Attempt]:
        with self._lock:
            return list(self._attempts.values())

    def is_clogged(self) -> bool:
        """Whether half of the threads hang in code that was told to stop; nobody can kill those."""
        patience = settings.STOP_GRACE_SECONDS * STUCK_GRACES
        stuck = [
            attempt
            for attempt in self.attempts()
            if attempt.executor.way == Way.THREAD
            and attempt.stop_reason not in ("", "pause")
            and time.monotonic() - (attempt.stop_asked_at or time.monotonic()) > patience
        ]
        return 2 * len(stuck) >= self.pools[Way.THREAD].slots and bool(stuck)

    def wake(self, queue: str) -> None:
        """There may be work in this queue."""
        if (queue_id := self.known.queues.get(queue)) is not None:
            self._ring(queue_id)
        elif self.known.serves(queue):
            self.known.forget()  # it is new
            self._wake.set()

    def _ring(self, queue_id: int) -> None:
        with self._lock:
            self._rung.add(queue_id)
        self._wake.set()

    def start(self) -> None:
        for name, body in [
            ("journal", self.journal.run),
            ("settler", self.settler.run),
            ("heart", self.heart.run),
            ("orders", lambda: listen_for_orders(self.heart, self._closing)),
            ("claims", self._claim_until_drained),
        ]:
            thread = threading.Thread(target=_kept_alive(body), name=name, daemon=True)
            thread.start()
            self._threads[name] = thread

    def shut_down(self, seconds: float) -> None:
        """Finish what is short, give the rest back without charging it, and write it all down."""
        self._draining.set()
        self._wake.set()
        until = time.monotonic() + seconds
        while self.attempts() and time.monotonic() < until:
            time.sleep(0.02)
        for attempt in self.attempts():
            attempt.stop("shutdown")
        until = time.monotonic() + settings.STOP_GRACE_SECONDS + 1
        while self.attempts() and time.monotonic() < until:
            time.sleep(0.02)
        for attempt in self.attempts():  # code that hears nothing: its lease goes back all the same
            if not attempt.settled.is_set():
                self.settler.settle(attempt, given_back(attempt.claimed))
        self.settler.close()
        self._threads["settler"].join(seconds)
        self.journal.close()
        self._threads["journal"].join(seconds)
        self._closing.set()
        self.heart.close()
        for pool in self.pools.values():
            pool.threads.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ claiming
    def _claim_until_drained(self) -> None:
        look_at_all = time.monotonic()
        awake_until = 0.0
        recent: set[int] = set()
        gathering = Gathering(per_second=25)
        while not self._draining.is_set():
            gathering.wait()
            self._give_back_what_waits()
            with self._lock:
                rung, self._rung = self._rung, set()
            if time.monotonic() < awake_until:
                rung |= recent
            try:
                self.known.refresh()
                if time.monotonic() >= look_at_all:
                    rung = set(self.known.queues.values())
                    look_at_all = time.monotonic() + POLL_SECONDS
                claimed = self._claim_round(rung)
            except Error as error:
                log.warning("no claim without a database: %s", error)
                connection.close()
                self._draining.wait(0.5)
                continue
            if claimed:
                awake_until, recent = time.monotonic() + AWAKE_SECONDS, rung
            else:
                rest = max(0.01, look_at_all - time.monotonic())
                awake = time.monotonic() < awake_until
                self._wake.wait(AWAKE_LOOK_SECONDS if awake else rest)
                self._wake.clear()

    def _claim_round(self, queue_ids: set[int]) -> int:
        """Offer the free slots to these queues in turn; return how many jobs were claimed."""
        count = 0
        for queue_id in queue_ids:
            more = False
            for way, pool in self.pools.items():
                known = self.known.types_run_as(way)
                room = pool.room()
                if not known or self._draining.is_set():
                    continue
                claimed = self._claim(queue_id, known, pool, room) if room > 0 else 0
                more = more or claimed == max(room, 0)
                count += claimed
            with self._lock:
                (self._hungry.add if more else self._hungry.discard)(queue_id)
                if more and count:
                    self._rung.add(queue_id)
        return count

    def _claim(self, queue_id: int, known: list[int], pool: Pool, room: int) -> int:
        asked_at = time.monotonic()
        claimed = statements.claim(queue_id, types=known, want=room, worker=self.name)
        self.claims += 1
        for job in claimed:
            self._begin(job, pool, asked_at, queue_id=queue_id)
        return len(claimed)

    # ------------------------------------------------------------------ running
    def _begin(self, claimed: Claimed, pool: Pool, asked_at: float, *, queue_id: int) -> None:
        kind = self.known.types[claimed.job_type_id]
        executor = registry.executor_named(kind.executor)
        if executor is None:
            raise LookupError(f"{kind.executor} was registered a moment ago")
        attempt = Attempt(claimed, kind=kind, executor=executor, journal=self.journal)
        attempt.queue_id = queue_id
        attempt.trusted_until = asked_at + settings.LEASE_SECONDS * TRUST
        with self._lock:
            self._attempts[claimed.token] = attempt
            pool.busy += 1
        attempt.turn = pool.threads.submit(self._run, attempt, pool)

    def _give_back_what_waits(self) -> None:
        """Jobs that were claimed as short ones and stand behind a long one are for everybody."""
        too_long_ago = time.monotonic() - PATIENCE_SECONDS
        for attempt in self.attempts():
            if attempt.started > too_long_ago or attempt.turn is None or not attempt.turn.cancel():
                continue
            attempt.left.set()
            self.settler.settle(attempt, given_back(attempt.claimed))
            pool = self.pools[attempt.executor.way]
            with self._lock:
                self._attempts.pop(attempt.claimed.token, None)
                pool.busy -= 1
                pool.usual_seconds = max(pool.usual_seconds, PATIENCE_SECONDS)

    def _run(self, attempt: Attempt, pool: Pool) -> None:
        begun = time.monotonic()
        watch = threading.Timer(attempt.claimed.seconds, self._overdue, [attempt])
        watch.daemon = True
        if attempt.claimed.seconds < settings.BEAT_SECONDS:
            watch.start()  # else the beat sees the deadline in time
        try:
            giving_back = self._draining.is_set()  # it waited for a slot: do not begin it now
            outcome = given_back(attempt.claimed) if giving_back else _traced(attempt)
        except BaseException as error:  # charged, or it would come back for ever
            log.exception("an attempt ended in a way that nobody expected")
            outcome = retries.after_loss(
                attempt.claimed, attempt.kind, f"The runner broke: {error!r}."
            )
        watch.cancel()
        attempt.left.set()
        if not attempt.settled.is_set():
            if outcome is None:
                attempt.settled.set()
                self._slot_is_free(attempt)
            else:
                self.settler.settle(attempt, outcome)
        else:
            self._slot_is_free(attempt)
        attempt.clean_up()
        with self._lock:
            self._attempts.pop(attempt.claimed.token, None)
            pool.busy -= 1
            pool.took(time.monotonic() - begun)
            hungry = attempt.queue_id in self._hungry
            self._rung |= self._hungry
        if hungry or self._draining.is_set():
            self._wake.set()

    def _overdue(self, attempt: Attempt) -> None:
        """A deadline that comes before the next beat would see it."""
        attempt.stop("timeout")
        if attempt.stop_reason == "timeout" and not attempt.left.is_set():
            self._settle_as_timed_out(attempt)

    def _slot_is_free(self, attempt: Attempt) -> None:
        """The work of a cancelled job has really ended: say so."""
        try:
            self.journal.flush([attempt.claimed.token])
            statements.stopped([(attempt.claimed.id, attempt.claimed.token)])
        except Error:
            connection.close()  # the sweeper frees it when the lease would have ended

    def _settled(self, attempts: list[Attempt]) -> None:
        """A limited queue has room again as soon as an ending is written."""
        for queue_id in {attempt.queue_id for attempt in attempts} & self.known.limited:
            self._ring(queue_id)

    def _settle_as_timed_out(self, attempt: Attempt) -> None:
        """The deadline is the end of the job; its code may come back whenever it likes."""
        self.settler.settle(attempt, timed_out(attempt.claimed))


def _traced(attempt: Attempt) -> Outcome | None:
    """Run it: lines logged meanwhile name the job, and whoever traces hears how it went."""
    claimed, began = attempt.claimed, time.time()
    with structlog.contextvars.bound_contextvars(job=claimed.job_id, attempt=claimed.attempt):
        outcome = outcome_of(attempt)
    if tracing.is_on():
        ended_as = outcome.status.value if outcome is not None else "given up"
        facts = {"attempt": claimed.attempt, "executor": attempt.kind.executor, "status": ended_as}
        failed = (outcome.message or outcome.code) if outcome and outcome.failed else ""
        step = tracing.Step(
            name="attempt", job_id=claimed.job_id, began=began, ended=time.time(),
            failed=failed, facts=facts,
        )  # fmt: skip
        tracing.record(step)
    return outcome


def _kept_alive(body: Callable[[], None]) -> Callable[[], None]:
    """A thread of the runner must not die quietly: without it the process is of no use."""

    def run() -> None:
        try:
            body()
        except BaseException:
            log.exception("a thread of the worker died; the worker ends, its leases run out")
            os._exit(70)

    return run


_current: Runner | None = None


def set_current(runner: Runner) -> None:
    global _current  # noqa: PLW0603  (one runner per process, found by Celery's task)
    _current = runner


def wake(queue: str) -> None:
    """A bell has rung in this process."""
    if _current is not None:
        _current.wake(queue)
