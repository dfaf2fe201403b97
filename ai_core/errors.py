"""Errors that the domain raises; each has a code and an HTTP status, and says what to do."""

from django.utils.translation import gettext_lazy as _

from brands.errors import DomainError


class JobError(DomainError):
    """Something that cannot be done with a job."""


class JobTypeNotFound(JobError):
    """No job type has this name; the answer names the nearest."""

    code, status = "JOB_TYPE_NOT_FOUND", 400


class JobNotFound(JobError):
    """There is no such job, or it belongs to another brand."""

    code, status = "NOT_FOUND", 404


class InvalidInput(JobError):
    """`errors` maps a dotted path to its messages."""

    code, status = "VALIDATION_ERROR", 400


class InvalidStatus(JobError):
    """There is no such status; `valid` lists those there are."""

    code, status = "INVALID_STATUS", 400


class TransitionRefused(JobError):
    """The job's state does not allow that; `current_status` says what it is in."""

    code, status = "INVALID_TRANSITION", 409


class NotCancellable(TransitionRefused):
    """The job has ended, or was asked to stop already."""

    code = "JOB_NOT_CANCELLABLE"


class JobRunning(TransitionRefused):
    """The job runs: cancel it first, or wait until it ends."""

    code = "JOB_RUNNING"


class JobFinal(TransitionRefused):
    """The job has ended; restart it as a new one."""

    code = "JOB_FINAL"


class InputRemoved(TransitionRefused):
    """The job's input is no longer kept; make a new job with an input of its own."""

    code = "INPUT_REMOVED"


class IdempotencyConflict(JobError):
    """The Idempotency-Key was used before with another body."""

    code, status = "IDEMPOTENCY_CONFLICT", 409


class PermissionRefused(JobError):
    """The job is another member's; its owner or a manager may do that."""

    code, status = "PERMISSION_DENIED", 403


class LinkExpired(JobError):
    """Ask for a new link to the file: `POST …/artifacts/{id}/link/`, or open the job's page."""

    code, status = "LINK_EXPIRED", 410
    detail = _("This link has expired. Open the job's page, or ask the API for a new one.")


class FileGone(JobError):
    """The job's record has this file, the storage does not."""

    code, status = "FILE_GONE", 410
    detail = _("The storage no longer has this file. Ask who runs this hub, or run the job again.")


class StorageFull(JobError):
    """There is no room for the file; nothing of it was kept. Free some and try again."""

    code, status = "STORAGE_FULL", 503


class CannotPause(TransitionRefused):
    """The job's type has no checkpoints to go on from."""


class LeaseLost(Exception):
    """This attempt is no longer the one that counts; nothing that it writes is kept."""
