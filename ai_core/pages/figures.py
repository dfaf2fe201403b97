"""The figures above the list: what runs and waits now, what today and the last week brought."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Min
from django.utils import timezone
from redis.exceptions import RedisError

from ai_core import tally
from ai_core.models import AIJob
from ai_core.sections import cost_column
from ai_core.statuses import JobStatus
from brands.access import Access

DAYS = 7
SLOW_SECONDS = 0.05
FRESH_SECONDS = 5


@dataclass(frozen=True)
class Figures:
    """Counts over the jobs of a scope; days are those of the brand's time zone."""

    by_status: dict[str, int]
    ended: list[tuple[date, str, int]]
    today: date
    oldest_waiting: datetime | None
    spent: Decimal | None
    unpriced: int

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    @property
    def failed(self) -> int:
        return self.by_status.get("failed", 0) + self.by_status.get("timeout", 0)

    @property
    def active(self) -> int:
        return self.by_status.get("running", 0) + self.by_status.get("paused", 0)

    @property
    def week_begins(self) -> date:
        return self.today - timedelta(days=DAYS - 1)

    @property
    def done_today(self) -> int:
        return self._ended({"completed"}, self.today)

    @property
    def done_yesterday(self) -> int:
        return self._ended({"completed"}, self.today - timedelta(days=1))

    @property
    def failed_today(self) -> int:
        return self._ended({"failed", "timeout"}, self.today)

    @property
    def done_week(self) -> int:
        return sum(jobs for _day, status, jobs in self.ended if status == "completed")

    @property
    def ended_week(self) -> int:
        return sum(jobs for _day, status, jobs in self.ended if status != "cancelled")

    @property
    def success_rate(self) -> float | None:
        return self.done_week / self.ended_week if self.ended_week else None

    @property
    def done_by_day(self) -> list[int]:
        days = [self.week_begins + timedelta(days=step) for step in range(DAYS)]
        return [self._ended({"completed"}, day) for day in days]

    @property
    def spark(self) -> str:
        return sparkline(self.done_by_day)

    def _ended(self, statuses: set[str], day: date) -> int:
        return sum(jobs for when, status, jobs in self.ended if when == day and status in statuses)


def sparkline(values: list[int], *, width: int = 72, height: int = 22) -> str:
    """Points of an SVG polyline."""
    most = max([*values, 1])
    step = width / max(len(values) - 1, 1)
    return " ".join(
        f"{index * step:.1f},{height - 1 - (height - 2) * value / most:.1f}"
        for index, value in enumerate(values)
    )


def figures(access: Access) -> Figures:
    """Count; what took long to count is told again for some seconds, as many look at once."""
    scope = access.brand.pk if access.brand else "all"
    key = f"pages:figures:{scope}:{timezone.get_current_timezone_name()}"
    try:
        found = cache.get(key)
        if found is None:
            begun = perf_counter()
            found = _counted(access)
            if perf_counter() - begun > SLOW_SECONDS:
                cache.set(key, found, FRESH_SECONDS)
    except RedisError:  # without Valkey the pages are slower, not gone
        return _counted(access)
    return found


def _counted(access: Access) -> Figures:
    zone = timezone.get_current_timezone()
    today = timezone.localdate()
    midnight = datetime.combine(today, time(), tzinfo=zone)
    jobs: Any = AIJob.objects.for_brand(access.scope).order_by()
    days = tally.by_day(access.scope, since=midnight - timedelta(days=DAYS - 1), zone=zone)
    ended = [
        (day, status, getattr(found, status))
        for day, found in days.items()
        for status in ("completed", "failed", "timeout", "cancelled")
        if getattr(found, status)
    ]
    spent, unpriced = _spent(access, midnight, ZoneInfo(str(zone)), today)
    by_status: Counter[str] = Counter()
    for pile in tally.piles(access.scope):
        by_status[pile.status] += pile.jobs
    return Figures(
        by_status={status: by_status[status] for status in JobStatus.values},
        ended=ended,
        today=today,
        oldest_waiting=jobs.filter(status=JobStatus.PENDING, due=True).aggregate(
            at=Min("created_at")
        )["at"],
        spent=spent,
        unpriced=unpriced,
    )


def _spent(
    access: Access, midnight: datetime, zone: ZoneInfo, today: date
) -> tuple[Decimal | None, int]:
    column = cost_column()
    if column is None or access.scope is None:
        return None, 0
    found = column.by_day(access.scope, since=midnight, zone=zone).get(today)
    return (found.total, found.unpriced) if found else (Decimal(0), 0)
