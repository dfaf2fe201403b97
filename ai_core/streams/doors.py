"""`GET /ai/jobs/{id}/stream/` and `GET /ai/jobs/stream/`, as ASGI applications.

Both raise what the domain raises until they have begun to answer; whoever mounts them shapes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ai_core.streams import catching_up, frames
from ai_core.streams.asked import Asked, asked
from ai_core.streams.brand_stream import BrandStream
from ai_core.streams.caller import Caller
from ai_core.streams.cursors import BrandCursor, JobCursor
from ai_core.streams.job_stream import JobStream
from ai_core.streams.stream import GONE, Line, Message, Receive, Send, Stream, scope_of
from ai_core.streams.switchboard import Switchboard
from ai_core.streams.watch import in_thread

ABORT = "megahub.abort"  # an ASGI extension of our own server, see megahub/http_protocol.py
BRAND_KINDS = ("status", "progress")

_board: Switchboard | None = None


def board() -> Switchboard:
    """Return this process's switchboard; it lives on the event loop that first asks for it."""
    global _board  # noqa: PLW0603  (one process, one subscription)
    if _board is None:
        _board = Switchboard()
    return _board


def open_streams() -> int:
    """How many streams this process holds; safe to ask from any thread."""
    return len(_board.streams) if _board is not None else 0


async def close() -> None:
    """End all streams of this process with a word, before the server stops."""
    if _board is not None:
        await _board.close()


async def job_stream(scope: Message, receive: Receive, send: Send, *, reference: str) -> None:
    wanted = asked(scope, valid=["tail"], kinds=frames.KINDS)
    caller = Caller.of(scope, brand=wanted.brand)
    switchboard = board()
    async with _opening(switchboard):
        access, job = await in_thread(caller.access_to_job, reference)
        switchboard.check_user(access.user.pk)
        cursor = await _job_cursor(switchboard, wanted, job.id)
        if wanted.last_event_id and await catching_up.is_told(switchboard.reader, cursor):
            await _nothing_more(send)
            return
    feed = switchboard.job_feed(job.id)
    try:
        stream = JobStream(
            _line(scope, send), caller=caller, access=access, feed=feed, job=job, kinds=wanted.kinds
        )
        stream.cursor = cursor
        await _serve(switchboard, stream, receive, first=b"")
    finally:
        switchboard.leave_job(feed)


async def brand_stream(scope: Message, receive: Receive, send: Send) -> None:
    wanted = asked(scope, valid=["job"], kinds=BRAND_KINDS)
    since = BrandCursor.parse(wanted.last_event_id) if wanted.last_event_id else None
    caller = Caller.of(scope, brand=wanted.brand)
    switchboard = board()
    async with _opening(switchboard):
        access = await in_thread(caller.access)
        switchboard.check_user(access.user.pk)
        jobs, absent = await in_thread(catching_up.named_jobs, access.scope, wanted.jobs)
        feed = await switchboard.brand_feed(scope_of(access))
    try:
        stream = BrandStream(
            _line(scope, send), caller=caller, access=access, feed=feed, jobs=jobs,
            kinds=wanted.kinds,
        )  # fmt: skip
        until = feed.join(stream)
        missed = catching_up.Missed(switchboard, feed, since=since, until=until)
        news, reset = await missed.read(jobs, absent)
        stream.missed(news, reset=reset)
        stream.cursor = since or stream.cursor
        await _serve(switchboard, stream, receive, first=frames.position(stream.cursor))
    finally:
        feed.trays.discard(stream)
        switchboard.leave_brand(feed)


@asynccontextmanager
async def _opening(switchboard: Switchboard) -> AsyncIterator[None]:
    """Count those who are still at the door, so that the limit holds in a rush."""
    switchboard.check_room()
    switchboard.opening += 1
    try:
        yield
    finally:
        switchboard.opening -= 1


async def _job_cursor(switchboard: Switchboard, wanted: Asked, job: int) -> JobCursor:
    if wanted.last_event_id:
        return JobCursor.parse(wanted.last_event_id, job=job)
    if wanted.tail is None:
        return JobCursor(job)
    return await catching_up.tail_of(switchboard.database, job, lines=wanted.tail)


async def _serve(
    switchboard: Switchboard, stream: JobStream | BrandStream, receive: Receive, *, first: bytes
) -> None:
    switchboard.enter(stream)
    watcher = asyncio.create_task(_until_gone(receive, stream))
    try:
        await stream.begin(first)
        await stream.run()
    finally:
        watcher.cancel()
        stream.close()
        switchboard.leave(stream)


async def _until_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.leave(GONE)


def _line(scope: Message, send: Send) -> Line:
    return Line(send, scope.get("extensions", {}).get(ABORT))


async def _nothing_more(send: Send) -> None:
    """204 tells a browser's EventSource not to come back."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
