"""A job's trace: from the request that made it to the attempt and the call; off unless wanted."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import nullcontext

import pytest

from ai_core import bell, tracing
from ai_core.execution import runner
from ai_core.execution.attempts import Attempt
from ai_core.execution.registry import executor_named
from ai_core.models.jobs import new_job_id
from megahub import tracing as opentelemetry
from megahub.access_log import AccessLog
from tests import factories
from tests.ai_core import workbench

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def every_span(db):
    """What was recorded until now."""
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    from ai_core.execution import registry

    registry.sync()
    exporter = memory.InMemorySpanExporter()
    opentelemetry.record_to(export.SimpleSpanProcessor(exporter))
    yield exporter.get_finished_spans
    tracing.record_with(None)


@pytest.fixture
def spans(every_span):
    return lambda: {span.name: span for span in every_span()}


def test_a_jobs_trace_is_its_id_from_the_request_to_the_attempt(spans, people, owner_api):
    answer = owner_api.post(
        "/ai/jobs/", {"job_type": "sleep", "input_data": {"seconds": 0}}, format="json",
        headers={"traceparent": CALLER},
    )  # fmt: skip
    job_id = answer.json()["job_id"]
    [claimed] = workbench.claim()
    from ai_core.models import AIJobType

    kind = AIJobType.objects.get(pk=claimed.job_type_id)
    outcome = runner._traced(
        Attempt(claimed, kind=kind, executor=executor_named(kind.executor), journal=None)
    )
    assert outcome is not None
    made, attempt = spans()["job made"], spans()["attempt"]
    wanted = tracing.trace_of(job_id)
    assert made.context.trace_id == attempt.context.trace_id == wanted
    assert made.parent is None
    assert attempt.parent.span_id == made.context.span_id
    assert f"{made.links[0].context.trace_id:032x}" == CALLER.split("-")[1]
    assert attempt.attributes["megahub.job_id"] == job_id
    assert attempt.attributes["megahub.executor"] == kind.executor
    assert made.start_time <= made.end_time <= attempt.end_time


def test_a_provider_call_hangs_in_the_trace_of_its_job(spans, people):
    from datetime import UTC, datetime
    from types import SimpleNamespace

    from ai_providers import calls
    from ai_providers.models import ProviderCall

    job = factories.make_job(people.owner, people.brand)
    call = ProviderCall(
        started_at=datetime.now(UTC), provider_name="cloud", model="m", status="failed",
        reason="http_500", number=1,
    )  # fmt: skip
    calls._trace(SimpleNamespace(job=job), call)
    span = spans()["provider call"]
    assert span.context.trace_id == tracing.trace_of(job.job_id)
    assert (span.status.description, span.attributes["megahub.provider"]) == ("http_500", "cloud")


def test_a_request_goes_on_with_its_callers_trace(spans):
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 503, "headers": []})

    async def send(_message):
        return None

    headers = [(b"traceparent", CALLER.encode())]
    scope = {"type": "http", "method": "GET", "path": "/ai/jobs/", "headers": headers}
    asyncio.run(AccessLog(app)(scope, None, send))
    span = spans()["GET hub"]
    assert f"{span.context.trace_id:032x}" == CALLER.split("-")[1]
    assert f"{span.parent.span_id:016x}" == CALLER.split("-")[2]
    assert not span.status.is_ok


@pytest.mark.parametrize("given", ["", "00-zz-1-01", "x" * 500])
def test_a_strange_caller_is_nobody(given):
    assert opentelemetry._context(given) is None


def test_it_is_off_unless_wanted_and_says_what_is_missing(monkeypatch, caplog):
    for name in opentelemetry.ENDPOINT:
        monkeypatch.delenv(name, raising=False)
    assert opentelemetry.begin() is False
    assert not tracing.is_on()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with caplog.at_level(logging.WARNING):
        assert opentelemetry.begin() is False
    assert "requirements/tracing.in" in caplog.text
    assert not tracing.is_on()


@pytest.mark.parametrize("broken", [False, True])
def test_a_bell_stands_in_the_trace_of_every_job_that_it_rings_for(every_span, monkeypatch, broken):
    def send(*_args, **_options):
        if broken:
            raise OSError("no broker")

    monkeypatch.setattr(bell.current_app, "send_task", send)
    ids = [new_job_id() for _ in range(3)]
    bells = [bell.Bell("default", "1", 1, ids[:2], 5.0), bell.Bell("default", "2", 1, ids[2:], 6.0)]
    with pytest.raises(OSError, match="no broker") if broken else nullcontext():
        bell._send(bells)
    found = [span for span in every_span() if span.name == "bell"]
    assert [span.context.trace_id for span in found] == [tracing.trace_of(one) for one in ids]
    assert {span.status.description for span in found} == {"OSError" if broken else None}
    assert found[2].start_time == 6_000_000_000
    assert found[0].parent.span_id == opentelemetry._first_of(ids[0]).span_id
