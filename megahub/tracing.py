"""OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT is set and the extra `tracing` is installed.

Steps are recorded when they are over, with their times, so tracing holds nothing open and can stop
nothing. Everything else follows OpenTelemetry's own variables (OTEL_SERVICE_NAME, …).
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
from typing import Any

from ai_core import tracing
from ai_core.tracing import Step

log = logging.getLogger(__name__)

ENDPOINT = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
NANO = 1_000_000_000


def begin() -> bool:
    """Trace from now on, if somebody wants it; return whether."""
    if not any(os.environ.get(name) for name in ENDPOINT):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        log.warning("no traces: install the extra (pip install -r requirements/tracing.in)")
        return False
    record_to(BatchSpanProcessor(OTLPSpanExporter()))
    return True


def record_to(processor: Any) -> None:
    """Give every step to a span processor of OpenTelemetry."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    name = os.environ.get("OTEL_SERVICE_NAME") or "megahub"
    ids = _ids()
    provider = TracerProvider(id_generator=ids, resource=Resource.create({"service.name": name}))
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("megahub")
    tracing.record_with(lambda step: _record(tracer, ids, step))


def _ids() -> Any:
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

    class Ids(RandomIdGenerator):
        """Random, but for the first span of a job: its numbers follow from the job's id."""

        wanted = threading.local()

        def generate_span_id(self) -> int:
            return getattr(self.wanted, "span", 0) or super().generate_span_id()

        def generate_trace_id(self) -> int:
            return getattr(self.wanted, "trace", 0) or super().generate_trace_id()

    return Ids()


def _record(tracer: Any, ids: Any, step: Step) -> None:
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.context import Context  # noqa: PLC0415

    caller = _context(step.traceparent)
    above = _first_of(step.job_id) if step.job_id and not step.is_first else None
    if not step.job_id:
        above, caller = caller, None
    context = Context()
    if above is not None:
        context = trace.set_span_in_context(trace.NonRecordingSpan(above), context)
    if step.is_first:
        first = _first_of(step.job_id)
        ids.wanted.trace, ids.wanted.span = first.trace_id, first.span_id
    try:
        span = tracer.start_span(
            step.name,
            context=context,
            start_time=int(step.began * NANO),
            links=[trace.Link(caller)] if caller is not None else [],
            attributes={
                "megahub.job_id": step.job_id,
                **{f"megahub.{name}": value for name, value in step.facts.items()},
            },
        )
    finally:
        ids.wanted.trace = ids.wanted.span = 0
    if step.failed:
        span.set_status(trace.Status(trace.StatusCode.ERROR, step.failed))
    span.end(end_time=int(step.ended * NANO))


def _first_of(job_id: str) -> Any:
    number = int.from_bytes(hashlib.sha256(job_id.encode()).digest()[:8])
    return _span_context(tracing.trace_of(job_id), number)


def _context(traceparent: str) -> Any:
    found = PARENT.fullmatch(traceparent)
    return _span_context(int(found[1], 16), int(found[2], 16)) if found else None


def _span_context(trace_id: int, span_id: int) -> Any:
    from opentelemetry import trace  # noqa: PLC0415

    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
    return trace.SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)
