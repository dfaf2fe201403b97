"""Which addresses are answered on the event loop: event streams, and all of the gateway.

Everything else goes to Django's threads. An entry is (compiled pattern, ASGI application); the
pattern is matched against the path from its beginning, and the first that matches answers.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.apps import apps
from django.utils import translation

from megahub import wsgi  # noqa: F401  (sets Django up: the streams know its models)

# isort: split
from ai_core.streams import doors
from ai_core.streams.caller import Caller
from ai_core.streams.database import UNAVAILABLE
from brands.errors import ServiceUnavailable
from megahub.access_log import RAW_HEADER
from megahub.api import errors

Application = Callable[..., Awaitable[None]]


def answering(app: Application) -> Application:
    """Wrap a stream: only GET, and what it raises before it begins is answered as JSON."""

    async def wrapped(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        has_begun = False

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        if scope["method"] != "GET":
            await _refuse(send, errors.json_error(405, headers={"Allow": "GET"}))
            return
        try:
            await app(scope, receive, note)
        except Exception as error:
            if has_begun:
                raise
            await _refuse(send, _shaped(scope, error))

    return wrapped


def _shaped(scope: MutableMapping[str, Any], error: Exception) -> Any:
    request = Caller.of(scope).request()
    request.path = scope["path"]
    request.request_id = _request_id(scope)  # type: ignore[attr-defined]
    with translation.override(translation.get_language_from_request(request)):
        if isinstance(error, UNAVAILABLE):
            error = ServiceUnavailable().with_traceback(error.__traceback__)
        return errors.error_response(error, request)


def _request_id(scope: MutableMapping[str, Any]) -> str:
    return next((v.decode("latin-1") for n, v in scope["headers"] if n == RAW_HEADER), "")


async def _refuse(send: Any, answer: Any) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.items()
    ]
    headers += [
        (b"content-length", str(len(answer.content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})


async def _job_stream(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    found = JOB_STREAM.fullmatch(scope["path"])
    await doors.job_stream(scope, receive, send, reference=found[1] if found else "")


BRAND_STREAM = re.compile(r"/ai/jobs/stream/\Z")
JOB_STREAM = re.compile(r"/ai/jobs/([^/]+)/stream/\Z")
STREAMS: list[tuple[re.Pattern[str], Application]] = [
    (BRAND_STREAM, answering(doors.brand_stream)),
    (JOB_STREAM, answering(_job_stream)),
]


async def close() -> None:
    """End what is open on this event loop, before the server stops."""
    for end in _CLOSE:
        await end()


_CLOSE: list[Callable[[], Awaitable[None]]] = [doors.close]
if apps.is_installed("ai_providers"):
    from ai_providers.gateway import app as gateway

    STREAMS.append((re.compile(r"/v1(/|\Z)"), gateway.gateway))
    _CLOSE.append(gateway.close)
