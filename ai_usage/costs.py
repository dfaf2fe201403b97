"""What the core's dashboards are told of costs: from the sums of days, not from every bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection

from ai_core.sections import CostColumn, Money
from brands.scoping import ALL_BRANDS

if TYPE_CHECKING:
    from ai_core.sections import Scope


@dataclass(frozen=True, kw_only=True)
class SummedCosts(CostColumn):
    """What was spent stays spent: a deleted job leaves lists and counts, its cost stays."""

    def total(self, scope: Scope) -> Money:
        parts = self.by_brand(scope).values()
        return Money(
            sum((one.total for one in parts), Decimal(0)), sum(one.unpriced for one in parts)
        )

    def by_day(self, scope: Scope, *, since: datetime, zone: tzinfo) -> dict[date, Money]:
        """Sum by the day on which a job ended, where its brand is."""
        return _sums("day", scope, "day >= %s", [since.astimezone(zone).date()])

    def by_brand(self, scope: Scope) -> dict[int, Money]:
        return _sums("brand_id", scope, "true", [])


def _sums(column: str, scope: Scope, condition: str, values: list[Any]) -> dict[Any, Money]:
    if scope is None:
        return {}
    if scope is not ALL_BRANDS:
        condition, values = f"{condition} AND brand_id = %s", [*values, scope.pk]
    parts = " UNION ALL ".join(
        f"SELECT {column}, sum(cost) AS cost, sum(unpriced) AS unpriced"  # noqa: S608  (ours)
        f" FROM ai_usage_{table} WHERE {condition} GROUP BY {column}"
        for table in ("dailyusage", "usagedelta")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column}, sum(cost), sum(unpriced) FROM ({parts}) both_of_them"  # noqa: S608
            f" GROUP BY {column}",
            [*values, *values],
        )
        return {row[0]: Money(row[1], int(row[2])) for row in cursor.fetchall()}
