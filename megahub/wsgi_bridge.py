"""Runs a WSGI application on persistent threads behind an ASGI server.

Why not Django's own ASGI handler: docs/decisions/0001-one-front.md. A request's body is read
before a thread is taken, so that a slow sender holds none; an ordinary answer crosses from thread
to event loop once; a streamed one waits for the reader at each chunk and is closed when he leaves;
one that carries `later`, a future, is waited for on the event loop (`ai_core.api.later`).
"""

import asyncio
import contextlib
import json
import logging
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from megahub import wsgi_environ

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MEMORY_BYTES = 1_048_576
LATER_SECONDS = 60  # an answer that something else brings
SEND_SECONDS = 30  # a reader that takes nothing for so long gives its thread back
JSON = (b"content-type", b"application/json")
log = logging.getLogger(__name__)


class Refused(Exception):
    """The request is not handed to the application; carries the answer instead."""

    def __init__(
        self, status: int, code: str, *, detail: str, header: tuple[bytes, bytes], **facts: int
    ):
        self.status = status
        self.body = json.dumps({"detail": detail, "error_code": code, **facts}).encode()
        self.headers = [JSON, (b"content-length", str(len(self.body)).encode()), header]


def _busy() -> Refused:
    return Refused(
        503,
        "SERVICE_UNAVAILABLE",
        detail="The hub is busy. Try again in a moment.",
        header=(b"retry-after", b"1"),
    )


@dataclass
class Exchange:
    """One request under way, seen from both sides."""

    send: Send
    loop: asyncio.AbstractEventLoop
    gone: threading.Event = field(default_factory=threading.Event)
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def start_response(
        self, status: str, headers: list[tuple[str, str]], _error: Any = None
    ) -> Any:
        self.status = int(status[:3])
        self.headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]
        return self.gone  # nobody uses WSGI's write()

    def announce(self, length: int) -> None:
        """Say how long the body is, unless the application has; 204 and 304 have none."""
        if self.status not in {204, 304} and all(n != b"content-length" for n, _ in self.headers):
            self.headers.append((b"content-length", str(length).encode()))

    def take_over(self, status: int, headers: Any) -> None:
        """Another answer's status and headers go before those that were there."""
        theirs = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers.items()]
        replaced = {b"content-length", *(name for name, _ in theirs)}
        self.status = status
        self.headers = [one for one in self.headers if one[0] not in replaced] + theirs

    def head(self) -> Message:
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}

    def send_from_thread(self, message: Message) -> None:
        """Send and wait until the server can take more; the event loop keeps turning."""
        asyncio.run_coroutine_threadsafe(_send(self.send, message), self.loop).result(SEND_SECONDS)


async def _send(send: Send, message: Message) -> None:
    await send(message)


class WsgiBridge:
    """An ASGI application made of a WSGI one, so many threads and a bounded queue."""

    def __init__(self, app: Callable[..., Iterable[bytes]], *, threads: int, queue: int, body: int):
        self._app = app
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self.room = threads + queue  # how many more may come; changed on the event loop only
        self._largest_body = body

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        exchange = Exchange(send=send, loop=asyncio.get_running_loop())
        try:
            with tempfile.SpooledTemporaryFile(MEMORY_BYTES) as body:
                length = await self._read(scope, receive, body)
                body.seek(0)
                environ = wsgi_environ.of(scope, body, length)
                await self._answer(environ, exchange, receive)
        except Refused as refused:
            exchange.status, exchange.headers = refused.status, refused.headers
            await send(exchange.head())
            await send({"type": "http.response.body", "body": refused.body})
        except ConnectionAbortedError:
            pass  # the client left before we had heard it out

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _read(self, scope: Message, receive: Receive, body: Any) -> int:
        """Spool the body; refuse one that is too large before it fills the disk."""
        length = 0
        more = True
        self._check_size(wsgi_environ.content_length(scope))
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionAbortedError
            chunk = message.get("body", b"")
            length += len(chunk)
            self._check_size(length)
            body.write(chunk)
            more = message.get("more_body", False)
        return length

    def _check_size(self, length: int) -> None:
        if length > self._largest_body:
            raise Refused(
                413,
                "PAYLOAD_TOO_LARGE",
                detail=f"The body may have {self._largest_body} bytes at most.",
                header=(b"connection", b"close"),
                limit_bytes=self._largest_body,
            )

    async def _answer(self, environ: Message, exchange: Exchange, receive: Receive) -> None:
        if self.room <= 0:
            raise _busy()
        self.room -= 1
        watcher = asyncio.ensure_future(self._watch(receive, exchange))
        try:
            body = await exchange.loop.run_in_executor(self._pool, self._run, environ, exchange)
            if isinstance(body, Future):
                body = await self._wait(body, exchange)
        finally:
            self.room += 1
            watcher.cancel()
        if body is not None and not exchange.gone.is_set():
            exchange.announce(len(body))
            await exchange.send(exchange.head())
            await exchange.send({"type": "http.response.body", "body": body})

    async def _wait(self, later: "Future[Any]", exchange: Exchange) -> bytes:
        """Let something else bring the answer; no thread of ours is taken meanwhile."""
        coming = asyncio.wrap_future(later)
        if not (await asyncio.wait({coming}, timeout=LATER_SECONDS))[0]:
            raise _busy()
        answer = coming.result()
        exchange.take_over(answer.status_code, answer.headers)
        return answer.content

    async def _watch(self, receive: Receive, exchange: Exchange) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        exchange.gone.set()

    def _run(self, environ: Message, exchange: Exchange) -> "bytes | Future[Any] | None":
        """Work in a thread: return a plain answer's body, or stream one and return nothing."""
        if exchange.gone.is_set():
            return None  # it left while it waited in the queue
        chunks = self._app(environ, exchange.start_response)
        try:
            if (later := getattr(chunks, "later", None)) is not None:
                return later
            if environ["REQUEST_METHOD"] == "HEAD":
                self._stream((), exchange)  # the headers, and no made-up length
                return None
            if getattr(chunks, "streaming", True):
                self._stream(chunks, exchange)
                return None
            return b"".join(chunks)
        finally:
            with contextlib.ExitStack() as stack:
                if hasattr(chunks, "close"):
                    stack.callback(chunks.close)

    def _stream(self, chunks: Iterable[bytes], exchange: Exchange) -> None:
        """Send chunk by chunk; the head goes first, and is known when the first chunk is."""
        has_head = False
        for chunk in chunks:
            if exchange.gone.is_set():
                log.info("the reader left; the stream is closed")
                return
            if not has_head:
                exchange.send_from_thread(exchange.head())
                has_head = True
            exchange.send_from_thread(
                {"type": "http.response.body", "body": chunk, "more_body": True}
            )
        if not has_head:
            exchange.send_from_thread(exchange.head())
        exchange.send_from_thread({"type": "http.response.body", "body": b""})
