"""Lets a busy thread act at most every few milliseconds, so that what comes in meanwhile gathers.

The first act after a quiet moment is never delayed.
"""

import time

GATHER_SECONDS = 0.005


class Gathering:
    def __init__(self, seconds: float = GATHER_SECONDS) -> None:
        self._seconds = seconds
        self._last = 0.0

    def wait(self) -> None:
        """Wait until the last act is long enough ago, and count this one as the last."""
        soonest = self._last + self._seconds
        rest = soonest - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        self._last = time.monotonic()
