"""Lets a busy thread act at most some times a second, so that what comes in meanwhile gathers.

After a quiet moment the first acts are never delayed. Under steady work each act finds more to
do, and the round trips, which are what acts cost, stay few.
"""

import time

AT_ONCE = 4.0


class Gathering:
    def __init__(self, *, per_second: float, at_once: float = AT_ONCE) -> None:
        self._per_second = per_second
        self._at_once = at_once
        self._left = at_once
        self._seen = time.monotonic()

    def wait(self) -> None:
        """Wait until there is an act left, and spend it."""
        self._refill()
        if self._left < 1:
            time.sleep((1 - self._left) / self._per_second)
            self._refill()
        self._left -= 1

    def _refill(self) -> None:
        now = time.monotonic()
        self._left = min(self._at_once, self._left + (now - self._seen) * self._per_second)
        self._seen = now
