"""Up to which id a table is complete, so that a cursor by id never skips a row that is late.

Ids are given out in order, but transactions end in any order: line 10 may become visible after
line 11, and a reader that had gone on to 11 would never see it. Who inserts holds a lock on the
table from before the id is taken until the row is visible. So when every writer seen after
reading the sequence is gone, all rows up to that number are there (or will never be).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ai_core.streams import statements as sql
from ai_core.streams.database import Database

MOST_BARRIERS = 16


@dataclass
class Edge:
    """The complete part of one table."""

    safe: int = 0
    _barriers: list[tuple[int, frozenset[str]]] = field(default_factory=list)

    def move(self, last: int, writers: frozenset[str]) -> None:
        """Take in a look: the last id given out, then who was writing after that."""
        open_ones = []
        for until, seen in self._barriers:
            still = seen & writers
            if still:
                open_ones.append((until, still))
            else:
                self.safe = max(self.safe, until)
        if not writers:
            self.safe, open_ones = max(self.safe, last), []
        elif last > self.safe and len(open_ones) < MOST_BARRIERS:
            open_ones.append((last, writers))
        self._barriers = open_ones


class Horizon:
    """One look at a time; whoever asks meanwhile shares the next one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._begun = 0
        self.log = Edge()
        self.event = Edge()

    async def look(self) -> None:
        """Return after a look that began after this call."""
        begun_before = self._begun
        async with self._lock:
            if self._begun == begun_before:
                self._begun += 1
                await self._look()

    async def _look(self) -> None:
        last, writers = await self._database.read((sql.LAST_IDS, []), (sql.WRITERS, []))
        busy: dict[str, set[str]] = {"log": set(), "event": set()}
        for row in writers:
            busy[row["written"]].add(row["who"])
        self.log.move(last[0]["log"], frozenset(busy["log"]))
        self.event.move(last[0]["event"], frozenset(busy["event"]))
