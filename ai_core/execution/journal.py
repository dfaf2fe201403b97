"""What running jobs say, gathered for half a second and written in one go.

A thousand lines a second cost a few statements: log lines, progress, stages, metrics and events
of all jobs of this process go out together, each fenced by the token of its attempt.
"""

import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import DataError, Error, IntegrityError, connection, transaction

from ai_core import notices, prepared
from ai_core.execution import journal_sql as sql
from ai_core.execution.outcomes import Claimed
from ai_core.execution.texts import clean, short

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.5
FLUSH_LINES = 500
PENDING_LINES = 50_000
LATE_GRACE = 120.0  # seconds


@dataclass
class Pages:
    """What one attempt has said and nobody has written yet."""

    claimed: Claimed
    lines: list[tuple[int, datetime, str, str, str]] = field(default_factory=list)
    progress: int | None = None
    substatus: str | None = None
    stage: str | None = None
    stages: list[tuple[str, str, datetime]] = field(default_factory=list)
    metrics: dict[int, tuple[float | None, datetime, dict[str, Any]]] = field(default_factory=dict)
    events: list[tuple[str, str, str, datetime]] = field(default_factory=list)

    def kinds(self) -> list[str]:
        told = [
            ("log", self.lines),
            ("progress", self.progress is not None or self.substatus is not None),
            ("stage", self.stages),
            ("metric", self.metrics),
            ("event", self.events),
        ]
        return [kind for kind, said in told if said]


class Journal:
    """The pages of all attempts of this process, and the thread that writes them."""

    def __init__(self) -> None:
        self._pages: dict[UUID, Pages] = {}
        self._numbers: dict[UUID, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._full = threading.Event()
        self._room = threading.Event()
        self._room.set()
        self._closing = threading.Event()
        self._count = 0
        self.writes = 0

    # ------------------------------------------------------------------ saying
    def line(self, claimed: Claimed, *, level: str, stage: str, message: str) -> None:
        self._room.wait(timeout=30)  # with the database away, an executor waits rather than floods
        text = clean(message)
        with self._lock:
            self._numbers[claimed.token] += 1
            number = self._numbers[claimed.token]
            self._of(claimed).lines.append((number, now(), level, stage, text))
            self._count += 1
            if self._count >= PENDING_LINES:
                self._room.clear()
            if self._count >= FLUSH_LINES:
                self._full.set()

    def progress(self, claimed: Claimed, *, percentage: int | None, substatus: str | None) -> None:
        with self._lock:
            pages = self._of(claimed)
            if percentage is not None:
                pages.progress = max(pages.progress or 0, percentage)
            if substatus is not None:
                pages.substatus = short(substatus, 200)

    def stage(self, claimed: Claimed, *, name: str, substatus: str) -> None:
        name, substatus = short(name, 40), short(substatus, 200)
        with self._lock:
            pages = self._of(claimed)
            pages.stage = name
            pages.substatus = substatus
            pages.stages.append((name, substatus, now()))

    def metric(self, claimed: Claimed, *, step: int, values: dict[str, Any]) -> None:
        values = {short(name, 100): value for name, value in values.items()}
        epoch = values.get("epoch")
        with self._lock:
            metrics = self._of(claimed).metrics
            before = metrics.get(step)
            merged = {**before[2], **values} if before else values
            metrics[step] = (epoch if epoch is not None else before and before[0], now(), merged)

    def event(self, claimed: Claimed, *, kind: str, message: str, payload: str) -> None:
        with self._lock:
            self._of(claimed).events.append((kind, clean(message), payload, now()))

    def _of(self, claimed: Claimed) -> Pages:
        pages = self._pages.get(claimed.token)
        if pages is None:
            pages = self._pages[claimed.token] = Pages(claimed)
        return pages

    # ------------------------------------------------------------------ writing
    def run(self) -> None:
        """Write until closed; the body of a thread."""
        while not self._closing.is_set():
            self._full.wait(FLUSH_SECONDS)
            self._full.clear()
            self.flush()
            if not self._closing.is_set():
                self._closing.wait(0.1)  # never more than ten writes a second
        self.flush()

    def close(self) -> None:
        self._closing.set()
        self._full.set()

    def flush(self, tokens: list[UUID] | None = None) -> None:
        """Write what is pending, of all attempts or of these; what cannot be written stays."""
        with self._writing:
            with self._lock:
                chosen = list(self._pages) if tokens is None else tokens
                batch = [self._pages.pop(token) for token in chosen if token in self._pages]
                self._count = sum(len(pages.lines) for pages in self._pages.values())
            if not batch:
                return
            try:
                self._write_or_split(batch)
            except Error as error:
                log.warning("the journal could not be written, trying again: %s", error)
                connection.close()
                self._put_back(batch)
                time.sleep(0.2)
            else:
                self._room.set()

    def forget(self, claimed: Claimed) -> None:
        with self._lock:
            self._numbers.pop(claimed.token, None)

    def _write_or_split(self, batch: list[Pages]) -> None:
        """What the database refuses for good is dropped, and takes no other job's pages along."""
        try:
            self._write(batch)
        except (DataError, IntegrityError) as error:
            if len(batch) == 1:
                log.error("%s: pages were lost: %s", batch[0].claimed.job_id, error)
                return
            for pages in batch:
                self._write_or_split([pages])

    def _write(self, batch: list[Pages]) -> None:
        with transaction.atomic():
            for statement, values in sql.statements(batch, grace=LATE_GRACE):
                prepared.rows(statement, values)
        self.writes += 1
        notices.publish_many(
            [(pages.claimed.brand_id, pages.claimed.id, pages.kinds()) for pages in batch]
        )

    def _put_back(self, batch: list[Pages]) -> None:
        with self._lock:
            for old in batch:
                new = self._pages.get(old.claimed.token)
                if new is not None:
                    old.lines += new.lines
                    old.stages += new.stages
                    old.events += new.events
                    old.metrics.update(new.metrics)
                    old.progress = new.progress if new.progress is not None else old.progress
                    old.substatus = new.substatus if new.substatus is not None else old.substatus
                    old.stage = new.stage or old.stage
                self._pages[old.claimed.token] = old
            self._count = sum(len(pages.lines) for pages in self._pages.values())


def now() -> datetime:
    return datetime.now(UTC)
