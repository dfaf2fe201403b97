"""Gathers the reports of a run that come at once, and writes them together.

The first that comes writes at once; those that come meanwhile ride in the next write, at least
GAP after the last. So a run is written fewer than ten times a second however many reports come,
and each sender is answered only when its own report is in the database. A door whose front can wait
without a thread uses `submit`: then a flood of reports takes no thread from those who read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from ai_training.errors import TooManyReports
from ai_training.ingest import Receipt, write
from ai_training.reports import Report
from ai_training.writers import Writers
from brands.errors import DomainError, ServiceUnavailable

GAP = 0.105  # seconds between two writes of one run
MOST_WAITING = 64  # reports of one run that wait in this process
LONGEST_WAIT = 30.0
FORGET_AFTER = 60.0

Write = Callable[[int, Sequence[Report]], list[Receipt]]


@dataclass(eq=False)
class _Ticket:
    """One report that waits, and what becomes of it; `thread` waits with it, or nobody does."""

    report: Report
    thread: threading.Event | None = None
    answer: Future[Receipt] = field(default_factory=Future)
    leads: bool = False


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
        self._writers = Writers()
        self._lines: dict[int, _Line] = {}
        self._lock = threading.Lock()
        self.writes = 0

    def take(self, job_pk: int, report: Report) -> Receipt:
        """Return when the report is in the database, or raise what stands against it."""
        woken = threading.Event()
        ticket = _Ticket(report, woken)
        line = self._join(job_pk, ticket)
        if not woken.wait(0 if ticket.leads else LONGEST_WAIT) and self._leaves(line, ticket):
            raise ServiceUnavailable
        if ticket.leads:
            rest = line.last + GAP - time.monotonic()
            if rest > 0:
                time.sleep(rest)
            self._lead(job_pk, line)
        return ticket.answer.result()

    def submit(self, job_pk: int, report: Report) -> Future[Receipt]:
        """The same for somebody who does not wait in a thread."""
        ticket = _Ticket(report)
        line = self._join(job_pk, ticket)
        if ticket.leads:
            self._lead_later(job_pk, line)
        return ticket.answer

    def _join(self, job_pk: int, ticket: _Ticket) -> _Line:
        with self._lock:
            line = self._lines.setdefault(job_pk, _Line())
            if len(line.waiting) >= MOST_WAITING:
                raise TooManyReports(headers={"Retry-After": "1"})
            line.waiting.append(ticket)
            if not line.busy:
                line.busy = ticket.leads = True
        return line

    def _leaves(self, line: _Line, ticket: _Ticket) -> bool:
        """Step out of a line that does not move; too late for one that leads or is written."""
        with self._lock:
            if ticket.leads or ticket not in line.waiting:
                return False
            line.waiting.remove(ticket)
            return True

    def _lead_later(self, job_pk: int, line: _Line) -> None:
        self._writers.at(line.last + GAP, lambda: self._lead(job_pk, line))

    def _lead(self, job_pk: int, line: _Line) -> None:
        """Write what waits, then hand the lead to the first of those that came meanwhile."""
        with self._lock:
            tickets, line.waiting = line.waiting, []
            line.last = time.monotonic()
        try:
            self._write_down(job_pk, tickets)
        finally:
            self._hand_on(job_pk, line)
            for ticket in tickets:
                if ticket.thread is not None:
                    ticket.thread.set()

    def _hand_on(self, job_pk: int, line: _Line) -> None:
        with self._lock:
            heir = line.waiting[0] if line.waiting else None
            if heir is None:
                line.busy = False
                self._forget_old()
                return
            heir.leads = True
        if heir.thread is not None:
            heir.thread.set()
        else:
            self._lead_later(job_pk, line)

    def _write_down(self, job_pk: int, tickets: list[_Ticket]) -> None:
        """Together; where one of them is refused, one by one, so that it spoils no other."""
        self.writes += 1
        try:
            receipts = self._write(job_pk, [one.report for one in tickets])
        except BaseException as error:
            if len(tickets) == 1 or not isinstance(error, DomainError):
                for one in tickets:
                    one.answer.set_exception(error)
                return
        else:
            for one, receipt in zip(tickets, receipts, strict=True):
                one.answer.set_result(receipt)
            return
        for one in tickets:
            try:
                one.answer.set_result(self._write(job_pk, [one.report])[0])
            except BaseException as error:
                one.answer.set_exception(error)

    def _forget_old(self) -> None:
        old = time.monotonic() - FORGET_AFTER
        for key in [k for k, one in self._lines.items() if not one.busy and one.last < old]:
            del self._lines[key]


gatherer = Gatherer()


def take(job_pk: int, report: Report) -> Receipt:
    return gatherer.take(job_pk, report)


def submit(job_pk: int, report: Report) -> Future[Receipt]:
    return gatherer.submit(job_pk, report)
