"""All readers of one brand's jobs: what changed is read once and laid into each reader's tray."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from ai_core.streams import frames
from ai_core.streams import statements as sql
from ai_core.streams.database import UNAVAILABLE, Database

# At most ten reads a second for a brand. The first waits a little, too: a quick job is told once
# instead of three times, and not while it is being made and claimed.
GATHER_SECONDS = REST_SECONDS = 0.05
AWAY_SECONDS = 1.0
MOST_AT_ONCE = 500
REMEMBERED_JOBS = 5000

log = logging.getLogger(__name__)

News = tuple[str, int, bytes]  # kind, job, the frame without its id


class Tray(Protocol):
    def lay(self, news: Sequence[News]) -> None: ...
    def comment(self, body: bytes) -> None: ...


class BrandFeed:
    """`brand` is None for those who see every brand."""

    def __init__(self, brand: int | None, database: Database) -> None:
        self.brand = brand
        self.trays: set[Tray] = set()
        self.position = 0  # all status events up to here lie in every tray
        self._database = database
        self._changed: dict[int, None] = {}
        self._reached = 0
        self._told: OrderedDict[int, tuple[int, int]] = OrderedDict()
        self._pump: asyncio.Task[None] | None = None

    def begin(self, event: int) -> None:
        self.position = self._reached = event

    def join(self, tray: Tray) -> int:
        """Lay all news into this tray from now on; return up to which event it must look itself.

        What was told before is told again when the look comes past it: better twice than never.
        """
        self.trays.add(tray)
        self._told.clear()
        return self._reached

    def changed(self, jobs: Iterable[int]) -> None:
        self._changed.update(dict.fromkeys(jobs))
        if self._changed:
            self._start()

    def reached(self, event: int) -> None:
        """All changes up to this event have been named; once they are read, it is our position."""
        self._reached = event
        self._start()

    def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()

    def _start(self) -> None:
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._read_what_changed())

    async def _read_what_changed(self) -> None:
        while self._changed or self.position != self._reached:
            await asyncio.sleep(GATHER_SECONDS)
            reached = self._reached
            jobs = list(self._changed)[:MOST_AT_ONCE]
            for job in jobs:
                del self._changed[job]
            is_all = not self._changed
            try:
                rows = await self.rows(jobs)
            except UNAVAILABLE as error:
                log.debug("jobs could not be read, trying again: %s", error)
                await self._try_again_later(jobs)
                continue
            except Exception:  # news must not be lost for what we did wrong
                log.exception("jobs could not be read, trying again")
                await self._try_again_later(jobs)
                continue
            self._tell(rows)
            if is_all:
                self.position = reached
            await asyncio.sleep(REST_SECONDS)

    async def _try_again_later(self, jobs: Sequence[int]) -> None:
        self._changed.update(dict.fromkeys(jobs))
        self.say_away()
        await asyncio.sleep(AWAY_SECONDS)

    def say_away(self) -> None:
        for tray in self.trays:
            tray.comment(frames.DATABASE_AWAY)

    async def rows(self, jobs: Sequence[int]) -> list[dict[str, Any]]:
        """Read these jobs as they are now; another brand's are not among them."""
        if not jobs:
            return []
        (found,) = await self._database.read((sql.JOBS, [list(jobs), self.brand, self.brand]))
        return found

    def _tell(self, rows: list[dict[str, Any]]) -> None:
        news = [told for row in rows if (told := self._news(row)) is not None]
        for tray in self.trays if news else ():
            tray.lay(news)

    def _news(self, row: dict[str, Any]) -> News | None:
        now = (frames.status_digest(row), frames.progress_digest(row))
        before = self._told.pop(row["id"], None)
        self._told[row["id"]] = now
        if len(self._told) > REMEMBERED_JOBS:
            self._told.popitem(last=False)
        if before == now:
            return None
        return news_of(row, "progress" if before and before[0] == now[0] else "status")


def news_of(row: dict[str, Any], kind: str) -> News:
    if row["deleted"]:
        data = {"id": row["id"], "job_id": row["job_id"]}
        return "removed", row["id"], frames.frame("removed", data)
    return kind, row["id"], frames.frame(kind, frames.job(row))
