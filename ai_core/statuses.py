"""The life of a job as one table: which states there are, and which moves are legal.

The database enforces the same table by a trigger (migrations), and a test holds the two together.
"""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class JobStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Pending")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    COMPLETED = "completed", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    TIMEOUT = "timeout", _("Timed out")


class Priority(IntegerChoices):
    LOW = 0, _("Low")
    NORMAL = 1, _("Normal")
    HIGH = 2, _("High")
    URGENT = 3, _("Urgent")

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def from_word(cls, word: str) -> "Priority":
        return cls[word.upper()]

    @classmethod
    def words(cls) -> list[str]:
        return [priority.word for priority in cls]


_S = JobStatus
TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    _S.DRAFT: frozenset({_S.PENDING, _S.CANCELLED}),
    _S.PENDING: frozenset({_S.RUNNING, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.COMPLETED, _S.FAILED, _S.TIMEOUT, _S.CANCELLED, _S.PAUSED}),
    _S.PAUSED: frozenset({_S.PENDING, _S.CANCELLED}),
}
FINAL = frozenset(JobStatus) - TRANSITIONS.keys()
OPEN = frozenset(TRANSITIONS)
INITIAL = frozenset({_S.DRAFT, _S.PENDING})


def sources_of(target: JobStatus) -> frozenset[JobStatus]:
    """Return the states that a job may leave to reach `target`."""
    return frozenset(status for status, targets in TRANSITIONS.items() if target in targets)


class FailureClass(TextChoices):
    """Why a job ended badly: what staff need to know before they press a button (BEY-04)."""

    NONE = "", _("none")
    INPUT = "input", _("The input was refused")
    PROVIDER_LIMIT = "provider_limit", _("The provider's rate limit")
    PROVIDER_QUOTA = "provider_quota", _("The provider's quota")
    PROVIDER_REFUSED = "provider_refused", _("The provider refused")
    PROVIDER_DOWN = "provider_down", _("The provider did not answer")
    QUOTA = "quota", _("Our own quota")
    WORKER_LOST = "worker_lost", _("The worker was lost")
    STALLED = "stalled", _("No sign of life")
    TIMEOUT = "timeout", _("Time-out")
    BUDGET = "budget", _("Over budget")
    CANCELLED = "cancelled", _("Cancelled")
    BUG = "bug", _("An error in the job's code")


# Trying the same thing again can only help where the cause may have gone by then.
WORTH_RETRYING = frozenset(
    {
        FailureClass.PROVIDER_LIMIT,
        FailureClass.PROVIDER_DOWN,
        FailureClass.WORKER_LOST,
        FailureClass.STALLED,
    }
)
