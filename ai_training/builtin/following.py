"""Keeps a run in step with what its own executor says through the core: figures, checkpoints."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ai_core.models import AIJob, JobEvent, JobMetric
from ai_core.models.records import EventType
from ai_core.signals import concerns
from ai_core.statuses import JobStatus
from ai_training import standings
from ai_training.job_types import EXTERNAL
from ai_training.models import Checkpoint, TrainingRun
from ai_training.reports import Point, Progress, Saved

AT_ONCE = 200
MOST_POINTS = 20_000  # at one look; the next one goes on


def _is_ours(job: AIJob) -> bool:
    return job.job_type.category == "training" and job.job_type.name != EXTERNAL


@concerns(_is_ours)
def follow_ended(*, jobs: list[AIJob], **_: Any) -> None:
    """In the transaction of the end, before its bill."""
    runs = {run.pk: run for run in TrainingRun.objects.filter(job__in=[job.pk for job in jobs])}
    for job in jobs:
        if job.pk in runs:
            follow(runs[job.pk], job)


def follow_running(**_: Any) -> None:
    running = AIJob.objects.filter(status=JobStatus.RUNNING, job_type__category="training").exclude(
        job_type__name=EXTERNAL
    )
    for number in running.values_list("pk", flat=True)[:AT_ONCE]:
        with transaction.atomic():
            found = TrainingRun.objects.select_for_update(skip_locked=True, of=("self",))
            run = found.select_related("job").filter(pk=number).first()
            if run is not None:
                follow(run, run.job)


def follow(run: TrainingRun, job: AIJob) -> None:
    """Take over what is new since the last look."""
    standing = standings.Standing(run)
    new = JobMetric.objects.filter(job=run.pk, step__gt=run.step).order_by("step")
    for step, values in new.values_list("step", "values")[:MOST_POINTS]:
        standing.point(Point(step=step, epoch=values.get("epoch"), values=values))
    events = JobEvent.objects.filter(job=run.pk, type__in=[EventType.CHECKPOINT, EventType.INFO])
    known = set(Checkpoint.objects.filter(job=run.pk).values_list("step", flat=True))
    for at, kind, payload in events.order_by("pk").values_list("at", "type", "payload"):
        if kind == EventType.CHECKPOINT and "step" in payload and payload["step"] not in known:
            facts = {name: payload[name] for name in _FACTS & payload.keys()}
            standings.remember_checkpoint(job, Saved(**facts), at=at)
        elif "total_steps" in payload:
            standing.progress(
                Progress(
                    total_steps=payload["total_steps"], total_epochs=payload.get("total_epochs")
                )
            )
    standing.save(extra=[])


_FACTS = frozenset({"step", "epoch", "path", "size", "metrics", "is_best"})
