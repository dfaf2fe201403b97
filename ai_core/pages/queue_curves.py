"""How a queue went in the last day, hour by hour: who waits, how long, how much gets done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import TruncHour

from ai_core.models import AIJob, Queue
from ai_core.statuses import FINAL, JobStatus
from brands.access import Access

HOURS = 24
OLDEST = timedelta(days=8)  # a job that waited longer than that is in none of the curves
HEIGHT, STEP = 100, 14


@dataclass(frozen=True)
class Hour:
    """One hour: how many waited at its end, how long those waited that started, how many ended."""

    at: datetime
    depth: int
    wait: float | None
    ended: int


@dataclass(frozen=True)
class Bar:
    x: int
    top: float
    height: float


@dataclass(frozen=True)
class Curves:
    hours: list[Hour]

    @property
    def is_empty(self) -> bool:
        return not any(hour.depth or hour.ended or hour.wait for hour in self.hours)

    @property
    def deepest(self) -> int:
        return max(hour.depth for hour in self.hours)

    @property
    def longest(self) -> float:
        return max((hour.wait or 0.0) for hour in self.hours)

    @property
    def busiest(self) -> int:
        return max(hour.ended for hour in self.hours)

    @property
    def width(self) -> int:
        return HOURS * STEP

    @property
    def depth_bars(self) -> list[Bar]:
        return _bars([hour.depth for hour in self.hours])

    @property
    def wait_bars(self) -> list[Bar]:
        return _bars([hour.wait or 0 for hour in self.hours])

    @property
    def ended_bars(self) -> list[Bar]:
        return _bars([hour.ended for hour in self.hours])


def curves_of(queue: Queue, access: Access) -> Curves:
    now = datetime.now(UTC)
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    jobs: Any = AIJob.objects.for_brand(access.scope).filter(queue=queue).order_by()
    recent = jobs.filter(created_at__gte=now - OLDEST)
    came = _by_hour(recent, "created_at", since, ~Q(status=JobStatus.DRAFT))
    ended = _by_hour(recent, "completed_at", since, Q())
    unstarted = _by_hour(recent, "completed_at", since, Q(started_at=None, status__in=FINAL))
    started, waits = _starts(recent, since)
    depth = jobs.filter(status=JobStatus.PENDING).count()
    found = []
    for step in range(HOURS):
        at = since + timedelta(hours=HOURS - 1 - step)
        found.append(Hour(at, max(0, depth), waits.get(at), ended.get(at, 0)))
        depth += started.get(at, 0) + unstarted.get(at, 0) - came.get(at, 0)
    return Curves(found[::-1])


def _by_hour(jobs: QuerySet, column: str, since: datetime, which: Q) -> dict[datetime, int]:
    found = jobs.filter(which, **{f"{column}__gte": since})
    return dict(
        found.annotate(hour=TruncHour(column, tzinfo=UTC))
        .values_list("hour")
        .annotate(number=Count("pk"))
    )


def _starts(jobs: QuerySet, since: datetime) -> tuple[dict[datetime, int], dict[datetime, float]]:
    wait = ExpressionWrapper(F("started_at") - F("created_at"), output_field=DurationField())
    found = list(
        jobs.filter(started_at__gte=since)
        .annotate(hour=TruncHour("started_at", tzinfo=UTC))
        .values_list("hour")
        .annotate(number=Count("pk"), mean=Avg(wait, filter=Q(run_after=None)))
    )
    waits = {hour: mean.total_seconds() for hour, _number, mean in found if mean is not None}
    return {hour: number for hour, number, _mean in found}, waits


def _bars(values: Sequence[float]) -> list[Bar]:
    """Heights in the drawing; what is not nothing is never flat."""
    most = max([*values, 1])
    heights = [max(2.0, round(HEIGHT * value / most, 1)) if value else 0.0 for value in values]
    return [Bar(index * STEP + 2, HEIGHT - height, height) for index, height in enumerate(heights)]
