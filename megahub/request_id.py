"""One id for each request: in the answer's header and in every line logged meanwhile."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from ai_core import tracing

HEADER = "X-Request-ID"
# Long enough for any tracing system's id, too plain to forge a log line or a header.
SANE = re.compile(r"[A-Za-z0-9._-]{8,128}")


def accepted(given: str | None) -> str:
    """Return the caller's id when it is sane, else a new one."""
    return given if given and SANE.fullmatch(given) else uuid.uuid4().hex


class RequestIdMiddleware:
    """Binds the id for this request; the first of all, so that everybody's lines carry it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = accepted(request.headers.get(HEADER))
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        # Left bound afterwards: Django logs a 5xx on its way out, and the next request clears it.
        tracing.caller.set(request.headers.get("traceparent", ""))
        response = self._get_response(request)
        response[HEADER] = request_id
        return response
