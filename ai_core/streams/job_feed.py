"""All readers of one job: they wait at their cursors, and one read serves all at the same one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Protocol

from ai_core.streams import frames
from ai_core.streams.cursors import JobCursor
from ai_core.streams.database import UNAVAILABLE
from ai_core.streams.reading import EVERYTHING, TABLES, Batch, Reader

HELD_SECONDS = 0.01  # and twice as long each time
LONGEST_HELD_SECONDS = 0.32
STOPPING_SECONDS = 1.0
AWAY_SECONDS = 2.0
REMEMBERED_SECONDS = 5.0
REMEMBERED_BYTES = 256_000

log = logging.getLogger(__name__)


class Waiting(Protocol):
    def receive(self, batch: Batch) -> None: ...


class JobFeed:
    """Reads only while somebody waits; what it remembers is small and short-lived."""

    def __init__(self, job: int, reader: Reader) -> None:
        self.job = job
        self.readers = 0
        self.seen: object = None  # what the slow look saw last
        self._reader = reader
        self._version = 0
        self._waiting: dict[JobCursor, set[Waiting]] = {}
        self._due: dict[JobCursor, frozenset[str]] = {}
        self._remembered: dict[JobCursor, tuple[float, Batch]] = {}
        self._held_seconds = HELD_SECONDS
        self._pump: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------ readers
    def wait(self, reader: Waiting, cursor: JobCursor, *, version: int | None = None) -> None:
        """Hand this reader the next batch after its cursor. `version`: what it has seen so far."""
        self._waiting.setdefault(cursor, set()).add(reader)
        if version != self._version:
            self._look_at(cursor, EVERYTHING)

    def leave(self, reader: Waiting, cursor: JobCursor) -> None:
        readers = self._waiting.get(cursor)
        if readers is not None:
            readers.discard(reader)
            if not readers:
                del self._waiting[cursor]
                self._due.pop(cursor, None)

    # ------------------------------------------------------------------ news
    def changed(self, kinds: Iterable[str] = ()) -> None:
        """Something happened: read what the kinds say, or all when they say nothing we know."""
        self._version += 1
        named = [TABLES.get(kind, EVERYTHING) for kind in kinds]
        tables = frozenset().union(*named) if named else EVERYTHING
        for cursor in self._waiting:
            self._look_at(cursor, tables)

    def forget_old(self, now: float) -> None:
        for cursor, (at, _batch) in list(self._remembered.items()):
            if now - at > REMEMBERED_SECONDS:
                del self._remembered[cursor]

    def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()

    # ------------------------------------------------------------------ reading
    def _look_at(self, cursor: JobCursor, tables: frozenset[str]) -> None:
        self._due[cursor] = self._due.get(cursor, frozenset()) | tables
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._read_what_is_due())

    async def _read_what_is_due(self) -> None:
        while self._due:
            cursor = next(iter(self._due))
            tables = self._due.pop(cursor)
            try:
                batch = await self._after(cursor, tables)
            except UNAVAILABLE as error:
                log.debug("job %s could not be read, trying again: %s", self.job, error)
                await self._database_is_away()
                continue
            except Exception:  # a reader must not wait for ever for what we did wrong
                log.exception("job %s could not be read, trying again", self.job)
                await self._database_is_away()
                continue
            self._plan(batch)
            if batch.moves or batch.over or batch.gone:
                self._deliver(cursor, batch)

    async def _after(self, cursor: JobCursor, tables: frozenset[str]) -> Batch:
        remembered = self._remembered.get(cursor)
        if remembered is not None:
            return remembered[1]
        batch = await self._reader.read(cursor, tables, version=self._version)
        if batch.moves:
            self._remember(batch)
        return batch

    def _remember(self, batch: Batch) -> None:
        self._remembered[batch.start] = (time.monotonic(), batch)
        size = sum(one.size for _at, one in self._remembered.values())
        while size > REMEMBERED_BYTES:
            _at, oldest = self._remembered.pop(next(iter(self._remembered)))
            size -= oldest.size

    def _deliver(self, cursor: JobCursor, batch: Batch) -> None:
        self._due.pop(cursor, None)  # whoever waits there goes on; what changed since is newer
        for reader in self._waiting.pop(cursor, ()):
            reader.receive(batch)

    def _plan(self, batch: Batch) -> None:
        """Come back soon where no notice will say that there is more."""
        if batch.held:
            seconds = self._held_seconds
            self._held_seconds = min(2 * seconds, LONGEST_HELD_SECONDS)
        else:
            seconds, self._held_seconds = STOPPING_SECONDS, HELD_SECONDS
        if batch.held or batch.stopping:
            asyncio.get_running_loop().call_later(seconds, self._come_back, batch.cursor)

    def _come_back(self, cursor: JobCursor) -> None:
        self._version += 1
        if cursor in self._waiting:
            self._look_at(cursor, EVERYTHING)

    async def _database_is_away(self) -> None:
        """Say so to all who wait; they come back to wait, and are read for again."""
        await asyncio.sleep(AWAY_SECONDS)
        for cursor in list(self._waiting):
            away = Batch(start=cursor, cursor=cursor, version=-1, comment=frames.DATABASE_AWAY)
            self._deliver(cursor, away)
