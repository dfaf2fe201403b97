"""What may be changed in a job after it was made, and until when (HUB-08)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from ai_core import errors, inputs, lifecycle, notices
from ai_core.execution import registry
from ai_core.execution.protocol import Draft
from ai_core.models import AIJob
from ai_core.statuses import FINAL, JobStatus, Priority
from ai_core.told import told

DESCRIBING = frozenset({"description", "priority", "tags", "release", "run_after"})
CHANGEABLE = DESCRIBING | {"input_data", "progress_percentage"}
_NOT_STARTED = frozenset({JobStatus.DRAFT, JobStatus.PENDING})


@told("changed")
@transaction.atomic
def change_job(job: AIJob, *, user: User | None, **changes: Any) -> AIJob:
    """Make all of these changes, or none of them and say what stands against it."""
    if changes.keys() == {"tags"}:
        return _tag(job, changes["tags"])
    if job.status in FINAL:
        raise lifecycle.not_changeable(job)
    if "input_data" in changes:
        _change_input(job, changes["input_data"], user=user)
    if "progress_percentage" in changes:
        _report_progress(job, changes["progress_percentage"])
    describing = {name: value for name, value in changes.items() if name in DESCRIBING}
    if "priority" in describing:
        describing["priority"] = Priority.from_word(describing["priority"])
    if describing:
        lifecycle.change(job, **describing)
    return job


def _tag(job: AIJob, tags: Sequence[str]) -> AIJob:
    """Tags sort jobs for people: they may change at any time, also when the job is over."""
    AIJob.objects.filter(pk=job.pk).update(tags=list(tags), updated_at=Now())
    job.refresh_from_db()
    transaction.on_commit(
        lambda: notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=["status"]), robust=True
    )
    return job


def _change_input(job: AIJob, input_data: Any, *, user: User | None) -> None:
    if job.status not in _NOT_STARTED:
        raise lifecycle.not_changeable(job)
    unfinished = job.status == JobStatus.DRAFT  # it is checked when it is submitted
    inputs.check({} if unfinished else job.job_type.input_schema, input_data)
    executor = registry.executor_named(job.job_type.executor)
    if executor is not None and job.status == JobStatus.PENDING:
        executor.check(
            Draft(
                job_type=job.job_type.name,
                input_data=input_data,
                brand=job.brand,
                user_id=user.pk if user else None,
            )
        )
    lifecycle.change_input(job, input_data)


def _report_progress(job: AIJob, percentage: int) -> None:
    if job.status != JobStatus.RUNNING or not job.is_async:
        raise errors.TransitionRefused(
            _("Progress can be reported only while an asynchronous job is running."),
            current_status=job.status,
        )
    lifecycle.report_progress(job, percentage)
