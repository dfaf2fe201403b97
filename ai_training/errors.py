"""What stands against a report or a claim; each says what the sender can do."""

from django.utils.translation import gettext_lazy as _

from brands.errors import DomainError


class RunNotStarted(DomainError):
    """The run waits for a slot, or is a draft: keep the report and send it again later."""

    code, status = "RUN_NOT_STARTED", 409
    detail = _("The run has not started: its queue is full or paused, or it is not due. Retry.")


class RunHeldElsewhere(DomainError):
    """A worker or another runner holds the run; only its holder may report."""

    code, status = "RUN_HELD_ELSEWHERE", 409
    detail = _("Somebody else holds this run. Claim it again when its lease has run out.")


class LeaseNotCurrent(DomainError):
    """The lease is no longer the one that counts: stop, and claim the run again."""

    code, status = "LEASE_LOST", 409
    detail = _("This lease no longer counts. Stop the work and claim the run again.")


class SignatureInvalid(DomainError):
    """No secret of the run made this signature, a header is missing, or the message is stale."""

    code, status = "SIGNATURE_INVALID", 401
    detail = _("The signature does not match. Sign id.timestamp.body with the run's secret.")


class TooManyReports(DomainError):
    """More reports of one run wait than are taken at a time: gather them and send batches."""

    code, status = "TOO_MANY_REPORTS", 429
    detail = _("Too many reports of this run at once. Send batches, a few a second.")
