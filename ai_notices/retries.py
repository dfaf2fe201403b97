"""When a delivery is tried again: the schedule of Standard Webhooks, over three days."""

from __future__ import annotations

import random
from datetime import timedelta

_MINUTE, _HOUR = 60, 3600
PAUSES = (
    5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR,
    24 * _HOUR,
)  # fmt: skip
JITTER = 0.1
LONGEST_WISH = timedelta(days=1)


def pause_after(tries: int, *, wished: float | None = None) -> timedelta | None:
    """How long to wait after so many tries; None: that was the last.

    Each pause is a little random, so that what failed together is not tried together. Whoever
    answers `Retry-After` is asked no earlier.
    """
    if tries > len(PAUSES):
        return None
    pause = PAUSES[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    wish = min(wished or 0.0, LONGEST_WISH.total_seconds())
    return timedelta(seconds=max(pause, wish))
