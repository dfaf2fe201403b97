"""What may be done with a job now, by whom: one table that API and pages ask alike."""

from __future__ import annotations

from dataclasses import dataclass

from ai_core.execution import registry
from ai_core.statuses import OPEN, JobStatus, sources_of
from brands.access import Access

_S = JobStatus
FROM: dict[str, frozenset[JobStatus]] = {
    "edit": OPEN,
    "edit_input": frozenset({_S.DRAFT, _S.PENDING}),
    "report_progress": frozenset({_S.RUNNING}),
    "submit": frozenset({_S.DRAFT}),
    "cancel": sources_of(_S.CANCELLED),
    "pause": frozenset({_S.RUNNING}),
    "resume": frozenset({_S.PAUSED}),
    "promote": frozenset({_S.PENDING}),
    "retry": frozenset({_S.FAILED, _S.CANCELLED, _S.TIMEOUT}),
    "restart": frozenset(_S),
    "delete": frozenset(_S) - {_S.RUNNING},
}
ACTIONS = tuple(FROM)
MANAGERS_ONLY = frozenset({"promote"})
MAKE_A_JOB = frozenset({"retry", "restart"})


@dataclass(frozen=True, kw_only=True)
class JobFacts:
    """What the table needs to know of a job."""

    status: str
    executor: str
    is_async: bool = True
    created_by: int | None = None
    stop_requested: str = ""
    type_is_active: bool = True


def allowed(action: str, *, owner: int | None, access: Access) -> bool:
    """May this caller do that to a job of that owner, whatever its state?"""
    if action in MANAGERS_ONLY:
        return access.can_manage
    return access.can_change(owner)


def possible(action: str, job: JobFacts) -> bool:
    """Does the job's state allow it, whoever asks?"""
    if job.status not in FROM[action]:
        return False
    if action == "pause":
        executor = registry.executor_named(job.executor)
        return bool(executor and executor.can_pause) and not job.stop_requested
    if action == "report_progress":
        return job.is_async
    if action in MAKE_A_JOB:
        return job.type_is_active
    return True


def available_actions(job: JobFacts, access: Access) -> list[str]:
    return [
        action
        for action in ACTIONS
        if possible(action, job) and allowed(action, owner=job.created_by, access=access)
    ]
