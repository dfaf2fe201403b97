"""Jobs that the caller drives itself: the same leases and statements, without a worker."""

from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils.translation import gettext as _

from ai_core import errors, lifecycle, notices
from ai_core.execution import registry, statements
from ai_core.execution.attempts import Attempt
from ai_core.execution.journal import Journal
from ai_core.execution.outcomes import Claimed, Outcome
from ai_core.execution.texts import clean
from ai_core.execution.work import outcome_of
from ai_core.models import AIJob
from ai_core.statuses import FailureClass, JobStatus
from brands import strict_json

HOLDER = "by-hand"


def start(job: AIJob) -> AIJob:
    """Claim one job for the caller; its lease lasts as long as its time-out."""
    _claim(job, lease_seconds=job.timeout_seconds + 1)
    job.refresh_from_db()
    notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=["status"])
    return job


def complete(job: AIJob, result: dict[str, Any]) -> AIJob:
    strict_json.check_value(result)
    return _settle(job, JobStatus.COMPLETED, result=result)


def fail(job: AIJob, message: str) -> AIJob:
    return _settle(
        job,
        JobStatus.FAILED,
        message=clean(message) or _("Failed without a message."),
        code="EXECUTION_FAILED",
        failure_class=FailureClass.BUG,
    )


def process(job: AIJob) -> AIJob:
    """Run a job in this thread to its end. It needs no worker, broker or sweeper."""
    claimed = _claim(job, lease_seconds=job.timeout_seconds + 1)
    executor = registry.executor_named(job.job_type.executor)
    if executor is None:
        raise errors.JobError(_("This process has no executor for this job."))
    journal = Journal()
    attempt = Attempt(claimed, kind=job.job_type, executor=executor, journal=journal)
    outcome = outcome_of(attempt)
    journal.flush()
    if outcome is not None:
        statements.settle([outcome])
    attempt.clean_up()
    job.refresh_from_db()
    notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=["status"])
    return job


def move_to(job: AIJob, status: str) -> AIJob:  # noqa: PLR0911  (one verb a line)
    match status:
        case JobStatus.PENDING if job.status == JobStatus.DRAFT:
            return lifecycle.submit(job, user=None)
        case JobStatus.PENDING:
            return lifecycle.resume(job, user=None)
        case JobStatus.RUNNING:
            return start(job)
        case JobStatus.COMPLETED:
            return complete(job, {})
        case JobStatus.FAILED:
            return fail(job, "")
        case JobStatus.CANCELLED:
            return lifecycle.cancel(job, user=None)
        case JobStatus.PAUSED:
            return lifecycle.pause(job, user=None)
        case JobStatus.TIMEOUT:
            return _settle(
                job,
                JobStatus.TIMEOUT,
                message=_("The job took too long."),
                code="TIMEOUT",
                failure_class=FailureClass.TIMEOUT,
            )
    raise errors.InvalidInput(_("There is no status '%(name)s'.") % {"name": status})


def append_log(job: AIJob, message: str, *, level: str = "INFO") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ai_core_joblog (job_id, attempt, number, at, level, stage, message)
               SELECT id, attempt, NULL, clock_timestamp(), %s, stage, %s
               FROM ai_core_aijob WHERE id = %s""",
            [_level(level), clean(message), job.pk],
        )
    notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=["log"])


def _level(level: str) -> str:
    known = {"debug": "debug", "info": "info", "warning": "warning", "warn": "warning"}
    return known.get(level.lower(), "error" if level.lower() in ("error", "critical") else "info")


def _claim(job: AIJob, *, lease_seconds: float) -> Claimed:
    claimed = statements.claim(
        job.queue_id,
        types=[job.job_type_id],
        want=1,
        worker=f"{HOLDER}:{uuid4().hex[:8]}",
        lease_seconds=lease_seconds,
        only_job=job.pk,
    )
    if not claimed:
        job.refresh_from_db()
        if job.status == JobStatus.PENDING:
            raise errors.TransitionRefused(
                _("The job cannot start now: its queue is full or paused, or it is not due."),
                current_status=job.status,
            )
        raise errors.TransitionRefused(
            _("A job that is %(now)s cannot be started.") % {"now": job.status},
            current_status=job.status,
        )
    return claimed[0]


def _settle(job: AIJob, status: JobStatus, **facts: Any) -> AIJob:
    job.refresh_from_db()
    if job.lease_token is not None and job.leased_by.startswith(HOLDER):
        claimed = Claimed(
            id=job.pk, job_id=job.job_id, brand_id=job.brand_id, job_type_id=job.job_type_id,
            attempt=job.attempt, token=job.lease_token, seconds=job.timeout_seconds,
            failures=job.failures, losses=job.losses, input_data={}, checkpoint=None,
        )  # fmt: skip
        if statements.settle([Outcome(claimed=claimed, status=status, **facts)]):
            job.refresh_from_db()
            notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=["status"])
            return job
        job.refresh_from_db()
    if job.status == JobStatus.RUNNING:
        raise errors.JobRunning(
            _("A worker holds this job and will end it."), current_status=job.status
        )
    raise errors.TransitionRefused(
        _("A job that is %(now)s cannot become %(target)s.")
        % {"now": job.status, "target": status.value},
        current_status=job.status,
    )
