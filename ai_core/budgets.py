"""The door for budgets: one app says what a brand may still use, any other may show it.

Siblings never import each other, so who keeps limits (providers) and who shows them (usage, the
pages around all others) meet here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brands.models import Brand

WARNS_AT, NEARLY_OVER_AT = 80, 95  # percent


@dataclass(frozen=True, kw_only=True)
class Budget:
    """One limit as it stands now."""

    id: int
    name: str
    """For whom or what it holds; empty: for everything together."""
    unit: str
    """A currency, or `tokens`."""
    limit: Decimal
    used: Decimal
    held: Decimal
    is_hard: bool
    mode: str
    period: str
    resets_at: datetime
    provider: int | None = None
    passed: int = 0
    """The highest threshold that people were told of in this period, in percent."""
    passed_at: datetime | None = None

    @property
    def taken(self) -> Decimal:
        return self.used + self.held

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.taken, Decimal(0))

    @property
    def percent(self) -> float:
        if not self.limit:
            return 100.0
        return float(100 * self.taken / self.limit)

    @property
    def share_used(self) -> int:
        return min(100, round(float(100 * self.used / self.limit))) if self.limit else 100

    @property
    def share_held(self) -> int:
        return max(0, min(100, round(self.percent)) - self.share_used)

    @property
    def state(self) -> str:
        """`ok`, `warns`, `nearly` or `over`: what the bar says beside its length."""
        if self.percent >= 100:
            return "over"
        if self.percent >= NEARLY_OVER_AT:
            return "nearly"
        return "warns" if self.percent >= WARNS_AT else "ok"


Report = Callable[["Brand"], list[Budget]]

_reports: list[Report] = []


def register_report(report: Report) -> None:
    if report not in _reports:
        _reports.append(report)


def budgets_of(brand: Brand) -> list[Budget]:
    """Return every limit of the brand, those nearest to their end first."""
    found = [budget for report in _reports for budget in report(brand)]
    return sorted(found, key=lambda one: (-one.percent, one.name, one.unit))
