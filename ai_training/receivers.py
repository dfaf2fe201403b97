"""What happens to trainings when jobs are submitted, end, are purged, and now and then."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from ai_core.models import AIJob, AIJobData, AIJobType
from ai_core.signals import concerns
from ai_core.statuses import FINAL, JobStatus
from ai_training import costs, guards, levels, runs
from ai_training.builtin import following
from ai_training.job_types import EXTERNAL
from ai_training.models import CostSegment, Delivery, TrainingRun

log = logging.getLogger(__name__)

CATEGORY = "training"
DELIVERIES_KEPT = timedelta(days=7)
STILL_LOOKED_AT = timedelta(minutes=1)  # a run that was paused before it was looked at once
AT_ONCE = 200
# Children first; a run's row goes last, since its segments point at it.
_PURGED = (
    "ai_training_costsegment", "ai_training_checkpoint", "ai_training_guardrail",
    "ai_training_metriclevel", "ai_training_signingsecret", "ai_training_delivery",
    "ai_training_trainingrun",
)  # fmt: skip


def _is_training(job: AIJob) -> bool:
    return job.job_type.category == CATEGORY


@concerns(_is_training)
def begin(*, jobs: list[AIJob], **_: Any) -> None:
    inputs = dict(AIJobData.objects.filter(job__in=jobs).values_list("job_id", "input_data"))
    for job in jobs:
        runs.begin(job, inputs.get(job.pk) or {})


@concerns(_is_training)
def book(*, jobs: list[AIJob], **_: Any) -> None:
    """In the transaction of the job's end: its last segment is closed and its bill is written."""
    for run in TrainingRun.objects.filter(job__in=[job.pk for job in jobs]):
        costs.book(run, next(job for job in jobs if job.pk == run.pk))


def forget(*, jobs: list[AIJob], **_: Any) -> None:
    ids = [job.pk for job in jobs]
    with connection.cursor() as cursor:
        for table in _PURGED:
            cursor.execute(f"DELETE FROM {table} WHERE job_id = ANY (%s)", [ids])  # noqa: S608


def forget_content(*, job_ids: list[int], kind: str, **_: Any) -> None:
    """What the core removes of jobs, their trainings no longer keep either."""
    statements = {
        "metrics": ["DELETE FROM ai_training_metriclevel WHERE job_id = ANY (%s)"],
        "artifacts": ["UPDATE ai_training_checkpoint SET path = '' WHERE job_id = ANY (%s)"],
        "everything": [
            "DELETE FROM ai_training_delivery WHERE job_id = ANY (%s)",
            "DELETE FROM ai_training_signingsecret WHERE job_id = ANY (%s)",
            "UPDATE ai_training_guardrail SET reason = '' WHERE job_id = ANY (%s)",
            "UPDATE ai_training_checkpoint SET metrics = '{}' WHERE job_id = ANY (%s)",
            """UPDATE ai_training_trainingrun SET name = '', labels = '{}', hyperparameters = '{}',
                 runner = '', latest = '{}', before_latest = '{}', latest_steps = '{}'
               WHERE job_id = ANY (%s)""",
        ],
    }
    with connection.cursor() as cursor:
        for statement in statements.get(kind, ()):
            cursor.execute(statement, [job_ids])


def keep_house(**_: Any) -> None:
    """Look at every run that runs: its clock, its guard rails, its curve."""
    for number in _watched(AIJobType.objects.filter(category=CATEGORY)):
        _look_after(number)
    old = datetime.now(UTC) - DELIVERIES_KEPT
    Delivery.objects.filter(received_at__lt=old, job__status__in=FINAL).delete()


def watch(**_: Any) -> None:
    """Keep up with the hub's own executors; runs outside are looked at when they report."""
    for number in _watched(AIJobType.objects.filter(category=CATEGORY).exclude(name=EXTERNAL)):
        _look_after(number)


def _watched(kinds: QuerySet[AIJobType]) -> list[int]:
    """Those that run, and those that have stopped since their last look.

    Each by its own index: this is asked every second, however many runs are over.
    """
    jobs = AIJob.objects.filter(job_type__in=kinds)
    lately = datetime.now(UTC) - STILL_LOOKED_AT
    opened = CostSegment.objects.filter(ended_at__isnull=True, job__job_type__in=kinds)
    found = {
        *jobs.filter(status=JobStatus.RUNNING).values_list("pk", flat=True)[:AT_ONCE],
        *jobs.filter(status=JobStatus.PAUSED, updated_at__gt=lately).values_list("pk", flat=True),
        *opened.values_list("job_id", flat=True)[:AT_ONCE],
    }
    return sorted(found)[:AT_ONCE]


def _look_after(number: int) -> None:
    with transaction.atomic():
        jobs = AIJob.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        job = jobs.select_related("job_type").filter(pk=number).first()
        if job is None:
            return  # somebody is writing about it: they look themselves
        run = TrainingRun.objects.select_for_update(no_key=True).filter(pk=number).first()
        if run is None:
            return  # it is about to be one, or was purged
        nan_step = following.follow(run, job) if following.is_ours(job) else None
        guards.look(run, job, segments=costs.sync(run, job), nan_step=nan_step)
    levels.catch_up(run)
