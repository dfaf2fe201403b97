"""Ends of calls in one round trip: the attempt, its spend, the job, its bill, its settled hold.

For answers at the first attempt. That the job, the attempt and the hold are still ours is proved
by the database; whatever is not undoes the whole transaction, and `endings` sorts it out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import orjson

from ai_core.execution import in_one_trip
from ai_core.statuses import JobStatus
from ai_providers import thresholds
from ai_providers.completing import in_database
from ai_providers.gateway import endings
from ai_providers.gateway.endings import End
from ai_providers.models.quotas import Unit
from ai_providers.quotas import ZERO
from brands.pipelined import Pipeline, Refused
from brands.prepared import Statement

_CALLS = """
WITH ended AS (
  UPDATE ai_providers_providercall c SET status = 'completed', response_id = x.response_id,
    prompt_tokens = x.prompt_tokens, completion_tokens = x.completion_tokens,
    cached_tokens = x.cached_tokens, reasoning_tokens = x.reasoning_tokens,
    usage_source = x.usage_source, cost = x.cost, price_status = x.price_status,
    price_source = x.price_source, price_version = x.price_version,
    first_token_at = x.first_token_at, ended_at = x.ended_at
  FROM json_to_recordset($1::json) AS x(pk bigint, response_id text, prompt_tokens int,
    completion_tokens int, cached_tokens int, reasoning_tokens int, usage_source text,
    cost numeric, price_status text, price_source text, price_version text,
    first_token_at timestamptz, ended_at timestamptz)
  WHERE c.id = x.pk AND c.status = 'running'
  RETURNING c.id
), settled AS (
  UPDATE ai_providers_quotahold h SET state = 'settled', amount = x.spent, spent = x.spent,
    settled_at = clock_timestamp()
  FROM json_to_recordset($2::json) AS x(job_id bigint, use_id bigint, amount numeric, spent numeric)
  WHERE h.job_id = x.job_id AND h.use_id = x.use_id AND h.state = 'held'
    AND h.amount = x.amount AND h.spent = 0
  RETURNING h.id
)
SELECT hub_must((SELECT count(*) FROM ended) = $3::int, 'an attempt was ended by somebody else'),
  hub_must((SELECT count(*) FROM settled) = $4::int, 'a hold is not as it was')
"""
_MONTH = """
UPDATE ai_providers_quotause SET held = held - $2::numeric, used = used + $3::numeric
WHERE id = $1::bigint
"""
Settled = tuple[int, int, Decimal, Decimal]  # job, month, held, spent


class Ends:
    """Writes ends; who is to be answered waits until the disk has them."""

    def __init__(self, pipeline: Pipeline, *, crowd: Callable[[], int]) -> None:
        self._pipeline = pipeline
        self._crowd = crowd

    async def write(self, batch: Sequence[End]) -> list[bool]:
        """Raise Refused where one of these is not the usual case, and write nothing."""
        settled = [one for end in batch for one in _settled(end)]
        months = sorted({one[1] for one in settled})
        for end in batch:
            end.ending.usage = endings.used(end)
        jobs = in_one_trip.ends([end.ending for end in batch])
        if jobs is None:
            raise Refused("somebody wants to be told")
        over, others = jobs
        answers = await self._pipeline.send(
            [over, _calls(batch, settled), *_months(settled, months), *others],
            kept=True,
            alone=self._crowd() <= 1,
        )
        in_one_trip.ended([end.ending for end in batch])
        if passed := [int(row[0] or b"0") for row in answers[2 + len(months)]] if months else []:
            await in_database(thresholds.tell, passed)
        return [True] * len(batch)


def usual(end: End) -> bool:
    """May this one be written in one trip?"""
    return end.first is not None and end.ending.status == JobStatus.COMPLETED


def _settled(end: End) -> list[Settled]:
    if end.first is None:
        return []
    priced, tokens = end.spent
    return [
        (
            end.ending.job.id,
            held.use_id,
            held.amount,
            (priced.amount or ZERO) if held.unit == Unit.MONEY else Decimal(tokens),
        )
        for held in end.first.holds
    ]


def _calls(batch: Sequence[End], settled: Sequence[Settled]) -> Statement:
    calls = [
        {name: _plain(getattr(end.first.one.call, name)) for name in endings.FIELDS}
        for end in batch
        if end.first is not None
    ]
    holds = [
        {"job_id": job, "use_id": use, "amount": str(held), "spent": str(spent)}
        for job, use, held, spent in settled
    ]
    counts = str(len(calls)), str(len(holds))
    return Statement(_CALLS, (in_one_trip.storable(calls), orjson.dumps(holds), *counts))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str | Decimal) else value


def _months(settled: Sequence[Settled], months: Sequence[int]) -> list[Statement]:
    """Months by number, as everybody locks them; then the thresholds that they have passed."""
    found = []
    for month in months:
        held = sum((one[2] for one in settled if one[1] == month), ZERO)
        spent = sum((one[3] for one in settled if one[1] == month), ZERO)
        found.append(Statement(_MONTH, (str(month), str(held), str(spent))))
    return [*found, thresholds.noting(months)] if months else []
