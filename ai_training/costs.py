"""What runs cost: segments × rate, along the core's own clock of each job.

The clock (`active_seconds`, `active_since`) stops for pauses, queues, and time in which nobody held
the job. Segments are cut wherever the rate may change, and together they are that clock.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from ai_core.models import AIJob
from ai_core.pricing import CURRENCY, Priced, PriceStatus
from ai_core.sections import money
from ai_core.signals import announce, job_used
from ai_training.estimates import cost_of
from ai_training.models import CostSegment, TrainingRun

MILLISECOND = Decimal("0.001")
KIND = "compute"
SOURCE = "compute offer"


def clock(job: AIJob) -> Decimal:
    """Active seconds of the attempts that have ended."""
    return Decimal(str(job.active_seconds)).quantize(MILLISECOND)


def sync(run: TrainingRun, job: AIJob) -> list[CostSegment]:
    """Bring the segments in step with the job; the caller holds the job's row. Returns them."""
    segments = list(CostSegment.objects.filter(job=job).order_by("number"))
    works = job.lease_token is not None and job.active_since is not None
    last = segments[-1] if segments else None
    if last is not None and last.ended_at is None and not (works and last.attempt == job.attempt):
        _close(last, job)
    told = sum((one.seconds for one in segments if one.seconds is not None), Decimal(0))
    if (last is None or last.ended_at is not None) and clock(job) > told:
        # An attempt began and ended between two looks: its time is not forgotten.
        segments.append(_opened(run, job, number=len(segments) + 1, before=told))
        _close(segments[-1], job)
        told = clock(job)
    if works and (not segments or segments[-1].ended_at is not None):
        segments.append(_opened(run, job, number=len(segments) + 1, before=told))
    return segments


def _opened(run: TrainingRun, job: AIJob, *, number: int, before: Decimal) -> CostSegment:
    return CostSegment.objects.create(
        brand_id=job.brand_id,
        job=job,
        number=number,
        attempt=job.attempt,
        offer_id=run.offer_id,
        resources=run.resources,
        hourly_rate=run.hourly_rate,
        is_spot=run.is_spot,
        started_at=job.active_since or job.started_at or datetime.now(UTC),
        seconds_before=before,
    )


def _close(segment: CostSegment, job: AIJob) -> None:
    segment.seconds = max(clock(job) - segment.seconds_before, Decimal(0))
    segment.ended_at = job.completed_at or job.updated_at
    if segment.hourly_rate is not None:
        segment.cost = cost_of(segment.seconds, segment.hourly_rate)
    segment.save(update_fields=["seconds", "ended_at", "cost"])


# ---------------------------------------------------------------------- looking
def seconds_of(segment: CostSegment, job: AIJob, *, now: datetime | None = None) -> Decimal:
    """Its seconds so far; of the open one, by the clock that runs."""
    if segment.seconds is not None:
        return segment.seconds
    passed = Decimal(0)
    if job.active_since is not None:
        since = ((now or datetime.now(UTC)) - job.active_since).total_seconds()
        passed = Decimal(str(max(since, 0))).quantize(MILLISECOND)
    return max(clock(job) + passed - segment.seconds_before, Decimal(0))


def spent(segments: Sequence[CostSegment], job: AIJob) -> Decimal | None:
    """What it has cost so far; None as soon as one rate is not known."""
    total = Decimal(0)
    for one in segments:
        if one.hourly_rate is None:
            return None
        total += (
            one.cost if one.cost is not None else cost_of(seconds_of(one, job), one.hourly_rate)
        )
    return total


# ---------------------------------------------------------------------- booking
_NOTE = """
UPDATE ai_core_aijobdata SET usage = usage || %s::jsonb
WHERE job_id = %s AND NOT usage @> '[{"kind": "compute"}]'
RETURNING job_id
"""


def book(run: TrainingRun, job: AIJob) -> None:
    """Put the segments of a run that is over into its usage, once, and tell whoever books it."""
    entries = [_entry(one, job) for one in sync(run, job)]
    if not entries:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [json.dumps(entries), job.pk])
        if cursor.fetchone() is None:
            return
    fresh = AIJob.objects.filter(pk=job.pk).select_related("job_type", "brand", "data")
    announce(job_used, list(fresh))


def _entry(segment: CostSegment, job: AIJob) -> dict[str, Any]:
    """One entry of `AIJobData.usage`; no cost where the rate is not known."""
    known = segment.cost is not None
    return {
        "kind": KIND,
        "provider": segment.offer.provider if segment.offer and segment.offer.provider else KIND,
        "model": segment.resources,
        "status": "completed",
        "seconds": str(segment.seconds),
        "hourly_rate": money(segment.hourly_rate),
        "cost": money(segment.cost),
        "currency": CURRENCY,
        "price_status": str(PriceStatus.PRICED if known else PriceStatus.UNPRICED),
        "price_source": SOURCE if known else "",
        "attempt": segment.attempt,
        "at": (segment.ended_at or job.updated_at).isoformat(),
    }


def price_book(entry: Any, brand_id: int, at: datetime) -> Priced | None:
    """Price an entry of ours anew: its rate was agreed when the segment began."""
    if entry.get("kind") != KIND:
        return None
    rate, seconds = entry.get("hourly_rate"), entry.get("seconds")
    if rate is None or seconds is None:
        return Priced(amount=None, status=PriceStatus.UNPRICED)
    amount = cost_of(Decimal(str(seconds)), Decimal(str(rate)))
    return Priced(amount=amount, status=PriceStatus.PRICED, source=SOURCE)
