"""Tells what went wrong in both dialects at once: OpenAI's for the SDK, the hub's for people.

Which error class the SDK raises hangs on the status; whether it comes again, on `x-should-retry`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from ai_core.execution.protocol import Failure
from ai_providers.failures import Reason
from ai_providers.gateway.on_thread import GONE
from brands.errors import DomainError, ServiceUnavailable

log = logging.getLogger(__name__)


class Refusal(Exception):
    """An answer that is an error. It is raised on the way in, and told once."""

    def __init__(  # noqa: PLR0913  (the members of the body)
        self,
        status: int,
        type_: str,
        code: str | None,
        message: str,
        *,
        error_code: str,
        param: str | None = None,
        again: bool | None = None,
        retry_after: float | None = None,
        headers: Sequence[tuple[str, str]] = (),
        **facts: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": type_, "param": param, "code": code}
        self.facts = {"detail": message, "error_code": error_code, **facts}
        self.headers: list[tuple[str, str]] = list(headers)
        if retry_after is not None:
            self.headers.append(("retry-after", str(max(math.ceil(retry_after), 1))))
        if again is not None:
            self.headers.append(("x-should-retry", "true" if again else "false"))
        if status == 401:
            self.headers.append(("www-authenticate", 'Bearer realm="MEGAHUB"'))

    @property
    def body(self) -> bytes:
        return orjson.dumps({"error": self.error, **self.facts}, default=str)

    @property
    def event(self) -> bytes:
        """The same in the middle of a stream, whose status has gone out already."""
        return b"data: " + self.body + b"\n\n"


class _Word(NamedTuple):
    """How one of the hub's codes is said to an SDK. `again` None: as the SDK thinks best."""

    type: str
    code: str
    param: str | None = None
    again: bool | None = None
    status: int | None = None


_WORDS: dict[str, _Word] = {
    "NOT_AUTHENTICATED": _Word("invalid_request_error", "invalid_api_key"),
    "INVALID_API_KEY": _Word("invalid_request_error", "invalid_api_key"),
    "BRAND_REQUIRED": _Word("permission_error", "brand_access_required"),
    "PERMISSION_DENIED": _Word("permission_error", "permission_denied"),
    "MODEL_NOT_FOUND": _Word("invalid_request_error", "model_not_found", "model", status=404),
    "NOT_FOUND": _Word("invalid_request_error", "not_found"),
    "VALIDATION_ERROR": _Word("invalid_request_error", "invalid_value"),
    "PAYLOAD_TOO_LARGE": _Word("invalid_request_error", "payload_too_large"),
    "RATE_LIMITED": _Word("rate_limit_exceeded", "rate_limit_exceeded"),
    "QUOTA_EXCEEDED": _Word("insufficient_quota", "insufficient_quota", again=False),
    "PRICE_UNKNOWN": _Word("insufficient_quota", "price_unknown", again=False),
    "IDEMPOTENCY_CONFLICT": _Word("conflict", "idempotency_conflict", again=False),
    "SERVICE_UNAVAILABLE": _Word("server_error", "service_unavailable"),
}
# What a provider's failure means, by its reason: status, and how it is said.
_UPSTREAM: dict[Reason, tuple[int, _Word]] = {
    Reason.INPUT_REFUSED: (400, _Word("invalid_request_error", "invalid_value")),
    Reason.CONTENT_REFUSED: (400, _Word("invalid_request_error", "content_filter")),
    Reason.MODEL_UNKNOWN: (404, _Word("invalid_request_error", "model_not_found", "model")),
    Reason.RATE_LIMITED: (429, _Word("rate_limit_exceeded", "rate_limit_exceeded")),
    Reason.BUSY: (429, _Word("rate_limit_exceeded", "rate_limit_exceeded")),
    Reason.QUOTA: (429, _Word("insufficient_quota", "provider_quota_exceeded", again=False)),
    Reason.KEY_REFUSED: (502, _Word("server_error", "upstream_refused", again=False)),
    Reason.KEY_CLOSED: (502, _Word("server_error", "upstream_refused", again=False)),
    Reason.ADDRESS_REFUSED: (502, _Word("server_error", "upstream_refused", again=False)),
    Reason.CIRCUIT_OPEN: (503, _Word("server_error", "upstream_resting")),
    Reason.SILENT: (504, _Word("server_error", "upstream_timeout")),
}
_BROKEN = (502, _Word("server_error", "upstream_error"))


def of(error: BaseException, *, reason: Reason | None = None) -> Refusal:
    """Shape whatever was raised before an answer was complete."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Failure):
        return _of_failure(error, reason)
    if isinstance(error, DomainError):
        return _of_domain(error)
    if isinstance(error, GONE):
        log.error("the gateway cannot reach the database", exc_info=error)
        return _of_domain(ServiceUnavailable())
    log.error("unexpected error in the gateway", exc_info=error)
    return Refusal(
        500, "server_error", "internal_error", "Something went wrong on our side.",
        error_code="INTERNAL_ERROR",
    )  # fmt: skip


def _of_domain(error: DomainError) -> Refusal:
    word = _WORDS.get(error.code, _Word("invalid_request_error", error.code.lower()))
    errors = {name.removeprefix("input_data."): said for name, said in error.errors.items()}
    facts = {**error.facts, **({"errors": errors} if errors else {})}
    wait = error.headers.get("Retry-After")
    return Refusal(
        word.status or error.status,
        word.type,
        word.code,
        str(error.detail),
        error_code=error.code,
        param=word.param or next(iter(errors), None),
        again=word.again,
        retry_after=float(wait) if wait else None,
        headers=[one for one in error.headers.items() if one[0].startswith("RateLimit")],
        **facts,
    )


def _of_failure(failure: Failure, reason: Reason | None) -> Refusal:
    status, word = _UPSTREAM.get(reason, _BROKEN) if reason else _BROKEN
    return Refusal(
        status,
        word.type,
        word.code,
        failure.message,
        error_code=failure.code,
        param=word.param,
        again=word.again,
        retry_after=failure.retry_after if status in (429, 503) else None,
    )


def cancelled() -> Refusal:
    return Refusal(
        409, "conflict", "job_cancelled", "This job was cancelled in the hub.",
        error_code="JOB_CANCELLED", again=False,
    )  # fmt: skip


def overdue(seconds: float) -> Refusal:
    return Refusal(
        504, "server_error", "job_timeout", f"The job took longer than {seconds:g} seconds.",
        error_code="TIMEOUT", again=False,
    )  # fmt: skip


def no_room() -> Refusal:
    """The queue of these calls is paused, or all its slots are taken."""
    return Refusal(
        503, "server_error", "no_room",
        "The hub takes no such calls right now: its queue is full or paused.",
        error_code="SERVICE_UNAVAILABLE", retry_after=1,
    )  # fmt: skip
