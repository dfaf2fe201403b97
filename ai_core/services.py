"""What users and programs may ask of jobs. Views, tasks, admin and commands call these."""

from __future__ import annotations

import copy
import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ai_core import bell, births, catalogue, changes, errors, inputs, job_options, lifecycle
from ai_core.execution import by_hand, reach, registry
from ai_core.execution.protocol import Draft
from ai_core.models import AIJob, AIJobData, AIJobType, IdempotencyKey, Release
from ai_core.models.jobs import new_job_id
from ai_core.models.retention import Content
from ai_core.status_service import StatusService
from ai_core.statuses import JobStatus, Priority
from ai_core.told import is_by_hand, tell
from brands.errors import DomainError
from brands.models import Brand

__all__ = ["JobService", "NewJob", "StatusService"]

_PLAIN = AIJob()
RETRYABLE = frozenset({JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMEOUT})


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """What somebody asks for, before anything was checked."""

    job_type: str
    input_data: Any = field(default_factory=dict)
    priority: str = "normal"
    description: str = ""
    tags: Sequence[str] = ()
    release: Release | None = None
    run_after: datetime | None = None
    timeout_seconds: int | None = None
    is_async: bool | None = None
    draft: bool = False
    origin: AIJob | None = None
    origin_kind: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """What apps let one choose besides (`job_options`)."""


class JobService:
    """The life of one job, by verb (requirement HUB-14)."""

    @staticmethod
    def create_job(
        job_type: str,
        input_data: Any,
        user: User | None,
        brand: Brand,
        *,
        idempotency_key: str = "",
        **details: Any,
    ) -> AIJob:
        """Accept a job. A key that was seen before brings back the job of that time."""
        wanted = NewJob(job_type=job_type, input_data=input_data, **details)
        if not idempotency_key:
            return JobService.create_jobs([wanted], user=user, brand=brand)[0]
        return _create_once(wanted, key=idempotency_key, user=user, brand=brand)

    @staticmethod
    def create_jobs(wanted: Sequence[NewJob], *, user: User | None, brand: Brand) -> list[AIJob]:
        """Accept many jobs, or none of them."""
        try:
            return _create(wanted, user=user, brand=brand)
        except (births.TypesChanged, DomainError):  # it may be right by the types of today
            return _create(wanted, user=user, brand=brand, anew=True)

    @staticmethod
    def submit_job(job: AIJob, *, user: User | None) -> AIJob:
        """Check a draft once more and send it on its way."""
        data = AIJobData.objects.get(pk=job.pk)
        new = NewJob(job_type=job.job_type.name, input_data=data.input_data)
        _check(new, job.job_type, user=user, brand=job.brand)
        return lifecycle.submit(job, user=user)

    change_job = staticmethod(changes.change_job)
    promote_job = staticmethod(lifecycle.promote)
    delete_job = staticmethod(lifecycle.delete)
    restore_job = staticmethod(lifecycle.restore)

    @staticmethod
    def start_job(job_id: int | str) -> AIJob:
        """Take a pending job into the caller's own hands, with a lease like any worker's."""
        return by_hand.start(_job(job_id))

    @staticmethod
    def complete_job(job_id: int | str, result_data: dict[str, Any]) -> AIJob:
        return by_hand.complete(_job(job_id), result_data)

    @staticmethod
    def fail_job(job_id: int | str, error_message: str) -> AIJob:
        return by_hand.fail(_job(job_id), error_message)

    @staticmethod
    def cancel_job(
        job_id: int | str, *, user: User | None = None, reason: str = "", notes: str = ""
    ) -> AIJob:
        return lifecycle.cancel(_job(job_id), user=user, reason=reason, notes=notes)

    @staticmethod
    def pause_job(job_id: int | str, *, user: User | None = None) -> AIJob:
        """Ask a job to stop at a checkpoint; its type must have some."""
        job = _job(job_id)
        executor = registry.executor_named(job.job_type.executor)
        if executor is None or not executor.can_pause:
            raise errors.CannotPause(
                _("Jobs of this type have no checkpoints, so they cannot be paused. Cancel it."),
                current_status=job.status,
            )
        return lifecycle.pause(job, user=user)

    @staticmethod
    def resume_job(job_id: int | str, *, user: User | None = None) -> AIJob:
        return lifecycle.resume(_job(job_id), user=user)

    @staticmethod
    def update_status(job_id: int | str, status: str, logs: str | None = None) -> AIJob:
        """Move a job to a status by the verb that leads there."""
        if logs:
            JobService.append_log(job_id, logs)
        return by_hand.move_to(_job(job_id), status)

    @staticmethod
    def append_log(job_id: int | str, log_message: str, level: str = "INFO") -> None:
        by_hand.append_log(_job(job_id), log_message, level=level)

    @staticmethod
    def process_job(job_id: int | str) -> AIJob:
        """Run a pending job here and now, and return it when it is over."""
        return by_hand.process(_job(job_id))

    @staticmethod
    def retry_job(job: AIJob, *, user: User | None, input_data: Any = None) -> AIJob:
        """Run a job that ended badly once more, as a new job that points to it."""
        if job.status not in RETRYABLE:
            raise errors.TransitionRefused(
                _("Only a failed, cancelled or timed-out job can be retried. Use restart instead."),
                current_status=job.status,
            )
        return _again(job, "retry", user=user, input_data=input_data)

    @staticmethod
    def restart_job(job: AIJob, *, user: User | None, input_data: Any = None) -> AIJob:
        """Run an identical job, whatever became of this one."""
        return _again(job, "restart", user=user, input_data=input_data)


def _job(reference: int | str) -> AIJob:
    job = AIJob.objects.named(reference).select_related("job_type", "queue", "brand").first()
    if job is None or job.deleted_at is not None:
        raise errors.JobNotFound(_("There is no such job."))
    return job


def _create(
    wanted: Sequence[NewJob], *, user: User | None, brand: Brand, anew: bool = False
) -> list[AIJob]:
    kinds = _types({new.job_type for new in wanted}, anew=anew)
    for index, new in enumerate(wanted):
        try:
            _check(new, kinds[new.job_type], user=user, brand=brand)
        except DomainError as error:
            if len(wanted) > 1:
                error.facts["index"] = index
            raise
    blanks = {name: _blank(kind, user=user, brand=brand) for name, kind in kinds.items()}
    jobs = [_unsaved(new, blanks[new.job_type]) for new in wanted]
    given = [new.input_data for new in wanted]
    by_person = user is not None and is_by_hand()
    has_options = any(new.options for new in wanted)
    if not (by_person or has_options):
        return lifecycle.create(jobs, given)
    with transaction.atomic():
        made = lifecycle.create(jobs, given)
        if has_options:
            job_options.keep([(job, new.options) for job, new in zip(made, wanted, strict=True)])
        for job in made if by_person else ():
            tell("created", job, user=user, facts={"job_type": job.job_type.name})
    return made


def _types(names: set[str], *, anew: bool) -> dict[str, AIJobType]:
    kinds = catalogue.active_types(names, anew=anew)
    for name in sorted(names - kinds.keys()):
        known = list(AIJobType.objects.filter(is_active=True).values_list("name", flat=True))
        raise errors.JobTypeNotFound(
            _("Job type '%(name)s' not found") % {"name": name},
            nearest=difflib.get_close_matches(name, known, n=3, cutoff=0.4),
            job_type=name,
        )
    return kinds


def _check(new: NewJob, kind: AIJobType, *, user: User | None, brand: Brand) -> None:
    # A draft is made in steps: it is held to its schema when it is submitted.
    inputs.check({} if new.draft else kind.input_schema, new.input_data)
    executor = registry.executor_named(kind.executor)
    if (why := reach.why_not(kind)) or executor is None:
        raise errors.InvalidInput(
            _("Jobs of type '%(name)s' cannot run here: %(why)s") % {"name": kind.name, "why": why},
            errors={"job_type": [why]},
        )
    if new.release is not None and new.release.brand_id != brand.pk:
        raise errors.InvalidInput(
            _("There is no such release."), errors={"release": [_("There is no such release.")]}
        )
    if not new.draft:
        executor.check(
            Draft(
                job_type=kind.name,
                input_data=new.input_data,
                brand=brand,
                user_id=user.pk if user else None,
            )
        )


def _blank(kind: AIJobType, *, user: User | None, brand: Brand) -> AIJob:
    """What the jobs of one type have in common: to copy it is quicker than to make each anew."""
    blank = copy.copy(_PLAIN)
    blank.job_type, blank.queue, blank.brand = kind, kind.queue, brand
    blank.created_by = blank.moved_by = user
    return blank


def _unsaved(new: NewJob, blank: AIJob) -> AIJob:
    job, kind = copy.copy(blank), blank.job_type
    job.job_id = new_job_id()
    job.task_id = bell.new_task_id()
    job.description = new.description
    job.tags = list(new.tags)
    job.priority = Priority.from_word(new.priority)
    job.status = JobStatus.DRAFT if new.draft else JobStatus.PENDING
    job.is_async = kind.requires_async if new.is_async is None else new.is_async
    job.timeout_seconds = new.timeout_seconds or kind.timeout_seconds
    job.run_after = new.run_after
    job.release = new.release
    job.origin = new.origin
    job.origin_kind = new.origin_kind
    return job


def _kept_input(job: AIJob) -> Any:
    data = AIJobData.objects.get(pk=job.pk)
    if Content.INPUTS in data.removed:
        raise errors.InputRemoved(
            _("The input of this job was removed on %(day)s. Make a new job with its own.")
            % {"day": data.removed[Content.INPUTS].get("on", "")},
            current_status=job.status,
        )
    return data.input_data


_TOLD = {"retry": "retried", "restart": "restarted"}


@transaction.atomic
def _again(job: AIJob, how: str, *, user: User | None, input_data: Any) -> AIJob:
    if input_data is None:
        input_data = _kept_input(job)
    again = JobService.create_job(
        job.job_type.name,
        input_data,
        user,
        job.brand,
        priority=Priority(job.priority).word,
        description=job.description,
        tags=job.tags,
        release=job.release,
        timeout_seconds=job.timeout_seconds,
        is_async=job.is_async,
        origin=job,
        origin_kind=how,
    )
    if user is not None:
        tell(_TOLD[how], job, user=user, facts={"new_job": again.job_id})
    return again


# ---------------------------------------------------------------------- idempotency
def _create_once(wanted: NewJob, *, key: str, user: User | None, brand: Brand) -> AIJob:
    asked = _fingerprint(wanted, user)
    if (known := _remembered(key, asked, brand)) is not None:
        return known
    try:
        with transaction.atomic():
            # The unique row comes first: of two twins at once, the second waits here.
            promise = IdempotencyKey.objects.create(brand=brand, key=key, request_hash=asked)
            job = JobService.create_jobs([wanted], user=user, brand=brand)[0]
            promise.job = job
            promise.save(update_fields=["job"])
            return job
    except IntegrityError:
        known = _remembered(key, asked, brand)
        if known is None:
            raise
        return known


def _remembered(key: str, asked: str, brand: Brand) -> AIJob | None:
    promise = (
        IdempotencyKey.objects.filter(brand=brand, key=key)
        .select_related("job__job_type", "job__brand", "job__queue", "job__created_by")
        .first()
    )
    if promise is None:
        return None
    if promise.request_hash != asked or promise.job is None:
        raise errors.IdempotencyConflict(
            _("This Idempotency-Key was used for another request. Use a new key."),
            current_status=promise.job.status if promise.job else None,
        )
    promise.job.was_remembered = True  # type: ignore[attr-defined]
    return promise.job


def _fingerprint(wanted: NewJob, user: User | None) -> str:
    facts = [
        user.pk if user else None,
        wanted.job_type,
        wanted.input_data,
        wanted.priority,
        wanted.description,
        list(wanted.tags),
        wanted.release.pk if wanted.release else None,
        wanted.run_after.isoformat() if wanted.run_after else None,
        wanted.timeout_seconds,
        wanted.is_async,
        wanted.draft,
        *([dict(wanted.options)] if wanted.options else []),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
