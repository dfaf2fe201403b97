"""`http_check`: asks a web address once, and says what came back, how fast, and until when."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.message import Message
from typing import Any

from django.utils.translation import gettext_noop

from ai_core import outbound
from ai_core.errors import InvalidInput
from ai_core.execution.protocol import Analysis, Context, Draft, Executor, Failure, Way
from ai_core.execution.registry import JobTypeSpec
from ai_core.outbound.targets import parse
from ai_core.statuses import FailureClass

MOST_BYTES = 5 * 2**20
LONGEST_SECONDS = 60
SHOWN = (
    "Content-Type", "Content-Length", "Content-Encoding", "Location", "Server", "Date",
    "Last-Modified", "ETag", "Cache-Control", "Retry-After", "Strict-Transport-Security",
    "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options",
)  # fmt: skip
LONGEST_HEADER = 300


class HttpCheck(Executor):
    """Any answer is a result; only with an expected status is another one a failure."""

    name = "http_check"
    way = Way.THREAD

    def check(self, draft: Draft) -> None:
        try:
            parse(draft.input_data["url"])
        except outbound.BadUrl as error:
            raise InvalidInput(str(error), errors={"input_data.url": [str(error)]}) from None

    def analyse(self, draft: Draft) -> Analysis:
        try:
            target = parse(draft.input_data.get("url", ""))
        except outbound.BadUrl as error:
            return Analysis(problems={"input_data.url": [str(error)]})
        facts = {"host": target.host, "port": target.port, "encrypted": target.scheme == "https"}
        return Analysis(facts=facts, cost_low="0", cost_high="0", duration_seconds=1)

    def run(self, ctx: Context) -> dict[str, Any]:
        wanted = ctx.input
        seconds = float(wanted.get("timeout_seconds", 10))
        limits = outbound.Limits(
            connect=min(seconds, 10), idle=seconds, total=seconds, size=MOST_BYTES
        )
        call = outbound.Call(limits=limits)
        ctx.on_stop(call.close)
        try:
            result = _ask(ctx, call, wanted.get("method", "GET"), wanted["url"])
        except outbound.OutboundError as error:
            ctx.check()  # hanging up was our own doing
            raise _failure(error) from error
        _must_be_expected(result, wanted.get("expected_status"))
        return result


def _ask(ctx: Context, call: outbound.Call, method: str, url: str) -> dict[str, Any]:
    ctx.stage("request")
    ctx.log(f"{method} {parse(url).url}")
    with call.open(method, url) as answer:
        ctx.stage("answer")
        ctx.log(f"{answer.status} {answer.reason} from {answer.address}")
        truncated = False
        try:
            for _piece in answer.chunks():
                ctx.check()
        except outbound.TooLarge:
            truncated = True
            ctx.log(
                f"The body is larger than {MOST_BYTES} bytes: the rest was not read.", "warning"
            )
    return {
        "url": parse(url).url,
        "method": method,
        "ok": answer.status < 400,
        "status": answer.status,
        "reason": answer.reason,
        "address": answer.address,
        "size_bytes": answer.size,
        "size_is_partial": truncated,
        "timings_ms": {name: round(took * 1000, 1) for name, took in answer.timings.items()},
        "headers": _shown(answer.headers),
        "tls": _tls(call),
    }


def _shown(headers: Message) -> dict[str, str]:
    """The headers that tell something; never a cookie."""
    found = {name: headers.get(name) for name in SHOWN}
    return {name: _printable(value) for name, value in found.items() if value is not None}


def _printable(value: str) -> str:
    return "".join(c for c in value if c.isprintable())[:LONGEST_HEADER]


def _tls(call: outbound.Call) -> dict[str, Any] | None:
    if not call.certificate:
        return None
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(call.certificate["notAfter"]), UTC)
    issuer = {name: value for row in call.certificate.get("issuer", ()) for name, value in row}
    return {
        "version": call.tls_version,
        "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "days_left": (ends - datetime.now(UTC)).days,
        "issuer": issuer.get("organizationName") or issuer.get("commonName", ""),
    }


def _failure(error: outbound.OutboundError) -> Failure:
    """A wrong address is the input's fault; a silent one may answer later."""
    kind = FailureClass.INPUT if error.callers_fault else FailureClass.PROVIDER_DOWN
    return Failure(str(error), code=error.code, failure_class=kind, retry=error.worth_retrying)


def _must_be_expected(result: dict[str, Any], expected: int | None) -> None:
    status = result["status"]
    if expected is None or status == expected:
        return
    if status == 429:
        kind = FailureClass.PROVIDER_LIMIT
    elif status >= 500:
        kind = FailureClass.PROVIDER_DOWN
    else:
        kind = FailureClass.PROVIDER_REFUSED
    wait = result["headers"].get("Retry-After", "")
    raise Failure(
        f"The answer was {status} {result['reason']}, not {expected}.",
        code="STATUS_UNEXPECTED",
        failure_class=kind,
        retry_after=min(float(wait), 3600.0) if wait.isascii() and wait.isdigit() else None,
    )


HTTP_CHECK = JobTypeSpec(
    name="http_check",
    description=gettext_noop("Calls a web address: status, timings, headers, certificate."),
    category="analysis",
    estimated_duration_seconds=2,
    timeout_seconds=90,
    retry_seconds=5,
    stages=("request", "answer"),
    input_schema={
        "type": "object",
        "title": gettext_noop("Web address check"),
        "properties": {
            "url": {
                "type": "string",
                "format": "uri",
                "title": gettext_noop("Address"),
                "description": gettext_noop("http:// or https://, and public."),
                "minLength": 8,
                "maxLength": 8192,
            },
            "method": {
                "type": "string",
                "title": gettext_noop("Method"),
                "enum": ["GET", "HEAD"],
                "default": "GET",
            },
            "expected_status": {
                "type": "integer",
                "title": gettext_noop("Expected status"),
                "description": gettext_noop("Any other answer fails the job. Empty: none does."),
                "minimum": 100,
                "maximum": 599,
            },
            "timeout_seconds": {
                "type": "number",
                "title": gettext_noop("Time-out (seconds)"),
                "minimum": 0.1,
                "maximum": LONGEST_SECONDS,
                "default": 10,
            },
        },
        "required": ["url"],
        "additionalProperties": False,
    },
)
