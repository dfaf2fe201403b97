"""Runs an executor to its end and says what became of it; the one place that judges errors."""

import logging
import traceback
from typing import Any

from django.db import OperationalError, close_old_connections, connection

from ai_core.artifacts import is_full
from ai_core.errors import LeaseLost, StorageFull
from ai_core.execution import children, outcomes, retries
from ai_core.execution.attempts import Attempt, AttemptContext
from ai_core.execution.outcomes import Outcome
from ai_core.execution.protocol import Failure, JobStopped, Parked, Way
from brands import strict_json
from brands.errors import DomainError

log = logging.getLogger(__name__)


def outcome_of(attempt: Attempt) -> Outcome | None:  # noqa: PLR0911  (one ending a line)
    """Run the attempt; None when nothing is to be written, since the job is no longer ours."""
    claimed, kind = attempt.claimed, attempt.kind
    try:
        result = _run(attempt)
        return _completed(attempt, result)
    except JobStopped:
        return _stopped(attempt)
    except Parked as parked:
        return outcomes.parked(
            claimed, waits_for=parked.waits_for, seconds=parked.seconds, message=parked.message
        )
    except Failure as failure:
        return _stopped(attempt) if attempt.stop_reason else _failed(attempt, failure)
    except children.ChildLost as lost:
        return retries.after_loss(claimed, kind, str(lost))
    except LeaseLost:
        return None
    except BaseException as error:  # SystemExit, too, ends only this job
        if attempt.stop_reason:
            return _stopped(attempt)  # closing its socket made it raise
        return _failed(attempt, _as_failure(attempt, error))


def _run(attempt: Attempt) -> dict[str, Any]:
    if attempt.executor.way == Way.PROCESS:
        return children.run(attempt)
    callers_own = connection.in_atomic_block  # by hand, a caller may be in a transaction already
    if not callers_own:
        close_old_connections()
    try:
        return attempt.executor.run(AttemptContext(attempt))
    finally:
        if connection.in_atomic_block and not callers_own:
            connection.close()


def _completed(attempt: Attempt, result: Any) -> Outcome:
    """Pass the result through the strict gate: what cannot be stored and read back is a failure."""
    if attempt.stop_reason == "timeout":
        return outcomes.timed_out(attempt.claimed)
    # Whether the job is still ours to complete is for the fence to say.
    try:
        if not isinstance(result, dict):
            raise Failure(
                f"The executor returned {type(result).__name__}, not an object.",
                code="RESULT_INVALID",
            )
        strict_json.check_value(result)
    except DomainError as error:
        return _failed(
            attempt, Failure(f"The result cannot be kept: {error}", code="RESULT_INVALID")
        )
    except Failure as failure:
        return _failed(attempt, failure)
    return outcomes.completed(attempt.claimed, result)


def _stopped(attempt: Attempt) -> Outcome | None:
    match attempt.stop_reason:
        case "timeout":
            return outcomes.timed_out(attempt.claimed)
        case "pause":
            return outcomes.paused(attempt.claimed)
        case "shutdown" | "":
            return outcomes.given_back(attempt.claimed)
        case _:  # cancelled or lost: somebody else has written the end, or will
            return None


def _failed(attempt: Attempt, failure: Failure) -> Outcome:
    outcome = retries.after_failure(attempt.claimed, attempt.kind, failure)
    level = "warning" if outcome.again_after is not None else "error"
    AttemptContext(attempt).log(failure.message, level)
    return outcome


def _as_failure(attempt: Attempt, error: BaseException) -> Failure:
    """An error that the executor did not name: a bug, unless the ground under it gave way."""
    if isinstance(error, OperationalError):
        connection.close()
        return Failure(f"The database did not answer: {error}", code="DATABASE_DOWN", retry=True)
    if isinstance(error, StorageFull) or is_full(error):
        return Failure(f"There is no room left for files: {error}", code="STORAGE_FULL", retry=True)
    log.warning("executor %s failed", attempt.executor.name, exc_info=error)
    AttemptContext(attempt).log("".join(traceback.format_exception(error)), "error")
    if isinstance(error, DomainError):
        return Failure(str(error), code=error.code)
    return Failure(f"{type(error).__name__}: {error}"[:2000])
