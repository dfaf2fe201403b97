"""Counts, rates and times over the jobs of a brand, or of all brands (HUB-10, HUB-11, HUB-14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from ai_core import rows, tally
from ai_core.errors import InvalidStatus
from ai_core.models import AIJob, AIJobType
from ai_core.sections import Money, cost_column, money
from ai_core.statuses import JobStatus, Priority
from brands.models import Brand
from brands.scoping import ALL_BRANDS, AllBrands

RECENT = 10
DAYS = 14
TOP_TYPES = 5
MEASURED = 2_000  # mean and p95 are those of the newest completed jobs
BY_STATUS = 100
_NOTHING = Money(Decimal(0), 0)


class StatusService:
    """What there is to say about many jobs. No brand named means every brand, as for a service."""

    @staticmethod
    def get_dashboard_stats(brand: Brand | AllBrands | None = None) -> dict[str, Any]:
        """Return the dashboard: the seed's five keys, and the seed's fields in each."""
        scope = brand or ALL_BRANDS
        counts, spent = Tally.of(scope), _spent(scope)
        days = _daily_activity(scope)
        newest = AIJob.objects.for_brand(scope).order_by("-created_at", "-id")
        recent = rows.rows(newest.values_list("pk", flat=True)[:RECENT])
        return {
            "stats": {
                "total_jobs": counts.total,
                "jobs_today": days[0]["jobs"],
                **{status.value: counts.by_status[status.value] for status in JobStatus},
                "success_rate": counts.success_rate,
                **_times(scope),
                **_cost(spent),
                "by_priority": {one.word: counts.by_priority[one.value] for one in Priority},
            },
            "recent_jobs": [row.as_dict() for row in recent],
            "top_job_types": _top_types(counts),
            "daily_activity": days,
            "brand_breakdown": _brand_breakdown(scope, counts, spent),
        }

    @staticmethod
    def get_jobs_by_status(
        status: str, brand: Brand | AllBrands | None = None, *, limit: int = BY_STATUS
    ) -> dict[str, Any]:
        """Return the newest jobs in a status, and how many there are."""
        if status not in JobStatus.values:
            raise InvalidStatus(
                _("There is no status '%(status)s'.") % {"status": status[:80]}
                if status
                else _("Name a status."),
                errors={"status": [_("Valid: %(all)s.") % {"all": ", ".join(JobStatus.values)}]},
                valid=JobStatus.values,
            )
        scope = brand or ALL_BRANDS
        found = AIJob.objects.for_brand(scope).filter(status=status)
        numbers = list(found.order_by("-created_at", "-id").values_list("pk", flat=True)[:limit])
        count = len(numbers) if len(numbers) < limit else Tally.of(scope).by_status[status]
        return {"jobs": [row.as_dict() for row in rows.rows(numbers)], "count": count}

    @staticmethod
    def get_brand_breakdown(brand: Brand | AllBrands | None = None) -> list[dict[str, Any]]:
        """Return how many jobs each brand has, and what they cost; the busiest first."""
        scope = brand or ALL_BRANDS
        return _brand_breakdown(scope, Tally.of(scope), _spent(scope))


@dataclass(frozen=True)
class Tally:
    """How many jobs there are, by each of the ways in which the dashboard counts them."""

    piles: list[tally.Pile]

    @classmethod
    def of(cls, scope: Brand | AllBrands) -> Tally:
        return cls(tally.piles(scope))

    @property
    def total(self) -> int:
        return sum(pile.jobs for pile in self.piles)

    @property
    def by_status(self) -> Counter[str]:
        return self._by("status")

    @property
    def by_priority(self) -> Counter[int]:
        return self._by("priority")

    @property
    def by_type(self) -> Counter[int]:
        return self._by("job_type")

    @property
    def by_brand(self) -> Counter[int]:
        return self._by("brand")

    @property
    def success_rate(self) -> float | None:
        """Completed of all that came to an end by themselves; a cancelled job says nothing."""
        by = self.by_status
        ended = by["completed"] + by["failed"] + by["timeout"]
        return round(by["completed"] / ended, 4) if ended else None

    def _by(self, column: str) -> Counter[Any]:
        counted: Counter[Any] = Counter()
        for pile in self.piles:
            counted[getattr(pile, column)] += pile.jobs
        return counted


def _times(scope: Brand | AllBrands) -> dict[str, float | None]:
    newest = (
        AIJob.objects.for_brand(scope)
        .filter(status=JobStatus.COMPLETED)
        .order_by("-created_at", "-id")
        .values("active_seconds")[:MEASURED]
    )
    sql, parameters = newest.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT avg(active_seconds),
            percentile_cont(0.95) WITHIN GROUP (ORDER BY active_seconds) FROM ({sql}) measured""",  # noqa: S608 (Django's own SQL)
            parameters,
        )
        mean, p95 = cursor.fetchone()
    return {"avg_execution_seconds": _rounded(mean), "p95_execution_seconds": _rounded(p95)}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _spent(scope: Brand | AllBrands) -> Mapping[int, Money]:
    column = cost_column()
    return column.by_brand(scope) if column else {}


def _cost(spent: Mapping[int, Money]) -> dict[str, Any]:
    total = sum((one.total for one in spent.values()), Decimal(0))
    return {"total_cost": money(total), "unpriced_jobs": sum(o.unpriced for o in spent.values())}


def _top_types(counts: Tally) -> list[dict[str, Any]]:
    names = dict(AIJobType.objects.values_list("pk", "name"))
    return [
        {"name": names[number], "count": count}
        for number, count in counts.by_type.most_common(TOP_TYPES)
    ]


def _brand_breakdown(
    scope: Brand | AllBrands, counts: Tally, spent: Mapping[int, Money]
) -> list[dict[str, Any]]:
    counted = counts.by_brand
    return [
        {
            "brand_id": brand.pk,
            "brand_name": brand.name,
            "jobs": counted[brand.pk],
            "cost": money(spent.get(brand.pk, _NOTHING).total),
            "unpriced_jobs": spent.get(brand.pk, _NOTHING).unpriced,
        }
        for brand in sorted(
            _brands(scope, counted), key=lambda brand: (-counted[brand.pk], brand.name)
        )
    ]


def _brands(scope: Brand | AllBrands, counted: Iterable[int]) -> Iterable[Brand]:
    return Brand.objects.filter(pk__in=list(counted)) if scope is ALL_BRANDS else [scope]


def _daily_activity(scope: Brand | AllBrands) -> list[dict[str, Any]]:
    """Count the last days, today first, as the brand's time zone cuts them."""
    zone = ZoneInfo("UTC") if scope is ALL_BRANDS else ZoneInfo(scope.time_zone)
    today = datetime.now(UTC).astimezone(zone).date()
    since = datetime.combine(today - timedelta(days=DAYS - 1), time(), tzinfo=zone)
    made = tally.by_day(scope, since=since, zone=zone)
    column = cost_column()
    spent = column.by_day(scope, since=since, zone=zone) if column else {}
    return [
        {
            "date": day.isoformat(),
            "jobs": made[day].made if day in made else 0,
            "total_cost": money(spent.get(day, _NOTHING).total),
        }
        for day in (today - timedelta(days=back) for back in range(DAYS))
    ]
