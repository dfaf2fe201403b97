"""How an attempt can end, before anybody has written it down."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ai_core.statuses import FailureClass, JobStatus


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A job that this process may run, for as long as its lease lives."""

    id: int
    job_id: str
    brand_id: int
    job_type_id: int
    attempt: int
    token: UUID
    seconds: float
    failures: int
    losses: int
    input_data: dict[str, Any]
    checkpoint: Any


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an attempt. `again` set: it stays running and waits for the next attempt."""

    claimed: Claimed
    status: JobStatus = JobStatus.RUNNING
    again_after: float | None = None
    result: dict[str, Any] | None = None
    message: str = ""
    code: str = ""
    failure_class: FailureClass = FailureClass.NONE
    failed: bool = False
    lost: bool = False
    waits_for: str = ""
    substatus: str = ""


def completed(claimed: Claimed, result: dict[str, Any]) -> Outcome:
    return Outcome(claimed=claimed, status=JobStatus.COMPLETED, result=result)


def timed_out(claimed: Claimed) -> Outcome:
    return Outcome(
        claimed=claimed,
        status=JobStatus.TIMEOUT,
        message=f"The job ran longer than its time-out of {claimed.seconds:g} seconds.",
        code="TIMEOUT",
        failure_class=FailureClass.TIMEOUT,
    )


def unwritable(claimed: Claimed, why: str) -> Outcome:
    """The database refuses what the attempt brought; the gates before it should have."""
    return Outcome(
        claimed=claimed,
        status=JobStatus.FAILED,
        message=f"The outcome cannot be stored: {why}",
        code="RESULT_INVALID",
        failure_class=FailureClass.BUG,
        failed=True,
    )


def paused(claimed: Claimed) -> Outcome:
    return Outcome(claimed=claimed, status=JobStatus.PAUSED, substatus="paused")


def given_back(claimed: Claimed) -> Outcome:
    """A worker that shuts down: nobody is to blame, no budget is charged."""
    return Outcome(claimed=claimed, again_after=0.0, substatus="recovering")


def parked(claimed: Claimed, *, waits_for: str, seconds: float, message: str) -> Outcome:
    return Outcome(claimed=claimed, again_after=seconds, waits_for=waits_for, substatus=message)
