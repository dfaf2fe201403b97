"""The stream of one job: everything it says, in order, until it is over."""

from __future__ import annotations

from typing import Any

from ai_core.streams import frames
from ai_core.streams.caller import Named
from ai_core.streams.cursors import JobCursor
from ai_core.streams.job_feed import JobFeed
from ai_core.streams.reading import Batch
from ai_core.streams.stream import Stream


class JobStream(Stream):
    __slots__ = ("_feed", "_inbox", "_job", "_kinds", "_waits", "cursor")

    def __init__(
        self, *args: Any, feed: JobFeed, job: Named, kinds: frozenset[str] | None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self._feed = feed
        self._job = job
        self._kinds = kinds
        self._inbox: Batch | None = None
        self._waits = False
        self.cursor = JobCursor(job.id)

    def receive(self, batch: Batch) -> None:
        """Take what the feed hands out; only ever one batch, asked for before."""
        self._inbox = batch
        self._waits = False
        self.wake()

    async def run(self) -> None:
        version: int | None = None
        while not self.leaving:
            if not self._waits and self._inbox is None:
                self._waits = True
                self._feed.wait(self, self.cursor, version=version)
            if (batch := self._inbox) is not None:
                self._inbox = None
                await self._tell(batch)
                version = None if batch.more else batch.version
            elif self.is_quiet:
                await self.write(frames.HEARTBEAT)
            else:
                await self.rest()
        await self.end(self._goodbye(), self.cursor)

    def close(self) -> None:
        if self._waits:
            self._feed.leave(self, self.cursor)

    async def _tell(self, batch: Batch) -> None:
        body = batch.comment or batch.body(self._kinds)
        if body:
            await self.write(body)
        self.cursor = batch.cursor
        if batch.gone:
            self.leave("deleted")
        elif batch.over:
            self.leave("final")

    def _goodbye(self) -> dict[str, Any]:
        return {"id": self._job.id, "job_id": self._job.job_id, "reason": self.leaving}
