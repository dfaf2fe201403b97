"""OVH's thirteen states and ours: one table, read in both directions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from ai_core.models import AIJob
from ai_core.statuses import FailureClass, JobStatus

STATES = (
    "QUEUED", "INITIALIZING", "PENDING", "RUNNING", "INTERRUPTING", "FINALIZING", "DONE", "TIMEOUT",
    "INTERRUPTED", "FAILED", "ERROR", "RESTARTING", "SYNC_FAILED",
)  # fmt: skip
_S = JobStatus
# The platform's fault, not the job's.
_OURS = (FailureClass.WORKER_LOST, FailureClass.STALLED)

# Status → state, as far as the status alone says it.
_PLAIN = {
    _S.DRAFT: "QUEUED",
    _S.PENDING: "QUEUED",
    _S.RUNNING: "RUNNING",
    _S.PAUSED: "INTERRUPTED",
    _S.COMPLETED: "DONE",
    _S.FAILED: "FAILED",
    _S.CANCELLED: "INTERRUPTED",
    _S.TIMEOUT: "INTERRUPTED",
}
_MESSAGES = {
    "QUEUED": "Job is queued",
    "RUNNING": "Job is running",
    "INTERRUPTING": "Job is being interrupted",
    "INTERRUPTED": "Job was interrupted",
    "DONE": "Job is done",
    "TIMEOUT": "Job has reached its timeout and is being interrupted",
    "FAILED": "Job has failed",
    "ERROR": "Job was lost by the platform",
}


def state_of(job: AIJob, now: datetime) -> str:
    still_stopping = job.stopping_until is not None and job.stopping_until > now
    match job.status:
        case _S.RUNNING if job.stop_requested:
            return "INTERRUPTING"
        case _S.CANCELLED if still_stopping:
            return "INTERRUPTING"
        case _S.TIMEOUT if still_stopping:
            return "TIMEOUT"
        case _S.FAILED if job.failure_class in _OURS:
            return "ERROR"
    return _PLAIN[_S(job.status)]


def state_of_event(new_status: str, failure_class: str) -> str:
    """Return the state that a status event of a job's history stands for."""
    if new_status == _S.FAILED and failure_class in _OURS:
        return "ERROR"
    return _PLAIN[_S(new_status)]


def info_of(job: AIJob, state: str) -> dict[str, str]:
    """Return OVH's code and a sentence for people."""
    code = f"JOB_{state}"
    if job.status == _S.TIMEOUT:
        code = "JOB_TIMEOUT"
    elif state == "FAILED" and job.error_message:
        code = "JOB_FAILED_WITH_MESSAGE"
    return {"code": code, "message": job.error_message or _MESSAGES[state]}


def in_states(states: Iterable[str]) -> Q:
    """Return the condition for jobs that are in one of these states."""
    now = timezone.now()
    stopping, ended = Q(stopping_until__gt=now), Q(stopping_until=None) | Q(stopping_until__lte=now)
    asked = ~Q(stop_requested="")
    conditions = {
        "QUEUED": Q(status__in=[_S.PENDING]),
        "RUNNING": Q(status=_S.RUNNING) & ~asked,
        "INTERRUPTING": Q(status=_S.RUNNING) & asked | Q(status=_S.CANCELLED) & stopping,
        "INTERRUPTED": Q(status=_S.PAUSED) | Q(status__in=[_S.CANCELLED, _S.TIMEOUT]) & ended,
        "DONE": Q(status=_S.COMPLETED),
        "TIMEOUT": Q(status=_S.TIMEOUT) & stopping,
        "FAILED": Q(status=_S.FAILED) & ~Q(failure_class__in=_OURS),
        "ERROR": Q(status=_S.FAILED, failure_class__in=_OURS),
    }
    found = Q(pk__in=[])
    for state in states:
        found |= conditions.get(state, Q(pk__in=[]))  # the others never occur here
    return found
