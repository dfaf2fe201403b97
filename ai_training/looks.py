"""How a run looks as a whole: its standing, cost, guard rails, trends and pauses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ai_core.models import AIJob, JobEvent
from ai_core.models.records import EventType
from ai_core.sections import money
from ai_core.statuses import JobStatus
from ai_training import costs, holding, levels, runs, sections, trackers
from ai_training.models import Checkpoint, GuardRail, TrainingRun


def whole(run: TrainingRun) -> dict[str, Any]:
    """All that is known of one run; it came with its job, dataset, configuration and offer."""
    job = run.job
    tracker = trackers.tracker_of(run, job)
    return {
        "id": job.pk,
        "job_id": job.job_id,
        "status": job.status,
        "stop": holding.order_for(job),
        "progress_percentage": job.progress_percentage,
        "training": sections.shown(run),
        "hyperparameters": run.hyperparameters,
        "labels": run.labels,
        "cost": tracker.as_dict(),
        "guard_rails": rails(run),
        "metrics": trends(run),
        "checkpoints": Checkpoint.objects.filter(job=job).count(),
        "paused_seconds": paused_seconds(job),
        "seconds_left": seconds_left(tracker),
        "runner": run.runner,
    }


def rails(run: TrainingRun) -> list[dict[str, Any]]:
    return [
        {
            "kind": rail.kind,
            "limit": money(rail.limit),
            "action": rail.action,
            "fired_at": rail.fired_at,
            "reason": rail.reason,
        }
        for rail in GuardRail.objects.filter(job=run.pk)
    ]


def trends(run: TrainingRun) -> list[dict[str, Any]]:
    """Each figure with the one before it (requirement MON-03)."""
    found = []
    for name, value in run.latest.items():
        before = run.before_latest.get(name)
        change = None if not before else round((value - before) / abs(before) * 100, 2)
        found.append(
            {
                "name": name,
                "value": value,
                "step": run.latest_steps.get(name, run.step),
                "before": before,
                "change_percent": change,
            }
        )
    return found


def paused_seconds(job: AIJob) -> float:
    """How long it has been paused, all pauses together; it cost nothing then."""
    moves = JobEvent.objects.filter(job=job, type=EventType.STATUS).exclude(new_status="")
    total, since = 0.0, None
    for status, at in moves.order_by("id").values_list("new_status", "at"):
        if since is not None:
            total += (at - since).total_seconds()
        since = at if status == JobStatus.PAUSED else None
    if since is not None:
        total += (datetime.now(UTC) - since).total_seconds()
    return round(total, 3)


def seconds_left(tracker: trackers.Tracker) -> float | None:
    """At the speed so far; None before the first step, or where the end is not known."""
    run, job = tracker.run, tracker.job
    if job.is_final or not run.total_steps or not run.step:
        return None
    active = sum(float(costs.seconds_of(one, job)) for one in tracker.segments)
    return round(active / run.step * max(run.total_steps - run.step, 0), 1)


def compared(found: Sequence[TrainingRun], *, points: int) -> dict[str, Any]:
    """Runs beside one another: curves, costs, and in what their settings differ."""
    shown = []
    for run in found:
        tracker = trackers.tracker_of(run, run.job)
        curve = levels.curve_of(run, points=points)
        shown.append(
            {
                "id": run.pk,
                "job_id": run.job.job_id,
                "name": run.name,
                "status": run.job.status,
                "cost": money(tracker.spent),
                "active_seconds": tracker.as_dict()["active_seconds"],
                "best": sections.shown(run)["best"],
                "curve": curve_body(curve, run.job),
            }
        )
    return {"runs": shown, "differences": runs.differences(found)}


def curve_body(curve: levels.Curve, job: AIJob, *, since: int | None = None) -> dict[str, Any]:
    return {
        "results": curve.rows,
        "total_points": curve.total_points,
        "downsampled": curve.downsampled,
        "next_since_step": curve.rows[-1]["step"] if curve.rows else since,
        "status": job.status,
        "is_final": job.is_final,
    }
