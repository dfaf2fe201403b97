"""Errors that the domain raises; each has a code and an HTTP status, and says what to do."""

from brands.errors import DomainError


class JobError(DomainError):
    """Something that cannot be done with a job."""


class JobTypeNotFound(JobError):
    code, status = "JOB_TYPE_NOT_FOUND", 400


class JobNotFound(JobError):
    code, status = "NOT_FOUND", 404


class InvalidInput(JobError):
    """`errors` maps a dotted path to its messages."""

    code, status = "VALIDATION_ERROR", 400


class TransitionRefused(JobError):
    code, status = "INVALID_TRANSITION", 409


class NotCancellable(TransitionRefused):
    code = "JOB_NOT_CANCELLABLE"


class JobRunning(TransitionRefused):
    code = "JOB_RUNNING"


class JobFinal(TransitionRefused):
    code = "JOB_FINAL"


class IdempotencyConflict(JobError):
    code, status = "IDEMPOTENCY_CONFLICT", 409


class PermissionRefused(JobError):
    code, status = "PERMISSION_DENIED", 403


class CannotPause(TransitionRefused):
    """The job's type has no checkpoints to go on from."""


class LeaseLost(Exception):
    """This attempt is no longer the one that counts; nothing that it writes is kept."""
