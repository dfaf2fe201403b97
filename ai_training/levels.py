"""Long curves, drawn fast: the extremes of each stretch of steps, kept beside the figures.

The core keeps every figure of every step (`JobMetric`). Here stretches that will hardly change any
more are summed up once, so that a million points are read as a few thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min, Sum

from ai_core.models import AIJob, JobMetric
from ai_training.models import MetricLevel, TrainingRun

LONG = 20_000  # steps from which on a curve has levels
BUCKET_POINTS = 256
TAIL_PARTS, LONGEST_TAIL = 4, 500
ANY = ""  # the name under which the points themselves are counted


@dataclass(frozen=True)
class Curve:
    """At most about as many rows as were asked for; `downsampled` says whether any are missing."""

    rows: list[dict[str, Any]]
    total_points: int
    downsampled: bool


_SUM_UP = """
INSERT INTO ai_training_metriclevel
  (job_id, name, bucket, points, low, low_step, high, high_step)
SELECT %(job)s, f.name, m.step / %(width)s, count(*),
  min(f.figure), (min(ARRAY[f.figure, m.step]))[2]::bigint,
  max(f.figure), (max(ARRAY[f.figure, m.step]))[2]::bigint
FROM ai_core_jobmetric m, LATERAL (
  SELECT '' AS name, m.step::float8 AS figure
  UNION ALL
  SELECT v.key, v.value::text::float8 FROM jsonb_each(m.values) v
  WHERE jsonb_typeof(v.value) = 'number'
) f
WHERE m.job_id = %(job)s AND m.step >= %(first)s AND m.step < %(until)s
GROUP BY f.name, m.step / %(width)s
ON CONFLICT (job_id, name, bucket) DO UPDATE SET points = excluded.points, low = excluded.low,
  low_step = excluded.low_step, high = excluded.high, high_step = excluded.high_step
"""


def catch_up(run: TrainingRun) -> None:
    """Sum up the stretches that are complete; cheap where nothing is new."""
    span = JobMetric.objects.filter(job=run.pk).aggregate(first=Min("step"), last=Max("step"))
    if span["last"] is None or span["last"] - span["first"] < LONG:
        return
    with transaction.atomic():
        locked = TrainingRun.objects.select_for_update(no_key=True, skip_locked=True)
        run = locked.filter(pk=run.pk).first()  # type: ignore[assignment]
        if run is None:
            return
        _begin(run, span["last"] - span["first"])
        _follow_attempt(run)
        width = run.level_width
        until = span["last"] // width * width
        if until > run.level_until:
            with connection.cursor() as cursor:
                values = {"job": run.pk, "width": width, "first": run.level_until, "until": until}
                cursor.execute(_SUM_UP, values)
            run.level_until = until
        run.save(update_fields=["level_width", "level_until", "level_attempt"])


def _begin(run: TrainingRun, span: int) -> None:
    """Choose how many steps a stretch has: about BUCKET_POINTS points, however sparse they are."""
    if run.level_width:
        return
    points = JobMetric.objects.filter(job=run.pk).count()
    run.level_width = max(1, span // max(points, 1)) * BUCKET_POINTS


def _follow_attempt(run: TrainingRun) -> None:
    """Another attempt went back to a checkpoint: what it wrote over is summed up again."""
    attempt = AIJob.objects.values_list("attempt", flat=True).get(pk=run.pk)
    if attempt == run.level_attempt:
        return
    again = JobMetric.objects.filter(job=run.pk, attempt__gt=run.level_attempt)
    first = again.aggregate(first=Min("step"))["first"]
    if first is not None:
        stale(run, first)
    run.level_attempt = attempt


def stale(run: TrainingRun, step: int) -> None:
    """Figures from this step on have changed."""
    if run.level_width and step < run.level_until:
        run.level_until = step // run.level_width * run.level_width


# ---------------------------------------------------------------------- drawing
def curve_of(  # noqa: PLR0913  (a range of a curve, and how much of it)
    run: TrainingRun,
    *,
    points: int,
    names: Sequence[str] = (),
    since_step: int | None = None,
    first: int | None = None,
    last: int | None = None,
) -> Curve:
    """Rows oldest first, of a range of steps; minima, maxima and the newest steps always stay."""
    catch_up(run)
    run = TrainingRun.objects.get(pk=run.pk)
    found = JobMetric.objects.filter(job=run.pk)
    begin = max(first or 0, 0 if since_step is None else since_step + 1)
    found = found.filter(step__gte=begin)
    if last is not None:
        found = found.filter(step__lte=last)
    total = _count(run, found, begin=begin, last=last)
    if total <= points:
        return Curve(_rows(found, names), total, downsampled=False)
    newest = list(found.order_by("-step").values_list("step", flat=True)[: _tail(points)])
    kept = {*newest, *found.order_by("step").values_list("step", flat=True)[:1]}
    wanted = list(names) or _drawn(run, found)
    share = max((points - len(newest)) // (2 * max(len(wanted), 1)), 4)
    for name in wanted:
        kept |= _extremes(run, name, begin=begin, end=newest[-1], stretches=share)
    return Curve(_rows(JobMetric.objects.filter(job=run.pk, step__in=kept), names), total, True)


def newest(run: TrainingRun) -> Curve:
    """The last row alone, for those who ask often."""
    found = JobMetric.objects.filter(job=run.pk)
    last = found.order_by("-step").values_list("step", flat=True)[:1]
    shown = _rows(found.filter(step__in=list(last)), ())
    return Curve(shown, _count(run, found, begin=0, last=None), downsampled=bool(shown))


def _tail(points: int) -> int:
    return min(max(points // TAIL_PARTS, 1), LONGEST_TAIL)


def _count(run: TrainingRun, found: Any, *, begin: int, last: int | None) -> int:
    """How many points there are; whole curves by their levels, since counting a million is slow."""
    if begin > 0 or last is not None or not run.level_until:
        return found.count()
    summed = MetricLevel.objects.filter(job=run.pk, name=ANY).aggregate(n=Sum("points"))["n"] or 0
    return summed + found.filter(step__gte=run.level_until).count()


def _drawn(run: TrainingRun, found: Any) -> list[str]:
    """The figures of the curve that this run has at all."""
    known = [name for name in ("training_loss", "validation_loss") if name in run.latest]
    if known:
        return known
    one = found.values_list("values", flat=True).first() or {}
    return [name for name, value in one.items() if isinstance(value, int | float)][:3]


_FROM_LEVELS = """
SELECT (min(ARRAY[low, low_step]))[2]::bigint, (max(ARRAY[high, high_step]))[2]::bigint
FROM ai_training_metriclevel
WHERE job_id = %(job)s AND name = %(name)s AND bucket >= %(first)s AND bucket < %(until)s
GROUP BY width_bucket(bucket, %(first)s, %(until)s, %(stretches)s)
"""
_FROM_POINTS = """
SELECT (min(ARRAY[figure, step]))[2]::bigint, (max(ARRAY[figure, step]))[2]::bigint
FROM (SELECT m.step, (m.values->>%(name)s)::float8 AS figure FROM ai_core_jobmetric m
  WHERE m.job_id = %(job)s AND m.step >= %(first)s AND m.step < %(until)s
    AND jsonb_typeof(m.values->%(name)s) = 'number') drawn
GROUP BY width_bucket(step, %(first)s, %(until)s, %(stretches)s)
"""


def _extremes(run: TrainingRun, name: str, *, begin: int, end: int, stretches: int) -> set[int]:
    """Steps of the lowest and the highest figure in each stretch between two steps."""
    width, until = run.level_width, min(run.level_until, end)
    kept: set[int] = set()
    whole_first, whole_until = (-(-begin // width), until // width) if width else (0, 0)
    if whole_until - whole_first < 2 * stretches:
        return _ask(_FROM_POINTS, run, name, begin, end, stretches)
    kept |= _ask(_FROM_LEVELS, run, name, whole_first, whole_until, stretches)
    if begin < whole_first * width:
        kept |= _ask(_FROM_POINTS, run, name, begin, whole_first * width, 2)
    if whole_until * width < end:
        kept |= _ask(_FROM_POINTS, run, name, whole_until * width, end, max(stretches // 8, 2))
    return kept


def _ask(  # noqa: PLR0913, PLR0917  (a range of one figure of one run)
    query: str, run: TrainingRun, name: str, first: int, until: int, stretches: int
) -> set[int]:
    if until <= first:
        return set()
    values = {
        "job": run.pk, "name": name, "first": first, "until": until, "stretches": stretches,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return {step for row in cursor.fetchall() for step in row}


def _rows(found: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    shown = found.order_by("step").values_list("step", "epoch", "at", "values")
    return [
        {
            **({name: values.get(name) for name in names} if names else values),
            "step": step,
            "epoch": epoch,
            "time": at,
        }
        for step, epoch, at, values in shown
    ]
