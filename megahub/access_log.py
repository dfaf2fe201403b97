"""One line in the log for each request, with its id, status and duration."""

import re
import time
from collections.abc import MutableMapping
from typing import Any

import structlog

from ai_core import tracing
from megahub.monitoring import requests
from megahub.request_id import HEADER, accepted

QUIET = ("/static/", "/healthz", "/readyz", "/metrics")
RAW_HEADER = HEADER.lower().encode()
# In these addresses the rest is the right itself.
RIGHTS = re.compile(r"(/ai/artifacts/|/invitation/[^/]*/)[^/]+")
log = structlog.get_logger("megahub.access")


class AccessLog:
    """Wraps an ASGI application; it also settles the request id, for both kinds of handlers."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        request_id = _settle_id(scope)
        status = 0

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", []))
                if RAW_HEADER not in [name for name, _value in headers]:
                    headers.append((RAW_HEADER, request_id.encode()))
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            took = time.perf_counter() - begun
            if not scope["path"].startswith(QUIET):
                requests.note(scope["method"], scope["path"], status, took)
                if tracing.is_on():
                    _trace(scope, status, took)
                log.info(
                    f"{scope['method']} {shown(scope['path'])}",
                    status=status,
                    ms=round(took * 1000, 1),
                    client=(scope.get("client") or ("",))[0],
                    request_id=request_id,
                )


def shown(path: str) -> str:
    """Return the path on one line, whatever it holds, and without the token of a link."""
    if not path.isprintable():
        path = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in path)
    return RIGHTS.sub(r"\1…", path)


def _trace(scope: MutableMapping[str, Any], status: int, took: float) -> None:
    ended = time.time()
    given = next((v.decode("latin-1") for n, v in scope["headers"] if n == b"traceparent"), "")
    tracing.record(
        tracing.Step(
            name=f"{scope['method']} {requests.door_of(scope['path'])}", began=ended - took,
            ended=ended, traceparent=given, failed="" if status < 500 else str(status),
            facts={"path": shown(scope["path"]), "status": status},
        )
    )  # fmt: skip


def _settle_id(scope: MutableMapping[str, Any]) -> str:
    """Replace what the caller sent by an id that is sane, and return it."""
    given = [value for name, value in scope["headers"] if name == RAW_HEADER]
    request_id = accepted(given[0].decode("latin-1") if given else None)
    kept = [(name, value) for name, value in scope["headers"] if name != RAW_HEADER]
    scope["headers"] = [*kept, (RAW_HEADER, request_id.encode())]
    return request_id
