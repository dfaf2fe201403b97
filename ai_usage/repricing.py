"""Asks the price books again for what was booked; nothing changes before it was shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from ai_core.models import AIJobData
from ai_usage import booking
from ai_usage.bill import bill_of
from ai_usage.models import AIJobUsage
from brands.models import Brand

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Change:
    """A bill that would be another one under today's price books."""

    job_id: int
    model: str
    before: Decimal | None
    after: Decimal | None
    source: str


def reprice(*, since: date, brand: Brand | None = None, dry_run: bool) -> Iterator[Change]:
    """Price every job since that day anew, at the prices of its own time."""
    rows = AIJobUsage.objects.filter(day__gte=since, calls__gt=0).order_by("job_id")
    if brand is not None:
        rows = rows.filter(brand=brand)
    last = 0
    while True:
        with transaction.atomic():
            batch = list(rows.filter(job_id__gt=last).select_for_update(of=("self",))[:BATCH])
            # What was read with the lock may be older than it: a late entry may have come between.
            fresh = AIJobData.objects.filter(job__in=[row.job_id for row in batch])
            told = dict(fresh.values_list("job_id", "usage"))
            changes = [change for row in batch if (change := _repriced(row, told, dry_run=dry_run))]
        yield from changes
        if len(batch) < BATCH:
            return
        last = batch[-1].job_id


def _repriced(row: AIJobUsage, told: Mapping[int, Any], *, dry_run: bool) -> Change | None:
    bill = bill_of(told.get(row.job_id) or [], brand_id=row.brand_id, at=row.ended_at, anew=True)
    same = (bill.cost, bill.known_cost) == (row.total_cost, row.known_cost)
    if same:
        return None
    after = booking.filled(copy(row), bill)
    if not dry_run:
        booking.replace(row, after)
    return Change(
        job_id=row.job_id,
        model=f"{row.provider_name}/{row.model}",
        before=row.total_cost,
        after=after.total_cost,
        source=after.price_source,
    )
