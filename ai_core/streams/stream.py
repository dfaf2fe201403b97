"""One open stream: sends what it is given, no faster than its reader takes it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from ai_core.streams import frames
from ai_core.streams.caller import Caller
from brands.access import Access

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

RETRY_MS = 2000
HEARTBEAT_SECONDS = 15.0
PIECE_BYTES = 32_768
GONE = "gone"  # nobody is there to be told why
HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-store, no-transform"),
    (b"content-encoding", b"identity"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Authorization, X-Brand, Cookie"),
)


class Line(NamedTuple):
    """The reader's end of the connection; `abort` where the server offers it."""

    send: Send
    abort: Callable[[], None] | None


def scope_of(access: Access) -> int | None:
    """The brand's id; None for those who see every brand."""
    return access.brand.pk if access.brand is not None else None


class Stream:
    """The part that job streams and brand streams share. All of it runs on the event loop."""

    __slots__ = (
        "_abort",
        "_send",
        "_task",
        "_woken",
        "caller",
        "check_at",
        "ends_at",
        "leaving",
        "quiet_since",
        "scope",
        "sending_since",
        "user",
    )

    def __init__(self, line: Line, *, caller: Caller, access: Access) -> None:
        self._send = line.send
        self._abort = line.abort
        self._task = asyncio.current_task()
        self._woken: asyncio.Future[None] | None = None
        self.caller = caller
        self.user: int = access.user.pk
        self.scope = scope_of(access)
        self.leaving = ""  # why it is to end
        self.quiet_since = time.monotonic()
        self.sending_since: float | None = None
        self.ends_at = self.check_at = 0.0

    # ------------------------------------------------------------------ what others say to it
    def wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def leave(self, why: str) -> None:
        self.leaving = self.leaving or why
        self.wake()

    def cut(self) -> None:
        """End it without a word: its reader takes nothing."""
        self.leave(GONE)
        if self._abort is not None:
            self._abort()  # an ordinary close would wait until all is sent
        elif self._task is not None:
            self._task.cancel()

    # ------------------------------------------------------------------ what it does itself
    async def begin(self, first: bytes) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": list(HEADERS)}
        await self._send(start)
        await self.write(frames.retry(RETRY_MS) + first)

    async def write(self, body: bytes) -> None:
        """Send in pieces; each waits until the reader has taken most of those before."""
        self.sending_since = time.monotonic()
        for start in range(0, len(body), PIECE_BYTES):
            piece = body[start : start + PIECE_BYTES]
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
            self.sending_since = time.monotonic()
        self.quiet_since, self.sending_since = self.sending_since, None

    async def end(self, data: dict[str, Any], cursor: object) -> None:
        """Say why it ends, then end the answer as HTTP wants it."""
        if self.leaving != GONE:
            await self.write(frames.frame("end", data, id=cursor))
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def rest(self) -> None:
        """Wait for news, or for somebody who wakes us to send a sign of life or to leave."""
        if self.leaving:
            return
        self._woken = asyncio.get_running_loop().create_future()
        try:
            await self._woken
        finally:
            self._woken = None

    @property
    def is_quiet(self) -> bool:
        return time.monotonic() - self.quiet_since >= HEARTBEAT_SECONDS
