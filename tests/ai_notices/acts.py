"""What tests of notices do all day: run a job, read the journal, deliver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from ai_core.services import JobService
from ai_notices import delivering, journal
from ai_notices.models import Delivery


def read_and_deliver(most: int = 50) -> int:
    """Return how many tries it took."""
    while journal.read_on():
        pass
    for tries in range(most):
        if not delivering.deliver_one():
            return tries
    raise AssertionError(f"it still delivers after {most} tries")


def run(job: Any) -> Any:
    return JobService.process_job(job.pk)


def make_due() -> None:
    """As if every pause and every lease were over: whoever still delivers has lost it."""
    _waiting().update(due_at=_past(), leased_until=None)


def end_pauses() -> None:
    """As if the pauses between the tries were over; whoever delivers just now keeps it."""
    _waiting().filter(leased_until=None).update(due_at=_past())


def _waiting() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state="waiting")


def _past() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)
