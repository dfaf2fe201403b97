"""Keeps a run in step with what its own executor says through the core: figures, checkpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ai_core.models import AIJob, JobEvent, JobMetric
from ai_core.models.records import EventType
from ai_core.signals import concerns
from ai_training import standings
from ai_training.job_types import EXTERNAL
from ai_training.models import TrainingRun
from ai_training.reports import Point, Progress, Saved

MOST_POINTS = 20_000  # at one look; the next one goes on
SAVED = ["last_report_at", "last_sequence"]


def is_ours(job: AIJob) -> bool:
    return job.job_type.category == "training" and job.job_type.name != EXTERNAL


@concerns(is_ours)
def follow_ended(*, jobs: list[AIJob], **_: Any) -> None:
    """In the transaction of the end, before its bill."""
    runs = {run.pk: run for run in TrainingRun.objects.filter(job__in=[job.pk for job in jobs])}
    for job in jobs:
        if job.pk in runs:
            follow(runs[job.pk], job)


def follow(run: TrainingRun, job: AIJob) -> int | None:
    """Take over what is new since the last look; return a step whose loss is not a number."""
    standing = standings.Standing(run)
    new = JobMetric.objects.filter(job=run.pk, step__gt=run.step).order_by("step")
    for step, at, values in new.values_list("step", "at", "values")[:MOST_POINTS]:
        epoch = values.pop("epoch", None)
        standing.point(Point(step=step, epoch=epoch, values=values))
        _heard(run, at)
    _follow_events(run, job, standing)
    standing.save(extra=SAVED)
    return standing.nan_step


def _follow_events(run: TrainingRun, job: AIJob, standing: standings.Standing) -> None:
    """`last_sequence` is the newest event that was taken over: one worker writes them in order."""
    events = JobEvent.objects.filter(
        job=run.pk, type__in=[EventType.CHECKPOINT, EventType.INFO], pk__gt=run.last_sequence or 0
    )
    for number, at, kind, payload in events.order_by("pk").values_list(
        "pk", "at", "type", "payload"
    ):
        run.last_sequence = number
        _heard(run, at)
        if kind == EventType.CHECKPOINT and "step" in payload:
            facts = {name: payload[name] for name in _FACTS & payload.keys()}
            standings.remember_checkpoint(job, Saved(**facts), at=at)
        elif "total_steps" in payload:
            standing.progress(
                Progress(
                    total_steps=payload["total_steps"], total_epochs=payload.get("total_epochs")
                )
            )


def _heard(run: TrainingRun, at: datetime) -> None:
    run.last_report_at = max(run.last_report_at or at, at)


_FACTS = frozenset({"step", "epoch", "path", "size", "metrics", "is_best"})
