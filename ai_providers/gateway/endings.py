"""Writes how gateway calls ended, in batches: the attempt, its spend, the job, its usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ai_core import prepared
from ai_core.execution import at_once
from ai_providers import calls, prices
from ai_providers.course import Try
from ai_providers.gateway import holding
from ai_providers.gateway.known import Pricing
from ai_providers.models import ProviderCall


@dataclass(kw_only=True, slots=True)
class FirstTry:
    """A first attempt that answered, and is to be written down with the end of its job."""

    one: Try
    price: Pricing
    holds: list[holding.Held]


@dataclass(kw_only=True, slots=True)
class End:
    """The end of one job; `first` where the end of its call is written with it."""

    ending: at_once.Ending
    first: FirstTry | None = None
    entry: dict[str, Any] | None = None
    spent: tuple[prices.Priced, int] = field(default=(prices.NOTHING, 0))


def account(end: End) -> ProviderCall | None:
    """Reckon what the answer has cost; no database is asked."""
    if end.first is None:
        return None
    one = end.first.one
    answer, call = one.answer.close(), one.call
    use = calls.used(one.request, answer, None)
    priced = prices.NOTHING if use is None else end.first.price.of(use, call.started_at)
    calls.fill(call, use=use, priced=priced, answer=answer, failure=None)
    call.first_token_at = one.first_token_at
    end.entry = calls.usage_entry(call, base_url=one.route.base_url)
    end.spent = replace(priced, amount=calls.charged(call)), (use.total or 0) if use else 0
    return call


def used(end: End) -> list[dict[str, Any]]:
    """What the end says on its job: a first attempt is the only one."""
    return [] if end.entry is None else [{**end.entry, "attempt": end.ending.job.attempt}]


_CALLS_END = """
UPDATE ai_providers_providercall c SET status = 'completed', response_id = x.response_id,
  prompt_tokens = x.prompt, completion_tokens = x.completion, cached_tokens = x.cached,
  reasoning_tokens = x.reasoning, usage_source = x.source, cost = x.cost,
  price_status = x.price_status, price_source = x.price_source, price_version = x.price_version,
  first_token_at = x.first_token_at, ended_at = x.ended_at
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::text[],
            %s::numeric[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[])
  AS x(id, response_id, prompt, completion, cached, reasoning, source, cost, price_status,
       price_source, price_version, first_token_at, ended_at)
WHERE c.id = x.id AND c.status = 'running'
RETURNING c.id
"""
FIELDS = (
    "pk", "response_id", "prompt_tokens", "completion_tokens", "cached_tokens",
    "reasoning_tokens", "usage_source", "cost", "price_status", "price_source", "price_version",
    "first_token_at", "ended_at",
)  # fmt: skip


def write(ends: Sequence[End]) -> list[bool | Exception]:
    """Write these ends in one transaction; a batch of `Batches`. False: somebody else ended it."""
    by_job = {end.ending.job.pk: end for end in ends if end.first is not None}

    def end_calls(ours: set[int]) -> None:
        _end_calls([end for pk, end in by_job.items() if pk in ours])

    ours = at_once.finish([end.ending for end in ends], then=end_calls)
    return [end.ending.job.pk in ours for end in ends]


def _end_calls(ends: Sequence[End]) -> None:
    if not ends:
        return
    written = [end.first.one.call for end in ends if end.first is not None]
    columns = [[_plain(getattr(call, name)) for call in written] for name in FIELDS]
    # One that was given up meanwhile has been charged already.
    running = {row[0] for row in prepared.rows(_CALLS_END, columns)}
    spent = []
    for end in ends:
        first = end.first
        if first is None or first.one.call.pk not in running:
            continue
        end.ending.usage = used(end)
        spent.append((end.ending.job.pk, first.holds, *end.spent))
    holding.spend(spent)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value
