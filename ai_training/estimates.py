"""What a training will take and cost, judged by the brand's own runs; unknown stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import QuerySet

from ai_core.statuses import JobStatus
from ai_training.models import TrainingRun
from ai_training.wishes import Wishes

VARIES = Decimal("0.15")  # a projection is good to so much, either way
SPOT_BUFFER = Decimal("0.10")  # what is computed again after a machine was taken away
LOOKED_AT = 20
PLACES = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A range in money, and the time that it stands for."""

    seconds: float | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    spot_buffer: Decimal | None = None
    seconds_per_step: float | None = None
    judged_by: int = 0  # so many runs

    def as_dict(self) -> dict[str, Any]:
        return {
            "duration_seconds": self.seconds,
            "cost_low": _text(self.low),
            "cost_high": _text(self.high),
            "spot_buffer": _text(self.spot_buffer),
            "seconds_per_step": self.seconds_per_step,
            "judged_by_runs": self.judged_by,
        }


def estimate(wanted: Wishes, *, brand: Any, kind: str) -> Estimate:
    """Measure by runs of the same type on the same machines, else by the brand's other ones."""
    alike = TrainingRun.objects.filter(brand=brand, job__job_type__name=kind)
    paces = _paces(alike.filter(resources=wanted.resources)) or _paces(alike)
    if not paces or not wanted.total_steps:
        return Estimate(judged_by=len(paces))
    pace = median(paces)
    seconds = round(pace * wanted.total_steps, 3)
    found: dict[str, Any] = {
        "seconds": seconds,
        "seconds_per_step": round(pace, 6),
        "judged_by": len(paces),
    }
    if wanted.hourly_rate is None:
        return Estimate(**found)
    middle = cost_of(Decimal(str(seconds)), wanted.hourly_rate)
    buffer = (middle * SPOT_BUFFER if wanted.is_spot else Decimal(0)).quantize(PLACES)
    low, high = (middle * (1 - VARIES)), (middle * (1 + VARIES) + buffer)
    return Estimate(
        low=low.quantize(PLACES), high=high.quantize(PLACES), spot_buffer=buffer, **found
    )


def cost_of(seconds: Decimal, hourly_rate: Decimal) -> Decimal:
    return (seconds * hourly_rate / 3600).quantize(PLACES)


def _paces(runs: QuerySet[TrainingRun]) -> list[float]:
    """Seconds a step, of the newest runs that came to their end."""
    done = runs.filter(job__status=JobStatus.COMPLETED, step__gt=0, job__active_seconds__gt=0)
    newest = done.order_by("-job")[:LOOKED_AT].values_list("job__active_seconds", "step")
    return [seconds / step for seconds, step in newest]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.6f}"
