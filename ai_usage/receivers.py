"""When usage is booked, corrected, forgotten and folded."""

from __future__ import annotations

from typing import Any

from ai_core.models import AIJob
from ai_core.signals import as_statements
from ai_usage import booking, days


@as_statements(booking.bills)
def book_ended(*, jobs: list[AIJob], **_: Any) -> None:
    booking.book(jobs)


def book_late(*, jobs: list[AIJob], **_: Any) -> None:
    booking.book_again(jobs)


def book_elsewhere(*, jobs: list[AIJob], **_: Any) -> None:
    booking.move(jobs)


def forget_purged(*, jobs: list[AIJob], **_: Any) -> None:
    booking.forget([job.pk for job in jobs])


def fold_days(**_: Any) -> None:
    days.fold()
