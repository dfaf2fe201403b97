"""Writes down every try: its row, what it held and spent, and what it has used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import Q

from ai_core import tracing
from ai_core.errors import LeaseLost
from ai_core.models import AIJob
from ai_core.pricing import CURRENCY, Priced, PriceStatus
from ai_core.signals import announce, job_used
from ai_core.statuses import FINAL
from ai_providers import prices, quotas, tokens
from ai_providers.asking import Answer, ChatRequest, TokenUse
from ai_providers.failures import ProviderFailure, Reason
from ai_providers.models import ProviderCall
from ai_providers.models.calls import CallStatus
from ai_providers.models.quotas import Mode
from ai_providers.routes import Route
from brands.models import Brand

LOST_AFTER = timedelta(minutes=15)  # longer than any call may take
STOPPED_AFTER = timedelta(minutes=3)  # a job that is over closes its calls within seconds


class Reporter(Protocol):
    """Whom a call tells what it uses: an executor's context, or whoever answers for the job."""

    def usage(self, **facts: Any) -> None: ...
    def log(self, message: str, level: str = "info") -> None: ...


@dataclass(frozen=True, kw_only=True)
class Asker:
    """The job that asks."""

    job: AIJob
    brand: Brand
    attempt: int
    reporter: Reporter


def begin(asker: Asker, route: Route, request: ChatRequest) -> ProviderCall:
    """Hold what the call may cost, and write its row; QuotaExceeded or PriceUnknown refuse it."""
    now = datetime.now(UTC)
    limiting = [] if route.kind.is_free else quotas.applying(asker.brand, route.provider)
    expected_tokens, expected_cost = 0, None
    if limiting:
        prompt, answer = tokens.expected(request)
        expected_tokens = prompt + answer
        expected_cost = _priced(
            asker.brand, route, TokenUse(prompt=prompt, completion=answer), now
        ).amount
    with transaction.atomic():
        _give_up_earlier(asker)
        if limiting:
            need = quotas.Need(money=expected_cost, tokens=expected_tokens)
            for warning in quotas.reserve(limiting, job=asker.job, brand=asker.brand, need=need):
                asker.reporter.log(warning, "warning")
        call = ProviderCall.objects.create(
            brand=asker.brand,
            job=asker.job,
            attempt=asker.attempt,
            number=ProviderCall.objects.filter(job=asker.job).count() + 1,
            provider=route.provider,
            provider_name=route.name,
            kind=route.kind.name,
            model=route.model,
            expected_tokens=expected_tokens,
            expected_cost=expected_cost,
            started_at=now,
        )
    call.may_run_over = all(quota.mode != Mode.HARD for quota in limiting)
    return call


def _priced(brand: Brand, route: Route, use: TokenUse, at: datetime) -> Priced:
    return prices.price(
        use,
        brand_id=brand.pk,
        provider=route.name,
        kind=route.kind.name,
        model=route.model,
        base_url=route.base_url,
        at=at,
    )


def end(  # noqa: PLR0913  (a call, and how it went)
    asker: Asker,
    call: ProviderCall,
    route: Route,
    *,
    request: ChatRequest,
    answer: Answer,
    failure: ProviderFailure | None,
    first_token_at: datetime | None = None,
) -> ProviderCall:
    """Write down how a call ended, charge what it used, and say so."""
    use = used(request, answer, failure)
    priced = prices.NOTHING if use is None else _priced(asker.brand, route, use, call.started_at)
    fill(call, use=use, priced=priced, answer=answer, failure=failure)
    call.first_token_at = first_token_at
    with transaction.atomic():
        # The job first, as its own end does. Then bill and limits have this call, or neither has.
        _lock_job(asker.job.pk)
        ours = _ended(call)  # one that was given up meanwhile has been charged already
        if ours and use is not None:
            _tell(asker, call, route)
        quotas.lock(asker.job.pk)
        if ours and use is not None:
            need = quotas.Need(money=charged(call), tokens=use.total or 0)
            quotas.spend(job_id=asker.job.pk, provider=route.provider, need=need)
        if ours:
            quotas.give_back(asker.job)
        quotas.settle_if_over(asker.job.pk)
    if tracing.is_on():
        _trace(asker, call)
    return call


def _trace(asker: Asker, call: ProviderCall) -> None:
    ended = call.ended_at or datetime.now(UTC)
    tracing.record(
        tracing.Step(
            name="provider call", job_id=asker.job.job_id, began=call.started_at.timestamp(),
            ended=ended.timestamp(), failed=call.message or call.reason,
            facts={"provider": call.provider_name, "model": call.model, "status": call.status,
                   "number": call.number},
        )
    )  # fmt: skip


def charged(call: ProviderCall) -> Decimal | None:
    """What limits in money count: a price that became unknown meanwhile is what was expected."""
    if call.cost is None and call.price_status == PriceStatus.UNPRICED:
        return call.expected_cost
    return call.cost


def _lock_job(job_id: int) -> None:
    AIJob.objects.select_for_update(no_key=True).filter(pk=job_id).only("pk").first()


def _ended(call: ProviderCall) -> bool:
    fields = {name: getattr(call, name) for name in _WRITTEN_AT_THE_END}
    running = ProviderCall.objects.filter(pk=call.pk, status=CallStatus.RUNNING)
    return bool(running.update(**fields))


_WRITTEN_AT_THE_END = (
    "status", "reason", "message", "http_status", "response_id", "prompt_tokens",
    "completion_tokens", "cached_tokens", "reasoning_tokens", "usage_source", "cost",
    "price_status", "price_source", "price_version", "first_token_at", "ended_at",
)  # fmt: skip


def fill(
    call: ProviderCall,
    *,
    use: TokenUse | None,
    priced: Priced,
    answer: Answer,
    failure: ProviderFailure | None,
) -> None:
    stopped = failure is not None and failure.reason == Reason.STOPPED
    call.status = (
        CallStatus.COMPLETED
        if failure is None
        else CallStatus.STOPPED
        if stopped
        else CallStatus.FAILED
    )
    call.reason = failure.reason if failure else ""
    call.message = failure.message if failure else ""
    call.http_status = failure.http_status if failure else None
    call.response_id = answer.response_id
    if use is not None:
        call.prompt_tokens, call.completion_tokens = use.prompt, use.completion
        call.cached_tokens, call.reasoning_tokens = use.cached, use.reasoning
        call.usage_source = use.source
        call.cost = priced.amount
    call.price_status = priced.status
    call.price_source, call.price_version = priced.source, priced.version
    call.ended_at = datetime.now(UTC)


def used(request: ChatRequest, answer: Answer, failure: ProviderFailure | None) -> TokenUse | None:
    """What was used: as the provider counts, else as we do. A refused call has used nothing."""
    whole = answer.use is not None and None not in (answer.use.prompt, answer.use.completion)
    if whole and (failure is None or answer.finish_reason):
        return answer.use
    if failure is None or answer.text or answer.tool_calls or answer.use is not None:
        text = answer.text + "".join(str(c["function"]["arguments"]) for c in answer.tool_calls)
        known = answer.use.prompt if answer.use is not None else None
        told = answer.use.completion if answer.use is not None and failure is None else None
        return TokenUse(
            prompt=tokens.of_question(request) if known is None else known,
            completion=tokens.count(text) if told is None else told,
            cached=answer.use.cached if answer.use is not None else None,
            source="estimated",
        )
    return None


def _tell(asker: Asker, call: ProviderCall, route: Route) -> None:
    """Say on the job what was used; the entry is what usage is booked from."""
    try:
        asker.reporter.usage(**usage_entry(call, base_url=route.base_url))
    except LeaseLost:
        # Another attempt has the job, or it is over: the call was made and paid all the same.
        _tell_afterwards(call, base_url=route.base_url)


def usage_entry(call: ProviderCall, *, base_url: str = "") -> dict[str, Any]:
    """An entry of `AIJobData.usage`; its words are those of docs/usage.md."""
    started, ended = call.started_at, call.ended_at or call.started_at
    first = call.first_token_at
    return {
        "kind": "llm",
        "provider": call.provider_name,
        "provider_kind": call.kind,
        "base_url": base_url,
        "model": call.model,
        "call": call.number,
        "status": str(call.status),
        "prompt_tokens": call.prompt_tokens,
        "completion_tokens": call.completion_tokens,
        "cached_tokens": call.cached_tokens,
        "reasoning_tokens": call.reasoning_tokens,
        "usage_source": call.usage_source,
        "cost": None if call.cost is None else str(call.cost),
        "currency": CURRENCY,
        "price_status": str(call.price_status),
        "price_source": call.price_source,
        "price_version": call.price_version,
        "at": started.isoformat(),
        "seconds": round((ended - started).total_seconds(), 3),
        "first_token_ms": round((first - started).total_seconds() * 1000) if first else None,
    }


# ---------------------------------------------------------------------- calls that never ended
def _give_up_earlier(asker: Asker) -> None:
    """A call of an earlier attempt that still runs belonged to a worker that is gone."""
    earlier = ProviderCall.objects.filter(
        job=asker.job, status=CallStatus.RUNNING, attempt__lt=asker.attempt
    )
    for call in earlier.select_related("provider").order_by("pk"):
        give_up(call)


@transaction.atomic
def give_up(call: ProviderCall) -> None:
    """Nobody knows what a lost call has cost: the limits count it in full, to stay hard."""
    # The job first, as its end does: then the bill has this entry, or we see that it is over.
    _lock_job(call.job_id)
    quotas.lock(call.job_id)
    need = quotas.Need(money=call.expected_cost or Decimal(0), tokens=call.expected_tokens)
    call.status = CallStatus.LOST
    call.reason = Reason.LOST
    call.price_status = PriceStatus.UNPRICED
    call.ended_at = datetime.now(UTC)
    if _ended(call):
        quotas.spend(job_id=call.job_id, provider=call.provider, need=need)
        _tell_afterwards(call)


def _tell_afterwards(call: ProviderCall, *, base_url: str = "") -> None:
    """Put the call on its job, whoever holds it now; the row of the call says that it is once."""
    entry = json.dumps([usage_entry(call, base_url=base_url)])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ai_core_aijobdata SET usage = usage || %s::jsonb WHERE job_id = %s",
            [entry, call.job_id],
        )
    over = AIJob.objects.filter(pk=call.job_id, status__in=FINAL)
    jobs = list(over.select_related("job_type", "brand", "data"))
    if jobs:
        announce(job_used, jobs)


def give_up_lost_calls() -> int:
    """For the sweeper: end calls that cannot be running any more, and settle what is over."""
    now = datetime.now(UTC)
    overdue = Q(started_at__lt=now - LOST_AFTER) | Q(job__completed_at__lt=now - STOPPED_AFTER)
    running = ProviderCall.objects.filter(overdue, status=CallStatus.RUNNING)
    calls = list(running.select_related("provider")[:200])
    for call in calls:
        with transaction.atomic():
            give_up(call)
            quotas.settle_if_over(call.job_id)
    return len(calls)
