"""The cost card of a run (requirement MON-04): what it has cost, will cost, and may cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from ai_core.models import AIJob, Artifact
from ai_core.pricing import CURRENCY
from ai_core.sections import money
from ai_training.costs import seconds_of, spent
from ai_training.estimates import PLACES, SPOT_BUFFER, VARIES, cost_of
from ai_training.models import CostSegment, TrainingRun

YELLOW, RED = 80, 100  # percent of the estimate


@dataclass(frozen=True, kw_only=True)
class Tracker:
    """All of it, from the segments."""

    run: TrainingRun
    job: AIJob
    segments: Sequence[CostSegment]
    stored_bytes: int = 0

    @property
    def spent(self) -> Decimal | None:
        return spent(self.segments, self.job)

    @property
    def projected(self) -> Decimal | None:
        """What it will have cost at its last step, at the speed so far and today's rate."""
        so_far, run = self.spent, self.run
        if so_far is None or self.job.is_final or not run.total_steps or not run.step:
            return so_far if self.job.is_final else None
        if run.hourly_rate is None:
            return None
        seconds = sum((seconds_of(one, self.job) for one in self.segments), Decimal(0))
        left = max(run.total_steps - run.step, 0)
        return so_far + cost_of(seconds / run.step * left, run.hourly_rate)

    @property
    def percent(self) -> float | None:
        """Of the high end of the estimate."""
        if self.spent is None or not self.run.estimate_high:
            return None
        return round(float(self.spent / self.run.estimate_high * 100), 2)

    @property
    def level(self) -> str:
        if self.percent is None:
            return "unknown"
        return "green" if self.percent < YELLOW else "yellow" if self.percent <= RED else "red"

    def as_dict(self) -> dict[str, Any]:
        run, so_far, projected = self.run, self.spent, self.projected
        varies = None if projected is None or so_far is None else (projected - so_far) * VARIES
        over = self.percent is not None and self.percent > RED
        return {
            "currency": CURRENCY,
            "spent": money(so_far),
            "hourly_rate": money(run.hourly_rate),
            "pricing": "spot" if run.is_spot else "on_demand",
            "resources": run.resources,
            "active_seconds": float(
                sum((seconds_of(one, self.job) for one in self.segments), Decimal(0))
            ),
            "estimate_low": money(run.estimate_low),
            "estimate_high": money(run.estimate_high),
            "percent_of_estimate": self.percent,
            "level": self.level,
            "over_estimate": over,
            "projected": _cut(projected),
            "projected_low": None if varies is None else _cut(projected - varies),  # type: ignore[operator]
            "projected_high": None if varies is None else _cut(projected + varies),  # type: ignore[operator]
            "budget": money(run.budget),
            "budget_left": None
            if run.budget is None or so_far is None
            else money(max(run.budget - so_far, Decimal(0))),
            "items": self._items(),
            "segments": [described(one, self.job) for one in self.segments],
        }

    def _items(self) -> list[dict[str, Any]]:
        """The spot buffer is a part of the estimate: what may have to be computed again."""
        run = self.run
        items: list[dict[str, Any]] = [
            {"name": "compute", "amount": money(self.spent)},
            # The hub books nothing for what it keeps.
            {"name": "storage", "amount": money(Decimal(0)), "bytes": self.stored_bytes},
        ]
        if run.is_spot and run.estimate_low is not None:
            buffer = run.estimate_low / (1 - VARIES) * SPOT_BUFFER
            items.append({"name": "spot_buffer", "amount": _cut(buffer)})
        return items


def tracker_of(run: TrainingRun, job: AIJob) -> Tracker:
    segments = CostSegment.objects.filter(job=job).order_by("number")
    stored = Artifact.objects.filter(job=job).aggregate(bytes=Sum("size"))["bytes"] or 0
    return Tracker(run=run, job=job, segments=list(segments), stored_bytes=stored)


def described(segment: CostSegment, job: AIJob) -> dict[str, Any]:
    seconds = seconds_of(segment, job)
    rate = segment.hourly_rate
    return {
        "number": segment.number,
        "attempt": segment.attempt,
        "offer": segment.offer_id,
        "resources": segment.resources,
        "hourly_rate": money(rate),
        "pricing": "spot" if segment.is_spot else "on_demand",
        "started_at": segment.started_at,
        "ended_at": segment.ended_at,
        "active_seconds": float(seconds),
        "cost": None if rate is None else money(segment.cost or cost_of(seconds, rate)),
    }


def _cut(amount: Decimal | None) -> str | None:
    return money(None if amount is None else amount.quantize(PLACES))
