"""Births of calls in one round trip: the short way, which nearly every call takes.

Everything that `births` looks at on its way is proved here by the database itself: the key, the
job type and its queue, the limits. Whatever is not as it was remembered undoes the whole
transaction, and the calls go that way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.conf import settings
from django.db import OperationalError

from ai_core.execution import in_one_trip
from ai_providers.gateway import births, holding
from ai_providers.gateway.births import Birth
from ai_providers.models import ProviderCall
from ai_providers.quotas import ZERO, Need
from brands import known_keys
from brands.pipelined import Pipeline, Refused, Row
from brands.prepared import Statement

NUMBERS = 500  # job numbers that are fetched at once
FEW = 200


_CALLS = """
WITH hold AS (
  INSERT INTO ai_providers_quotahold (use_id, job_id, amount, spent, state, created_at)
  SELECT use_id, job_id, amount, 0, 'held', clock_timestamp()
  FROM json_to_recordset($2::json) AS h(use_id bigint, job_id bigint, amount numeric)
)
INSERT INTO ai_providers_providercall (
  brand_id, job_id, attempt, number, provider_id, provider_name, kind, model, status, reason,
  message, absorbed, response_id, usage_source, expected_tokens, expected_cost, price_status,
  price_source, price_version, started_at)
SELECT brand_id, job_id, 1, 1, provider_id, provider_name, kind, model, 'running', '', '',
  false, '', 'none', expected_tokens, expected_cost, 'not_applicable', '', '', $3::timestamptz
FROM json_to_recordset($1::json) AS x(brand_id bigint, job_id bigint, provider_id bigint,
  provider_name text, kind text, model text, expected_tokens int, expected_cost numeric)
RETURNING job_id, id
"""
_GATE = """
WITH moved AS (
  UPDATE ai_providers_quotause u SET held = u.held + $2::numeric
  FROM ai_providers_providerquota q
  WHERE u.id = $1::bigint AND q.id = u.quota_id
    AND u.used + u.held + $2::numeric * $3::int <= q."limit"
  RETURNING u.used + u.held AS taken, q."limit" AS most
)
SELECT hub_must(count(*) = 1, 'a monthly limit has no room for all'), max(taken), max(most)
FROM moved
"""
Wish = tuple[int, int, Decimal, str]  # month, job, amount, unit


class Births:
    """Writes births on a connection of their own, which does not wait for the disk.

    Nothing is acknowledged yet: the end of the job waits, and with it all that was written before.
    Only a database server that dies within half a second loses a birth.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._numbers: deque[int] = deque()
        self._fetching: asyncio.Task[None] | None = None

    async def write(self, batch: Sequence[Birth]) -> list[Birth]:
        """Raise Refused where one of these is not the usual case, and write nothing."""
        if len(self._numbers) < len(batch):
            await self._fetch_numbers()
        for birth in batch:
            birth.job.id = self._numbers.popleft()
        now = datetime.now(UTC)
        needs = [births.need_of(birth, now) for birth in batch]
        wishes = _wishes(batch, needs)
        months = sorted({wish[0] for wish in wishes})
        statements = _statements(batch, needs, wishes, now=now, months=months)
        answers = await self._pipeline.send(statements)
        _take(batch, wishes, months, answers)
        if len(self._numbers) < FEW and (self._fetching is None or self._fetching.done()):
            self._fetching = asyncio.ensure_future(self._fetch_ahead())
        return list(batch)

    async def _fetch_numbers(self) -> None:
        (rows,) = await self._pipeline.send([in_one_trip.numbers(NUMBERS)])
        self._numbers.extend(_number(row[0]) for row in rows)

    async def _fetch_ahead(self) -> None:
        with contextlib.suppress(OperationalError):  # the next birth hears of it
            await self._fetch_numbers()


def usual(birth: Birth) -> bool:
    """May this one be written in one trip, as far as is known?"""
    terms = birth.terms
    return (
        terms.is_smooth
        and not terms.is_rough
        and birth.access.key is not None
        and in_one_trip.can_begin(birth.job)
        and all(holding.known_use(quota) is not None for quota in terms.limiting)
    )


def _wishes(batch: Sequence[Birth], needs: Sequence[Need | None]) -> list[Wish]:
    found: list[Wish] = []
    for birth, need in zip(batch, needs, strict=True):
        for quota in birth.terms.limiting:
            use = holding.known_use(quota)
            amount = None if need is None else need.of(quota.unit)
            if use is None or amount is None:
                raise Refused("a price is unknown, or the month is new")
            found.append((use, birth.job.id, amount, quota.unit))
    return found


def _statements(
    batch: Sequence[Birth],
    needs: Sequence[Need | None],
    wishes: Sequence[Wish],
    *,
    now: datetime,
    months: Sequence[int],
) -> list[Statement]:
    jobs = in_one_trip.births(
        [birth.job for birth in batch],
        [birth.question.input_data for birth in batch],
        [birth.token for birth in batch],
        holder=births.HOLDER,
        lease_seconds=settings.LEASE_SECONDS,
    )
    if jobs is None:
        raise Refused("somebody wants to be told")
    for birth, need in zip(batch, needs, strict=True):
        birth.call = births.new_call(birth, need, now)
    calls = orjson.dumps([_row(birth.call) for birth in batch if birth.call is not None])
    holds = orjson.dumps(
        [{"use_id": use, "job_id": job, "amount": str(amount)} for use, job, amount, _ in wishes]
    )
    return [
        known_keys.proof(birth.access for birth in batch),
        *jobs,
        Statement(_CALLS, (calls, holds, now.isoformat())),
        *(
            Statement(
                _GATE,
                (
                    str(use),
                    str(sum((w[2] for w in wishes if w[0] == use), ZERO)),
                    str(holding.AMPLE),
                ),
            )
            for use in months
        ),
    ]


def _row(call: ProviderCall) -> dict[str, Any]:
    cost = call.expected_cost
    return {
        "brand_id": call.brand_id,
        "job_id": call.job_id,
        "provider_id": call.provider_id,
        "provider_name": call.provider_name,
        "kind": call.kind,
        "model": call.model,
        "expected_tokens": call.expected_tokens,
        "expected_cost": None if cost is None else str(cost),
    }


def _take(
    batch: Sequence[Birth],
    wishes: Sequence[Wish],
    months: Sequence[int],
    answers: list[list[Row]],
) -> None:
    """Give the births what the database said of them."""
    born, gates = answers[1][0], answers[len(answers) - len(months) :]
    calls = {_number(row[0]): _number(row[1]) for row in answers[-len(months) - 1]}
    in_one_trip.born([birth.job for birth in batch], [birth.token for birth in batch], born)
    rooms = {
        use: (_amount(rows[0][1]), _amount(rows[0][2]))
        for use, rows in zip(months, gates, strict=True)
    }
    holds: dict[int, list[holding.Held]] = {}
    for use, job, amount, unit in wishes:
        taken, most = rooms[use]
        holds.setdefault(job, []).append(holding.Held(use, unit, amount, most, most - taken))
    for birth in batch:
        if birth.call is not None:
            birth.call.id = calls[birth.job.id]
            birth.call._state.adding = False
        birth.holds = holds.get(birth.job.id, [])


def _number(value: bytes | None) -> int:
    return int(value or b"0")


def _amount(value: bytes | None) -> Decimal:
    return Decimal((value or b"0").decode())
