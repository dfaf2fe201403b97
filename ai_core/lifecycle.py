"""The verbs: what people and programs may do to a job's life.

Together with `execution.statements` this is the only place that writes a status. Each verb is one
guarded UPDATE; when it changes no row, the job was elsewhere, and the caller is told where.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, F, Min, SmallIntegerField, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from ai_core import bell, births, errors, notices, tracing
from ai_core.endings import ended
from ai_core.models import AIJob, AIJobData
from ai_core.signals import announce, heard, job_submitted
from ai_core.statuses import FINAL, OPEN, JobStatus, sources_of
from ai_core.told import told

UNDO_WINDOW = timedelta(seconds=30)


def create(jobs: list[AIJob], inputs: Sequence[dict[str, Any]]) -> list[AIJob]:
    """Save new jobs with their inputs; those that are pending are rung for after the commit."""
    if not heard(job_submitted, jobs):
        return _created(jobs, inputs)  # one statement is its own transaction
    with transaction.atomic():
        return _created(jobs, inputs)


def _created(jobs: list[AIJob], inputs: Sequence[dict[str, Any]]) -> list[AIJob]:
    for job in jobs:
        job.due = job.run_after is None
    began = time.time()
    births.insert(jobs, inputs)
    _trace(jobs, began)
    _submitted([job for job in jobs if job.status == JobStatus.PENDING])
    return jobs


def _trace(jobs: Sequence[AIJob], began: float) -> None:
    if not tracing.is_on():
        return
    for job in jobs:
        tracing.record(
            tracing.Step(
                name="job made", job_id=job.job_id, is_first=True, began=began, ended=time.time(),
                traceparent=tracing.caller.get(),
                facts={"type": job.job_type.name, "queue": job.queue.name, "brand": job.brand_id},
            )
        )  # fmt: skip


def _submitted(jobs: Sequence[AIJob]) -> None:
    if not jobs:
        return
    announce(job_submitted, jobs)
    bells: dict[str, str] = {}
    for job in jobs:
        if job.due:
            bells[job.queue.name] = job.task_id
    transaction.on_commit(lambda: _tell(jobs, bells), robust=True)


def _tell(jobs: Sequence[AIJob], bells: dict[str, str]) -> None:
    for queue, task_id in bells.items():
        rung = [job.job_id for job in jobs if job.queue.name == queue] if tracing.is_on() else ()
        bell.ring(queue, times=min(len(jobs), 8), task_id=task_id, jobs=rung)
    for job in jobs[:100]:
        notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=["status"])


@told("submitted")
def submit(job: AIJob, *, user: User | None) -> AIJob:
    """Send a draft on its way."""
    with transaction.atomic():
        _move(job, JobStatus.PENDING, sources={JobStatus.DRAFT}, moved_by=user)
        _submitted([job])
    return job


@told("cancelled")
@transaction.atomic
def cancel(job: AIJob, *, user: User | None, reason: str = "", notes: str = "") -> AIJob:
    """End an open job at once. Whoever runs it hears of it and stops; nobody waits for that."""
    moved = AIJob.objects.filter(pk=job.pk, status__in=sources_of(JobStatus.CANCELLED)).update(
        status=JobStatus.CANCELLED,
        cancel_reason=reason[:40],
        moved_by=user,
        substatus="",
        waits_for="",
        stopping_until=F("lease_expires_at"),
    )
    _reload(job)
    if not moved:
        raise errors.NotCancellable(
            _("Job cannot be cancelled"),
            error="Job cannot be cancelled",
            current_status=job.status,
        )
    if notes:
        AIJobData.objects.filter(pk=job.pk).update(cancel_notes=notes)
    ended([job.pk])
    transaction.on_commit(lambda: notices.order(job.pk), robust=True)
    _announce_change(job)
    return job


@told("paused")
def pause(job: AIJob, *, user: User | None) -> AIJob:
    """Ask a running job to stop at a checkpoint; between two attempts it stops at once."""
    running = AIJob.objects.filter(pk=job.pk, status=JobStatus.RUNNING)
    asked = running.filter(lease_token__isnull=False).update(
        stop_requested="pause", substatus="pausing", moved_by=user
    )
    if not asked:
        asked = running.filter(lease_token__isnull=True).update(
            status=JobStatus.PAUSED, substatus="paused", moved_by=user
        )
    _reload(job)
    if not asked:
        raise _refused(job, JobStatus.PAUSED)
    transaction.on_commit(lambda: notices.order(job.pk), robust=True)
    _announce_change(job)
    return job


@told("resumed")
def resume(job: AIJob, *, user: User | None) -> AIJob:
    """Put a paused job back into its queue; it goes on from its checkpoint."""
    with transaction.atomic():
        _move(
            job,
            JobStatus.PENDING,
            sources={JobStatus.PAUSED},
            moved_by=user,
            substatus="",
            run_after=None,
            due=True,
        )
        _submitted([job])
    return job


@told("promoted")
def promote(job: AIJob, *, user: User | None) -> AIJob:
    """Move a waiting job to the front of its queue."""
    waiting = AIJob.objects.filter(queue_id=job.queue_id, due=True, lease_token__isnull=True)
    front = waiting.filter(status__in=[JobStatus.PENDING, JobStatus.RUNNING]).aggregate(
        rank=Min("queue_rank")
    )["rank"]
    moved = AIJob.objects.filter(pk=job.pk, status=JobStatus.PENDING).update(
        queue_rank=max(min(front or 0, 0) - 1, -32768),
        due=True,
        run_after=None,
        updated_at=Now(),
        moved_by=user,
    )
    _reload(job)
    if not moved:
        raise errors.TransitionRefused(
            _("Only a pending job can be moved to the front of its queue."),
            current_status=job.status,
        )
    transaction.on_commit(lambda: bell.ring(job.queue.name), robust=True)
    _announce_change(job)
    return job


def change(job: AIJob, **fields: Any) -> AIJob:
    """Change what describes an open job: description, priority, tags, run_after, release."""
    if "run_after" in fields:
        fields["due"] = fields["run_after"] is None
    allowed = OPEN if "run_after" not in fields else {JobStatus.DRAFT, JobStatus.PENDING}
    changed = AIJob.objects.filter(pk=job.pk, status__in=allowed).update(**fields, updated_at=Now())
    _reload(job)
    if not changed:
        raise not_changeable(job)
    if fields.get("due"):
        bell.ring(job.queue.name)
    _announce_change(job)
    return job


def change_input(job: AIJob, input_data: dict[str, Any]) -> AIJob:
    """Replace the input of a job that has not started; a claim that comes first wins."""
    with transaction.atomic():
        held = AIJob.objects.filter(
            pk=job.pk, status__in=[JobStatus.DRAFT, JobStatus.PENDING]
        ).update(updated_at=Now())
        _reload(job)
        if not held:
            raise not_changeable(job)
        AIJobData.objects.filter(pk=job.pk).update(input_data=input_data)
    _announce_change(job)
    return job


def report_progress(job: AIJob, percentage: int) -> AIJob:
    """Progress of a running asynchronous job, from outside; it never goes back."""
    changed = AIJob.objects.filter(pk=job.pk, status=JobStatus.RUNNING, is_async=True).update(
        progress_percentage=Case(
            When(progress_percentage__lt=percentage, then=Value(percentage)),
            default=F("progress_percentage"),
            output_field=SmallIntegerField(),
        ),
        updated_at=Now(),
    )
    _reload(job)
    if not changed:
        raise not_changeable(job)
    _announce_change(job, "progress")
    return job


@told("deleted")
def delete(job: AIJob, *, user: User | None) -> AIJob:
    """Hide a job that does not run; until the undo window closes it can be brought back."""
    if job.status == JobStatus.RUNNING:
        raise errors.JobRunning(
            _("A running job cannot be deleted. Cancel it first."), current_status=job.status
        )
    with transaction.atomic():
        if job.status in OPEN:
            cancel(job, user=user, reason="deleted")
        hidden = AIJob.objects.filter(pk=job.pk, status__in=FINAL, deleted_at__isnull=True).update(
            deleted_at=Now(), moved_by=user
        )
    if not hidden:
        raise errors.JobNotFound(_("There is no such job."))
    _announce_change(job)
    return job


def restore(job_pk: int) -> bool:
    """Undo a deletion, as long as the job has not been purged."""
    return bool(AIJob.objects.filter(pk=job_pk, deleted_at__isnull=False).update(deleted_at=None))


def not_changeable(job: AIJob) -> errors.TransitionRefused:
    """Say why a change came too late."""
    if job.status in FINAL:
        return errors.JobFinal(
            _("This job is over and cannot be changed. Restart it to run it again."),
            current_status=job.status,
        )
    return errors.JobRunning(_("Cannot modify running job"), current_status=job.status)


def _move(job: AIJob, target: JobStatus, *, sources: set[JobStatus], **changes: Any) -> None:
    moved = AIJob.objects.filter(pk=job.pk, status__in=sources).update(status=target, **changes)
    _reload(job)
    if not moved:
        raise _refused(job, target)


def _refused(job: AIJob, target: JobStatus) -> errors.TransitionRefused:
    return errors.TransitionRefused(
        _("A job that is %(now)s cannot become %(target)s.")
        % {"now": job.status, "target": target.value},
        current_status=job.status,
    )


def _reload(job: AIJob) -> None:
    job.refresh_from_db()


def _announce_change(job: AIJob, kind: str = "status") -> None:
    transaction.on_commit(
        lambda: notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=[kind]), robust=True
    )
