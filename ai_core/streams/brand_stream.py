"""The stream of a brand's jobs: how each stands, told again when it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ai_core.streams import frames
from ai_core.streams.brand_feed import BrandFeed, News
from ai_core.streams.cursors import BrandCursor
from ai_core.streams.stream import Stream

TRAY = 1000  # so many jobs may change while the reader takes nothing


class BrandStream(Stream):
    """`jobs` are the rows on somebody's screen; without them it tells about all of the brand's."""

    __slots__ = ("_comment", "_feed", "_is_read", "_jobs", "_kinds", "_reset", "_tray", "cursor")

    def __init__(
        self,
        *args: Any,
        feed: BrandFeed,
        jobs: frozenset[int] | None,
        kinds: frozenset[str] | None,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self._feed = feed
        self._jobs = jobs
        self._kinds = kinds
        self._tray: dict[int, News] = {}
        self._reset = ""
        self._comment = b""
        self._is_read = False  # what was missed before we came lies in the tray, too
        self.cursor = BrandCursor(feed.position)

    def lay(self, news: Sequence[News]) -> None:
        """Keep the newest of each job; a reader that is too slow is told to load anew."""
        for one in news:
            if self._jobs is None or one[1] in self._jobs:
                before = self._tray.pop(one[1], None)
                # A progress that follows an untold status must not hide it.
                is_status = before is not None and before[0] == "status" and one[0] == "progress"
                self._tray[one[1]] = ("status", one[1], _as_status(one[2])) if is_status else one
        if len(self._tray) > TRAY:
            self._tray.clear()
            self._reset = "slow"
        self.wake()

    def missed(self, news: Iterable[News], *, reset: str = "") -> None:
        """Lay in what happened before the stream began; what came since is newer."""
        newer, self._tray = self._tray, {one[1]: one for one in news}
        self._reset = self._reset or reset
        self._is_read = True
        self.lay([*newer.values()])

    def comment(self, body: bytes) -> None:
        self._comment = body
        self.wake()

    async def run(self) -> None:
        while not self.leaving:
            if self._comment:
                comment, self._comment = self._comment, b""
                await self.write(comment)
            elif self._is_read and (self._tray or self._reset):
                await self._tell()
            elif self.is_quiet:
                self.cursor = BrandCursor(max(self._feed.position, self.cursor.event))
                await self.write(frames.HEARTBEAT + frames.position(self.cursor))
            else:
                await self.rest()
        await self.end({"reason": self.leaving}, self.cursor)

    def close(self) -> None:
        self._feed.trays.discard(self)

    async def _tell(self) -> None:
        """Each event has the cursor from before; only after the last one it moves."""
        tray, self._tray = self._tray, {}
        reset, self._reset = self._reset, ""
        position = BrandCursor(self._feed.position)
        here = f"id: {self.cursor}\n".encode()
        told = [here + body for kind, _job, body in tray.values() if self._wants(kind)]
        if reset:
            told.insert(0, frames.frame("reset", {"reason": reset}, id=self.cursor))
        if position != self.cursor:
            told.append(frames.position(position))
        if told:
            await self.write(b"".join(told))
        self.cursor = position

    def _wants(self, kind: str) -> bool:
        return self._kinds is None or kind in self._kinds or kind == "removed"


def _as_status(body: bytes) -> bytes:
    return body.replace(b"event: progress\n", b"event: status\n", 1)
