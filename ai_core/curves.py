"""The figures of a training over its steps, thinned out where there are more than can be drawn.

Thinning keeps the shape: in each stretch of steps the lowest and the highest loss stay, and the
newest steps stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from ai_core.models import JobMetric

TAIL = 4  # one part in so many of the points goes to the newest steps
LONGEST_TAIL = 500

# An array compares by its first element, so min() of it finds the step of the lowest figure.
_EXTREMES = """
WITH drawn AS (
  SELECT m.step, coalesce(
    (m.values->>'training_loss')::float8, (m.values->>'loss')::float8,
    (m.values->>'validation_loss')::float8, 0) AS figure,
    width_bucket(m.step, %(first)s, %(last)s, %(stretches)s) AS stretch
  FROM ai_core_jobmetric m WHERE m.job_id = %(job)s AND m.step >= %(first)s AND m.step < %(last)s
)
SELECT min(step), (min(ARRAY[figure, step]))[2]::bigint, (max(ARRAY[figure, step]))[2]::bigint
FROM drawn GROUP BY stretch
"""


@dataclass(frozen=True)
class Curve:
    rows: list[dict[str, Any]]
    total_points: int
    downsampled: bool


def curve_of(job_pk: int, *, since_step: int | None = None, points: int) -> Curve:
    """Return at most about `points` rows, oldest first, of the steps after `since_step`."""
    found = JobMetric.objects.filter(job=job_pk)
    if since_step is not None:
        found = found.filter(step__gt=since_step)
    total = found.count()
    if total <= points:
        return Curve(_rows(found), total, downsampled=False)
    steps = found.order_by("-step").values_list("step", flat=True)
    tail = list(steps[: min(max(points // TAIL, 1), LONGEST_TAIL)])
    first = found.order_by("step").values_list("step", flat=True)[0]
    kept = set(tail)
    with connection.cursor() as cursor:
        cursor.execute(
            _EXTREMES,
            {
                "job": job_pk,
                "first": first,
                "last": max(tail[-1], first + 1),
                "stretches": max((points - len(tail)) // 3, 1),
            },
        )
        for chosen in cursor.fetchall():
            kept.update(chosen)
    return Curve(_rows(found.filter(step__in=kept)), total, downsampled=True)


def _rows(found: Any) -> list[dict[str, Any]]:
    shown = found.order_by("step").values_list("step", "epoch", "at", "values")
    return [
        {**values, "step": step, "epoch": epoch, "time": at} for step, epoch, at, values in shown
    ]
