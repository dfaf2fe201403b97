"""Gathers the reports of a run that come at once, and writes them together.

The first that comes writes at once; those that come meanwhile ride in the next write, at least
GAP after the last. So a run is written fewer than ten times a second however many reports come,
and each sender is answered only when its own report is in the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ai_training.errors import TooManyReports
from ai_training.ingest import Receipt, write
from ai_training.reports import Report
from brands.errors import DomainError, ServiceUnavailable

GAP = 0.105  # seconds between two writes of one run
MOST_WAITING = 64  # reports of one run that wait in this process
LONGEST_WAIT = 30.0
FORGET_AFTER = 60.0

Write = Callable[[int, Sequence[Report]], list[Receipt]]


@dataclass
class _Ticket:
    """One report that waits, and what becomes of it."""

    report: Report
    woken: threading.Event = field(default_factory=threading.Event)
    receipt: Receipt | None = None
    error: BaseException | None = None
    leads: bool = False

    def answer(self) -> Receipt:
        if self.error is not None:
            raise self.error
        assert self.receipt is not None  # noqa: S101  (one of the two is there)
        return self.receipt


@dataclass
class _Line:
    """The reports of one run, and who is writing."""

    waiting: list[_Ticket] = field(default_factory=list)
    busy: bool = False
    last: float = 0.0


class Gatherer:
    """One for each process; every thread that takes a report goes through it."""

    def __init__(self, write_down: Write = write) -> None:
        self._write = write_down
        self._lines: dict[int, _Line] = {}
        self._lock = threading.Lock()
        self.writes = 0

    def take(self, job_pk: int, report: Report) -> Receipt:
        """Return when the report is in the database, or raise what stands against it."""
        ticket = _Ticket(report)
        with self._lock:
            line = self._lines.setdefault(job_pk, _Line())
            if len(line.waiting) >= MOST_WAITING:
                raise TooManyReports(headers={"Retry-After": "1"})
            line.waiting.append(ticket)
            if not line.busy:
                line.busy = ticket.leads = True
        if not ticket.leads and not ticket.woken.wait(LONGEST_WAIT):
            raise ServiceUnavailable
        if ticket.leads:
            self._lead(job_pk, line)
        return ticket.answer()

    def _lead(self, job_pk: int, line: _Line) -> None:
        """Write what waits, then hand the lead to the first of those that came meanwhile."""
        rest = line.last + GAP - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        with self._lock:
            tickets, line.waiting = line.waiting, []
            line.last = time.monotonic()
        try:
            self._write_down(job_pk, tickets)
        finally:
            with self._lock:
                heir = line.waiting[0] if line.waiting else None
                if heir is not None:
                    heir.leads = True
                else:
                    line.busy = False
                    self._forget_old()
            for ticket in (*tickets, *([heir] if heir else [])):
                ticket.woken.set()

    def _write_down(self, job_pk: int, tickets: list[_Ticket]) -> None:
        """Together; where one of them is refused, one by one, so that it spoils no other."""
        self.writes += 1
        try:
            receipts = self._write(job_pk, [one.report for one in tickets])
        except BaseException as error:
            if len(tickets) == 1 or not isinstance(error, DomainError):
                for one in tickets:
                    one.error = error
                return
        else:
            for one, receipt in zip(tickets, receipts, strict=True):
                one.receipt = receipt
            return
        for one in tickets:
            try:
                one.receipt = self._write(job_pk, [one.report])[0]
            except BaseException as error:
                one.error = error

    def _forget_old(self) -> None:
        old = time.monotonic() - FORGET_AFTER
        for key in [k for k, one in self._lines.items() if not one.busy and one.last < old]:
            del self._lines[key]


gatherer = Gatherer()


def take(job_pk: int, report: Report) -> Receipt:
    return gatherer.take(job_pk, report)
