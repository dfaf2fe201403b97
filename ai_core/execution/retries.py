"""Whether a failed attempt is worth another one, and when."""

import random

from ai_core.execution.outcomes import Claimed, Outcome
from ai_core.execution.protocol import Failure
from ai_core.models import AIJobType
from ai_core.statuses import FailureClass, JobStatus

LONGEST_BACK_OFF = 3600.0
LONGEST_WAIT = 86_400.0  # whatever a provider's Retry-After says


def back_off(first: float, times: int) -> float:
    """Double each time, with jitter: what failed together must not return together."""
    return min(first * 2**times, LONGEST_BACK_OFF) * random.uniform(0.8, 1.2)  # noqa: S311


def after_failure(claimed: Claimed, kind: AIJobType, failure: Failure) -> Outcome:
    failed = Outcome(
        claimed=claimed,
        status=JobStatus.FAILED,
        message=failure.message,
        code=failure.code,
        failure_class=failure.failure_class,
        failed=True,
    )
    if not failure.retry or claimed.failures + 1 >= kind.max_failures:
        return failed
    wait = max(back_off(kind.retry_seconds, claimed.failures), _asked(failure.retry_after))
    return Outcome(
        claimed=claimed,
        again_after=wait,
        message=failure.message,
        code=failure.code,
        failure_class=failure.failure_class,
        failed=True,
        substatus=f"retrying in {wait:.0f} s",
    )


def _asked(seconds: float | None) -> float:
    """What the other side asks for, within reason: it may be infinite, or no number at all."""
    return min(seconds, LONGEST_WAIT) if seconds is not None and seconds > 0 else 0.0


def after_loss(claimed: Claimed, kind: AIJobType, message: str) -> Outcome:
    """The process that ran the job is gone: killed, out of memory, crashed."""
    losses = claimed.losses + 1
    if losses >= kind.max_losses:
        return Outcome(
            claimed=claimed,
            status=JobStatus.FAILED,
            message=f"{message} That was loss {losses} of {kind.max_losses}.",
            code="WORKER_LOST",
            failure_class=FailureClass.WORKER_LOST,
            lost=True,
        )
    wait = back_off(kind.retry_seconds, claimed.losses)
    return Outcome(
        claimed=claimed,
        again_after=wait,
        message=message,
        code="WORKER_LOST",
        failure_class=FailureClass.WORKER_LOST,
        lost=True,
        substatus=f"recovering, again in {wait:.0f} s",
    )
