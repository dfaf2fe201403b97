"""What the core announces to the apps around it.

Receivers run in the transaction of the change, behind a savepoint: what they write appears with
the change or not at all, and a broken one is logged and undoes nothing, neither the change nor
what the others write. Who owns the whole transaction may first try without savepoints
(`announce_or_fail`) and begin again with them when one is broken: that costs two round trips less.
Receivers do database work only, and may be called again after a failure; anything slow belongs
into `transaction.on_commit`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.dispatch import Signal

if TYPE_CHECKING:
    from ai_core.models import AIJob
    from brands.prepared import Statement

log = logging.getLogger(__name__)

Receiver = Callable[..., Any]

# Each is sent with `jobs`, a list: jobs that are created or end together are announced together.
job_submitted = Signal()
job_finished = Signal()
# A job that was over already has reported more usage (a cancelled call that still cost money).
job_used = Signal()
# The demo has moved the times of jobs that are over: what is kept by day belongs to another one.
job_redated = Signal()
# Jobs are about to be removed for good: delete what points at them.
job_purged = Signal()
# Content of jobs that are over goes away: `job_ids`, and `kind`, one of `Content` or "everything".
# Whoever keeps a copy removes it too; one that fails undoes the removal, which is tried again.
content_removed = Signal()
# A person is erased: `user`, whose row stays without a name. Clear what names them.
person_erased = Signal()
# Every second, from a sweeper, outside any transaction: keep up with what runs, in few queries.
swept = Signal()
# Now and then, from a sweeper, outside any transaction: clean up, fold, catch up.
housekeeping = Signal()


def concerns(wanted: Callable[[AIJob], bool]) -> Callable[[Receiver], Receiver]:
    """Mark a receiver that only wants some jobs: the others pay nothing for it."""

    def mark(receiver: Receiver) -> Receiver:
        receiver.wanted = wanted  # type: ignore[attr-defined]
        return receiver

    return mark


def as_statements(make: Callable[[list[AIJob]], list[Statement]]) -> Callable[[Receiver], Receiver]:
    """Mark a receiver that can say beforehand what it would write, without reading anything.

    Where all who are concerned can, a change and all that follows from it is one round trip. The
    jobs are as they will be, less the times that the database sets.
    """

    def mark(receiver: Receiver) -> Receiver:
        receiver.as_statements = make  # type: ignore[attr-defined]
        return receiver

    return mark


def in_statements(signal: Signal, jobs: Sequence[AIJob]) -> list[Statement] | None:
    """What everybody would write who is told of these jobs; None: somebody has to be told."""
    found: list[Statement] = []
    for receiver, theirs in heard(signal, jobs):
        make = getattr(receiver, "as_statements", None)
        if make is None:
            return None
        found += make(theirs)
    return found


def heard(signal: Signal, jobs: Sequence[AIJob]) -> list[tuple[Receiver, list[AIJob]]]:
    """Who wants to hear of which of these jobs."""
    found = []
    for receiver in signal._live_receivers(sender=None)[0]:
        wanted = getattr(receiver, "wanted", None)
        theirs = [job for job in jobs if wanted(job)] if wanted else list(jobs)
        if theirs:
            found.append((receiver, theirs))
    return found


def announce(signal: Signal, jobs: Sequence[AIJob]) -> None:
    """Tell every receiver. If one fails they are told one by one, and it job by job."""
    listeners = heard(signal, jobs)
    if not listeners or _told(signal, listeners):
        return
    for receiver, theirs in listeners:
        if not _told(signal, [(receiver, theirs)]) and len(theirs) > 1:
            for job in theirs:
                _told(signal, [(receiver, [job])])


class ReceiverFailed(Exception):
    """A receiver raised where no savepoint protects the rest: the transaction is of no use."""


def announce_or_fail(signal: Signal, jobs: Sequence[AIJob]) -> None:
    """Tell every receiver without a savepoint; who catches `ReceiverFailed` has to begin again."""
    for receiver, theirs in heard(signal, jobs):
        try:
            receiver(signal=signal, sender=None, jobs=theirs)
        except Exception as error:
            raise ReceiverFailed(repr(receiver)) from error


def _told(signal: Signal, listeners: list[tuple[Receiver, list[AIJob]]]) -> bool:
    receiver: Receiver | None = None
    try:
        with transaction.atomic():
            for receiver, jobs in listeners:
                receiver(signal=signal, sender=None, jobs=jobs)
    except Exception:
        log.exception("a receiver of a job signal failed", extra={"receiver": repr(receiver)})
        return False
    return True
