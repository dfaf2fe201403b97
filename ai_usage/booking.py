"""Books what jobs used: one row a job and an increment of its day, with the job's own ending."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db import connection, transaction

from ai_core import prepared
from ai_core.models import AIJob
from ai_core.statuses import JobStatus
from ai_usage.bill import Bill, bill_of
from ai_usage.models import COUNTS, KEYS, AIJobUsage, UsageDelta
from brands.prepared import Statement

_KEY = "job"
_WRITTEN = tuple(
    field.name
    for field in AIJobUsage._meta.concrete_fields
    if field.name not in (_KEY, "brand", "day", "ended_at")
)
_OF_THE_JOB = ("created_by", "job_type", "ending", "success", "execution_time_seconds")
_SAID = tuple(name for name in _WRITTEN if name not in _OF_THE_JOB)
_COUNTED = (
    "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens",
)  # fmt: skip
_ENDINGS = ("completed", "failed", "cancelled", "timeout")

# The job itself says how and when it ended, and how long it ran. Jobs of a kind that end together
# add one row to their day, not one each.
_BOOK = f"""
WITH bill AS (
  INSERT INTO ai_usage_aijobusage (job_id, brand_id, created_by_id, job_type, ending, success,
    execution_time_seconds, ended_at, day, {", ".join(_SAID)})
  SELECT j.id, j.brand_id, j.created_by_id, x.job_type, j.status, j.status = 'completed',
    round(j.active_seconds::numeric, 3), coalesce(j.completed_at, j.updated_at),
    (coalesce(j.completed_at, j.updated_at) AT TIME ZONE b.time_zone)::date,
    {", ".join(f"x.{name}" for name in _SAID)}
  FROM json_populate_recordset(NULL::ai_usage_aijobusage, $1::json) x
  JOIN ai_core_aijob j ON j.id = x.job_id JOIN brands_brand b ON b.id = j.brand_id
  RETURNING *
)
INSERT INTO ai_usage_usagedelta ({", ".join((*KEYS, *COUNTS))})
SELECT bill.brand_id, bill.day, bill.job_type, part.provider, part.model, bill.created_by_id,
  part.currency, count(*) FILTER (WHERE part.main),
  {", ".join(f"count(*) FILTER (WHERE part.main AND ending = '{name}')" for name in _ENDINGS)},
  count(*) FILTER (WHERE part.main AND total_cost IS NULL), sum(part.calls),
  {", ".join(f"sum(coalesce(part.{name}, 0))" for name in _COUNTED)}, sum(part.cost),
  coalesce(sum(bill.execution_time_seconds) FILTER (WHERE part.main), 0)
FROM bill, jsonb_to_recordset(bill.parts) AS part(provider text, model text, currency text,
  calls bigint, cost numeric, main boolean, prompt_tokens bigint, completion_tokens bigint,
  cached_tokens bigint, reasoning_tokens bigint)
GROUP BY bill.brand_id, bill.day, bill.job_type, part.provider, part.model, bill.created_by_id,
  part.currency
ORDER BY part.currency
"""  # noqa: S608


def book(jobs: Sequence[AIJob]) -> None:
    """Write the bills of jobs that have just ended; in the transaction of that."""
    for statement in bills(jobs):
        prepared.run(statement)


def bills(jobs: Sequence[AIJob]) -> list[Statement]:
    """The same, to be sent by whoever ends these jobs."""
    return [Statement(_BOOK, (orjson.dumps([_said(job) for job in jobs], default=str),))]


def _said(job: AIJob) -> dict[str, Any]:
    """What the entries of a job's usage say, beside what its row says."""
    at = job.completed_at or datetime.now(UTC)
    row = filled(SimpleNamespace(), bill_of(job.data.usage, brand_id=job.brand_id, at=at))
    said = {name: getattr(row, name) for name in _SAID}
    return {**said, "job_id": job.id, "job_type": job.job_type.name}


@transaction.atomic
def book_again(jobs: Sequence[AIJob]) -> None:
    """A job that is over has used more: replace its bill, and correct its day."""
    for job in jobs:
        before = AIJobUsage.objects.select_for_update().filter(job=job).first()
        if before is None:
            book([job])
            continue
        # What was read with the job may be older than the lock.
        job.data.refresh_from_db(fields=["usage"])
        replace(before, _row(job))


def replace(before: AIJobUsage, after: AIJobUsage) -> None:
    """Put another bill in the place of one that is locked; its day keeps its sum right."""
    after.day, after.ended_at = before.day, before.ended_at
    _add([*deltas_of(before, sign=-1), *deltas_of(after)])
    values = {name: getattr(after, name) for name in _WRITTEN}
    AIJobUsage.objects.filter(job=before.job_id).update(**values)


def move(jobs: Sequence[AIJob]) -> None:
    """Jobs that are over are said to have ended at another time: book them on that day."""
    ended = {job.pk: (job.completed_at or job.updated_at, job.brand.time_zone) for job in jobs}
    rows = AIJobUsage.objects.select_for_update().filter(job__in=ended).order_by("job_id")
    moved, deltas = [], []
    for before in rows:
        after = copy(before)
        at, zone = ended[before.job_id]
        after.ended_at, after.day = at, at.astimezone(ZoneInfo(zone)).date()
        deltas += [*deltas_of(before, sign=-1), *deltas_of(after)]
        moved.append(after)
    AIJobUsage.objects.bulk_update(moved, ["day", "ended_at"])
    _add(deltas)


def _row(job: AIJob) -> AIJobUsage:
    ended = job.completed_at or job.updated_at
    bill = bill_of(job.data.usage, brand_id=job.brand_id, at=ended)
    return filled(_blank(job, ended), bill)


def _blank(job: AIJob, ended: datetime) -> AIJobUsage:
    return AIJobUsage(
        job_id=job.pk,
        brand_id=job.brand_id,
        created_by_id=job.created_by_id,
        job_type=job.job_type.name,
        ending=job.status,
        success=job.status == JobStatus.COMPLETED,
        execution_time_seconds=round(job.active_seconds, 3),
        ended_at=ended,
        day=ended.astimezone(ZoneInfo(job.brand.time_zone)).date(),
    )


def filled(row: Any, bill: Bill) -> Any:
    """Write a bill's figures on a row."""
    row.provider_name, row.model = bill.main.provider, bill.main.model
    row.calls = sum(part.calls for part in bill.parts)
    for name, count in bill.tokens.items():
        setattr(row, name, count)
    row.total_tokens = bill.total_tokens
    row.total_cost, row.known_cost = bill.cost, bill.known_cost
    row.currency = bill.main.currency
    row.price_status = bill.status
    row.price_source, row.price_version = bill.source, bill.version
    row.usage_source, row.first_token_ms = bill.usage_source, bill.first_token_ms
    row.parts = [
        {
            "provider": part.provider,
            "model": part.model,
            "currency": part.currency,
            "calls": part.calls,
            "cost": str(part.cost),
            "main": part is bill.main or len(bill.parts) == 1,
            **part.tokens,
        }
        for part in bill.parts
    ]
    return row


def deltas_of(row: AIJobUsage, *, sign: int = 1) -> list[UsageDelta]:
    """What a bill adds to its day: money and tokens by who was paid, the job itself once."""
    return [_delta(row, part, sign) for part in row.parts]


def _delta(row: AIJobUsage, part: dict[str, Any], sign: int) -> UsageDelta:
    delta = UsageDelta(
        brand_id=row.brand_id,
        day=row.day,
        job_type=row.job_type,
        created_by_id=row.created_by_id,
        provider=part["provider"],
        model=part["model"],
        currency=part["currency"],
        calls=sign * part["calls"],
        cost=sign * Decimal(part["cost"]),
        prompt_tokens=sign * part.get("prompt_tokens", 0),
        completion_tokens=sign * part.get("completion_tokens", 0),
        cached_tokens=sign * part.get("cached_tokens", 0),
        reasoning_tokens=sign * part.get("reasoning_tokens", 0),
    )
    if part["main"]:
        delta.jobs = sign
        delta.seconds = sign * row.execution_time_seconds
        delta.unpriced = sign * (row.total_cost is None)
        setattr(delta, row.ending, sign)
    return delta


def _add(deltas: list[UsageDelta]) -> None:
    """Jobs of a kind that end together add one row to their day, not one each."""
    sums: dict[tuple[Any, ...], UsageDelta] = {}
    for delta in deltas:
        key = tuple(getattr(delta, name) for name in KEYS)
        if (one := sums.setdefault(key, delta)) is not delta:
            for name in COUNTS:
                setattr(one, name, getattr(one, name) + getattr(delta, name))
    prepared.insert([one for one in sums.values() if any(getattr(one, name) for name in COUNTS)])


def forget(job_ids: Sequence[int]) -> None:
    """Delete the bills of purged jobs; the sums of days stay, they happened."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ai_usage_aijobusage WHERE job_id = ANY (%s)", [list(job_ids)])
