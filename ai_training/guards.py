"""Guard rails: what a run must not do, and what happens when it does; looked at on every report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ai_core import lifecycle
from ai_core.models import AIJob, JobEvent
from ai_core.models.records import EventType
from ai_core.pricing import CURRENCY
from ai_core.statuses import JobStatus
from ai_training.costs import spent
from ai_training.models import CostSegment, GuardRail, TrainingRun
from ai_training.wishes import Wishes

Kind, Action = GuardRail.Kind, GuardRail.Action
AGAIN_AFTER_A_PAUSE = (Kind.NAN_LOSS, Kind.RISING, Kind.STALLED)


def rails_for(job: AIJob, wanted: Wishes) -> list[GuardRail]:
    """The rails of a new run: those asked for, its budget, and a warning about NaN in any case."""
    given = {Kind.NAN_LOSS.value: {"action": Action.WARN}, **wanted.guard_rails}
    if wanted.budget and wanted.budget > 0:
        given[Kind.MAX_COST.value] = {"limit": str(wanted.budget), "action": Action.CANCEL}
    return [rail_of(job, kind, facts) for kind, facts in given.items()]


def rail_of(job: AIJob, kind: str, facts: dict[str, Any]) -> GuardRail:
    limit = next((facts[n] for n in ("limit", "evaluations", "minutes") if n in facts), None)
    return GuardRail(
        job=job,
        kind=kind,
        limit=None if limit is None else Decimal(str(limit)),
        action=facts.get("action", Action.WARN),
    )


def look(
    run: TrainingRun, job: AIJob, *, segments: Sequence[CostSegment], nan_step: int | None = None
) -> list[GuardRail]:
    """Fire what has to be fired, once each; the caller holds the job's row."""
    fired = []
    for rail in GuardRail.objects.filter(job=job, fired_at__isnull=True):
        reason = _reason(rail, run, job, segments, nan_step)
        if reason and job.status == JobStatus.RUNNING:
            _fire(rail, job, reason)
            fired.append(rail)
    return fired


def _reason(
    rail: GuardRail,
    run: TrainingRun,
    job: AIJob,
    segments: Sequence[CostSegment],
    nan_step: int | None,
) -> str:
    limit = rail.limit or Decimal(0)
    match rail.kind:
        case Kind.NAN_LOSS if nan_step is not None:
            return f"The loss is not a number at step {nan_step}."
        case Kind.RISING if run.rising >= limit:
            return f"The validation loss rose {run.rising} evaluations in a row."
        case Kind.MAX_COST:
            so_far = spent(segments, job)
            if so_far is not None and so_far >= limit:
                return f"The run has cost {so_far:.2f} {CURRENCY}; its limit is {limit:.2f}."
        case Kind.STALLED:
            since = run.last_report_at or job.active_since
            if job.active_since is not None:
                since = max(since or job.active_since, job.active_since)
            if since is not None and datetime.now(UTC) - since >= _minutes(limit):
                return f"Nothing was reported for {limit:.4g} minutes."
    return ""


def _minutes(limit: Decimal) -> timedelta:
    return timedelta(minutes=float(limit))


def _fire(rail: GuardRail, job: AIJob, reason: str) -> None:
    rail.fired_at, rail.reason = datetime.now(UTC), reason
    rail.save(update_fields=["fired_at", "reason"])
    JobEvent.objects.create(
        job=job,
        at=rail.fired_at,
        type=EventType.WARNING,
        attempt=job.attempt,
        message=reason,
        payload={"guard_rail": rail.kind, "action": rail.action},
    )
    if rail.action == Action.CANCEL:
        lifecycle.cancel(job, user=None, reason=f"guard:{rail.kind}", notes=reason)
    elif rail.action == Action.PAUSE and not job.stop_requested:
        lifecycle.pause(job, user=None)


def arm_again(job: AIJob) -> None:
    """After a pause what is about the course of the run counts anew; a spent budget stays spent."""
    GuardRail.objects.filter(job=job, kind__in=AGAIN_AFTER_A_PAUSE, fired_at__isnull=False).exclude(
        action=Action.WARN
    ).update(fired_at=None, reason="")


def raise_limit(
    rail: GuardRail, *, limit: Decimal | None = None, action: str | None = None
) -> None:
    """Change a rail; one that has fired stands guard again."""
    rail.limit = rail.limit if limit is None else limit
    rail.action = action or rail.action
    rail.fired_at, rail.reason = None, ""
    rail.save(update_fields=["limit", "action", "fired_at", "reason"])
