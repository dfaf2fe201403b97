"""`/v1` as an ASGI application: reads a request, finds its run, and sends what the run says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from ai_providers.completing import in_database
from ai_providers.gateway import answers, questions, refusals
from ai_providers.gateway.births import KeyChanged
from ai_providers.gateway.listener import Listener
from ai_providers.gateway.models_list import model_list, model_named
from ai_providers.gateway.refusals import Refusal
from ai_providers.gateway.run import Run
from ai_providers.gateway.runs import Asked, Runs
from ai_providers.wire import hang_up
from brands import call_limits, known_keys
from brands.access import Access
from brands.errors import NotAllowed, NotAuthenticated, PayloadTooLarge
from brands.strict_json import LIMITS

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

KEEP_ALIVE_SECONDS = 15.0
STALL_SECONDS = 60.0  # a reader that takes nothing for so long is gone
LONGEST_KEY = 200
MODEL = re.compile(r"/v1/models/(.+)\Z")
POSTS = ("/v1/chat/completions", "/v1/embeddings")

_runs: Runs | None = None


def runs() -> Runs:
    """Return this process's runs; they live on the event loop that first asks for them."""
    global _runs  # noqa: PLW0603  (one process, one event loop)
    if _runs is None:
        _runs = Runs()
    return _runs


async def close() -> None:
    """End all calls of this process, before the server stops."""
    global _runs
    if _runs is not None:
        ours, _runs = _runs, None
        await ours.close()
    await hang_up()


async def gateway(scope: Message, receive: Receive, send: Send) -> None:
    """Answer everything below /v1/."""
    has_begun = False

    async def note(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    try:
        await _answer(scope, receive, note)
    except ConnectionAbortedError:
        return  # the client left before we had heard it out
    except Exception as error:
        if has_begun:
            raise
        await _refuse(send, refusals.of(error))


async def _answer(scope: Message, receive: Receive, send: Send) -> None:
    path, method = scope["path"].rstrip("/"), scope["method"]
    headers = dict(reversed(scope["headers"]))  # of a header sent twice, the first
    _check_host(headers)
    if path in POSTS:
        _must_be(method, "POST")
        await _ask(path, headers, receive, send)
        return
    wanted = MODEL.fullmatch(path)
    if path != "/v1/models" and wanted is None:
        raise Refusal(
            404, "invalid_request_error", "unknown_url",
            f"There is nothing at {scope['path'][:200]}: this hub answers "
            "/v1/chat/completions, /v1/embeddings and /v1/models.",
            error_code="NOT_FOUND",
        )  # fmt: skip
    _must_be(method, "GET")
    token, named = _credentials(headers)
    access = await in_database(known_keys.look, token, named=named)
    if access.brand is None or not access.can_read:
        raise NotAllowed
    send = await _counted(access, send, spends=False)
    value = await in_database(model_named, access.brand, wanted[1]) if wanted else None
    await _send(send, 200, orjson.dumps(value or await in_database(model_list, access.brand)))


def _must_be(wanted: str, method: str) -> None:
    if wanted != method:
        refusal = Refusal(
            405, "invalid_request_error", "method_not_allowed",
            f"This address answers {method} only.", error_code="METHOD_NOT_ALLOWED",
        )  # fmt: skip
        refusal.headers.append(("allow", method))
        raise refusal


@lru_cache(maxsize=64)
def _is_ours(host: bytes, allowed: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host.decode("latin-1"))
    return bool(validate_host(domain, allowed))


def _check_host(headers: dict[bytes, bytes]) -> None:
    if not _is_ours(headers.get(b"host", b"localhost"), tuple(settings.ALLOWED_HOSTS)):
        raise Refusal(
            400, "invalid_request_error", "unknown_host",
            "This hub does not answer under that name: add it to MEGAHUB_HOSTS.",
            error_code="VALIDATION_ERROR",
        )  # fmt: skip


# ---------------------------------------------------------------------- who asks, and what
def _credentials(headers: dict[bytes, bytes]) -> tuple[str, str | None]:
    scheme, _space, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated
    named = headers.get(b"x-brand")
    return token.strip(), named.decode("latin-1") if named is not None else None


async def _access(headers: dict[bytes, bytes]) -> Access:
    token, named = _credentials(headers)
    access = known_keys.remembered(token, named=named)
    if access is None:
        access = await in_database(known_keys.look, token, named=named)
    access.brand_to_create_in()
    return access


async def _counted(access: Access, send: Send, *, spends: bool) -> Send:
    """Count the call, or raise; what is returned sends what is left along with the answer."""
    if not call_limits.is_on():
        return send
    standing = await in_database(lambda: call_limits.take(access, spends=spends))
    left = [] if standing is None else _raw(list(standing.headers.items()))

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *left]
        await send(message)

    return sending


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _asked(headers: dict[bytes, bytes]) -> Asked:
    retries = headers.get(b"x-stainless-retry-count")
    key = headers.get(b"idempotency-key", b"").decode("latin-1")[:LONGEST_KEY]
    is_number = retries is not None and retries.isdigit() and len(retries) < 4
    return Asked(idempotency_key=key, retries=int(retries) if retries and is_number else None)


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > LIMITS.size:
        raise PayloadTooLarge(limit_bytes=LIMITS.size)
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LIMITS.size:
            raise PayloadTooLarge(limit_bytes=LIMITS.size)
        more = message.get("more_body", False)
    return b"".join(parts)


async def _ask(path: str, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
    access = await _access(headers)
    send = await _counted(access, send, spends=True)
    question = questions.read(path, await _body(headers, receive))
    asked = _asked(headers)
    try:
        run = await runs().run_for(access, question, asked)
    except KeyChanged:
        token, named = _credentials(headers)
        known_keys.forget(token, named=named)
        access = await _access(headers)  # raises why it no longer opens
        run = await runs().run_for(access, question, asked)
    listener = Listener()
    run.listeners.add(listener)
    watcher = asyncio.ensure_future(_until_gone(receive, listener))
    try:
        await _serve(run, listener, send)
        if not listener.is_gone and run.is_over:
            runs().delivered(run, access, question, asked)
    finally:
        watcher.cancel()
        runs().leave(run, listener, asked)


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.leave()


# ---------------------------------------------------------------------- what is sent
async def _serve(run: Run, listener: Listener, send: Send) -> None:
    while not (run.frames or run.is_over or listener.is_gone):
        await listener.news()
    if listener.is_gone:
        return
    if not run.frames:
        raise run.refusal or refusals.cancelled()
    if not run.is_stream:
        await _send(send, 200, run.frames[0], run.headers, run.milliseconds)
        return
    await _start(send, 200, [*answers.STREAM_HEADERS], run.headers, run.milliseconds)
    await _stream(run, listener, send)


async def _stream(run: Run, listener: Listener, send: Send) -> None:
    sent = 0
    while not listener.is_gone:
        if sent < len(run.frames):
            piece = b"".join(run.frames[sent:])
            sent = len(run.frames)
        elif run.is_over:
            break
        else:
            piece = await _quiet(listener)
        if piece:
            async with asyncio.timeout(STALL_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    if not listener.is_gone:
        last = run.refusal.event if run.refusal else b""
        await send({"type": "http.response.body", "body": last})


async def _quiet(listener: Listener) -> bytes:
    """Wait for news; a comment keeps the line open meanwhile."""
    timer = asyncio.get_running_loop().call_later(KEEP_ALIVE_SECONDS, listener.wake)
    began = asyncio.get_running_loop().time()
    await listener.news()
    timer.cancel()
    has_waited = asyncio.get_running_loop().time() - began >= KEEP_ALIVE_SECONDS
    return b": keep-alive\n\n" if has_waited else b""


Headers = list[tuple[str, str]]


async def _start(
    send: Send, status: int, raw: list[tuple[bytes, bytes]], headers: Headers, took: int
) -> None:
    raw += _raw(headers)
    raw += [
        (b"openai-processing-ms", str(took).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _send(
    send: Send, status: int, body: bytes, headers: Headers | None = None, took: int = 0
) -> None:
    raw = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await _start(send, status, raw, headers or [], took)
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, refusal: Refusal) -> None:
    await _send(send, refusal.status, refusal.body, refusal.headers)


__all__ = ["close", "gateway"]
