"""One action on many jobs: each is asked for itself, and each gets an answer of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ai_core.actions import JobFacts, allowed, possible
from ai_core.errors import TransitionRefused
from ai_core.models import AIJob
from ai_core.services import JobService
from brands.access import Access
from brands.errors import DomainError, NotAllowed


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be done with each job."""

    action: str
    reason: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one job."""

    id: int
    job_id: str
    done: bool
    status: str
    error_code: str = ""
    detail: str = ""
    new_job: dict[str, Any] | None = None


def preview(wish: Wish, jobs: Iterable[AIJob], access: Access) -> list[Verdict]:
    """Say what would be done and what would be refused; nothing is changed."""
    return [_verdict(job, refusal=_refusal(wish, job, access)) for job in jobs]


def act(wish: Wish, jobs: Iterable[AIJob], access: Access) -> list[Verdict]:
    return [_act(wish, job, access) for job in jobs]


def _act(wish: Wish, job: AIJob, access: Access) -> Verdict:
    if (refusal := _refusal(wish, job, access)) is not None:
        return _verdict(job, refusal=refusal)
    try:
        with transaction.atomic():
            new = _DO[wish.action](job, wish, access)
    except DomainError as error:  # it changed between the look and the act
        job.refresh_from_db(fields=["status"])
        return _verdict(job, refusal=error)
    job.refresh_from_db(fields=["status"])
    return _verdict(job, new=new)


def _refusal(wish: Wish, job: AIJob, access: Access) -> DomainError | None:
    rule = "edit" if wish.action == "tag" else wish.action
    if not allowed(rule, owner=job.created_by_id, access=access):
        return NotAllowed()
    if wish.action == "tag" or possible(rule, _facts(job)):
        return None
    return TransitionRefused(
        _("A job that is %(status)s does not allow '%(action)s'.")
        % {"status": job.status, "action": wish.action}
    )


def _facts(job: AIJob) -> JobFacts:
    return JobFacts(
        status=job.status,
        executor=job.job_type.executor,
        is_async=job.is_async,
        created_by=job.created_by_id,
        stop_requested=job.stop_requested,
        type_is_active=job.job_type.is_active,
    )


def _verdict(
    job: AIJob, *, refusal: DomainError | None = None, new: AIJob | None = None
) -> Verdict:
    return Verdict(
        id=job.pk,
        job_id=job.job_id,
        done=refusal is None,
        status=job.status,
        error_code=refusal.code if refusal else "",
        detail=str(refusal) if refusal else "",
        new_job={"id": new.pk, "job_id": new.job_id} if new else None,
    )


def _cancel(job: AIJob, wish: Wish, access: Access) -> None:
    JobService.cancel_job(job.pk, user=access.user, reason=wish.reason, notes=wish.notes)


def _pause(job: AIJob, wish: Wish, access: Access) -> None:
    JobService.pause_job(job.pk, user=access.user)


def _resume(job: AIJob, wish: Wish, access: Access) -> None:
    JobService.resume_job(job.pk, user=access.user)


def _submit(job: AIJob, wish: Wish, access: Access) -> None:
    JobService.submit_job(job, user=access.user)


def _promote(job: AIJob, wish: Wish, access: Access) -> None:
    JobService.promote_job(job, user=access.user)


def _delete(job: AIJob, wish: Wish, access: Access) -> None:
    JobService.delete_job(job, user=access.user)


def _tag(job: AIJob, wish: Wish, access: Access) -> None:
    tags = list(dict.fromkeys([*job.tags, *wish.tags]))
    JobService.change_job(job, user=access.user, tags=tags)


def _retry(job: AIJob, wish: Wish, access: Access) -> AIJob:
    return JobService.retry_job(job, user=access.user)


def _restart(job: AIJob, wish: Wish, access: Access) -> AIJob:
    return JobService.restart_job(job, user=access.user)


_DO: dict[str, Callable[[AIJob, Wish, Access], AIJob | None]] = {
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
    "submit": _submit,
    "promote": _promote,
    "delete": _delete,
    "tag": _tag,
    "retry": _retry,
    "restart": _restart,
}
ACTIONS = tuple(_DO)
