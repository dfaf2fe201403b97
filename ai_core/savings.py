"""What a job has cost so far, and what stopping it would save (MON-07); unknown stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ai_core.analysis import analyse
from ai_core.models import AIJob
from ai_core.statuses import JobStatus

ENOUGH = 3  # per cent; before that its own speed says nothing


@dataclass(frozen=True)
class Savings:
    """`shown` is False where jobs have no cost at all: no app that knows prices is installed."""

    shown: bool
    spent: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    is_projected: bool = False

    @property
    def is_known(self) -> bool:
        return self.high is not None

    @property
    def is_free(self) -> bool:
        return self.high == 0 and not self.spent

    @property
    def is_range(self) -> bool:
        return self.low != self.high


def savings_of(job: AIJob, row: dict[str, Any], *, user_id: int | None) -> Savings:
    """From its own speed where it has one, else from the estimate of its type."""
    if "cost" not in row:
        return Savings(shown=False)
    spent = Decimal(row["cost"]) if row["cost"] is not None else None
    done = row["progress_percentage"]
    if spent and ENOUGH <= done < 100:
        rest = spent * (100 - done) / done
        return Savings(True, spent, rest, rest, is_projected=True)
    if job.status == JobStatus.DRAFT:
        return Savings(True, spent)
    outlook = analyse(job, user_id=user_id)
    if outlook.cost is None or outlook.cost["high"] is None:
        return Savings(True, spent)
    low = outlook.cost["low"] if outlook.cost["low"] is not None else outlook.cost["high"]
    already = spent or Decimal(0)
    least, most = (max(Decimal(0), Decimal(one) - already) for one in (low, outlook.cost["high"]))
    return Savings(True, spent, least, most)
