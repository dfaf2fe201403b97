"""Writes down how attempts ended; those that end together are settled together."""

import logging
import queue
import time
from collections.abc import Callable
from uuid import UUID

from django.db import DataError, Error, IntegrityError, connection

from ai_core import notices
from ai_core.execution import outcomes, statements
from ai_core.execution.attempts import Attempt
from ai_core.execution.journal import Journal
from ai_core.execution.outcomes import Outcome
from ai_core.gathering import Gathering
from ai_core.statuses import JobStatus

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200


class Settler:
    def __init__(
        self, journal: Journal, *, on_settled: Callable[[list[Attempt]], None] | None = None
    ) -> None:
        self._journal = journal
        self._on_settled = on_settled
        self._queue: queue.SimpleQueue[tuple[Attempt, Outcome] | None] = queue.SimpleQueue()
        self.count = 0

    def settle(self, attempt: Attempt, outcome: Outcome) -> None:
        self._queue.put((attempt, outcome))

    def close(self) -> None:
        self._queue.put(None)

    def run(self) -> None:
        """Settle until closed; the body of a thread."""
        gathering = Gathering(per_second=25)
        while (first := self._queue.get()) is not None:
            gathering.wait()
            batch = [first]
            closing = False
            while len(batch) < MOST_AT_ONCE and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    closing = True
                    break
                batch.append(more)
            self._settle(batch)
            if closing:
                return

    def _settle(self, batch: list[tuple[Attempt, Outcome]]) -> None:
        """Try until it is written, or until the leases cannot be trusted any more."""
        until = max(attempt.trusted_until for attempt, _ in batch)
        while True:
            try:
                self._journal.flush([attempt.claimed.token for attempt, _ in batch])
                done = _write_or_split([outcome for _, outcome in batch])
                break
            except Error as error:
                # Whether it was committed or not: the same statement again matches the same
                # token, or no row at all.
                log.warning("settling failed, trying again: %s", error)
                connection.close()
                if time.monotonic() > until:
                    done = {}
                    break
                time.sleep(0.2)
        self._tell(batch, done)

    def _tell(self, batch: list[tuple[Attempt, Outcome]], done: dict[int, str]) -> None:
        self.count += len(done)
        for attempt, outcome in batch:
            if attempt.claimed.id not in done:
                log.info(
                    "the outcome of attempt %s of %s (%s) was dropped: the job is no longer ours",
                    attempt.claimed.attempt, attempt.claimed.job_id, outcome.status,
                )  # fmt: skip
            attempt.settled.set()
        free = [
            (attempt.claimed.id, attempt.claimed.token)
            for attempt, outcome in batch
            if attempt.left.is_set()
            and (attempt.claimed.id not in done or outcome.status == JobStatus.TIMEOUT)
        ]
        if free:
            _say_stopped(free)
        if self._on_settled is not None:
            self._on_settled([attempt for attempt, _ in batch])
        notices.publish_many(
            [
                (a.claimed.brand_id, a.claimed.id, ["status"])
                for a, _ in batch
                if a.claimed.id in done
            ]
        )


def _write_or_split(batch: list[Outcome]) -> dict[int, str]:
    """What the database refuses for good fails by itself, and takes no other job along."""
    try:
        return statements.settle(batch)
    except (DataError, IntegrityError, ValueError) as error:
        if len(batch) == 1:
            log.error("%s: its outcome cannot be stored: %s", batch[0].claimed.job_id, error)
            return statements.settle([outcomes.unwritable(batch[0].claimed, str(error))])
    done: dict[int, str] = {}
    for outcome in batch:
        done |= _write_or_split([outcome])
    return done


def _say_stopped(free: list[tuple[int, UUID]]) -> None:
    try:
        statements.stopped(free)
    except Error as error:
        log.warning("the slots of %s jobs are free only with their leases: %s", len(free), error)
        connection.close()
