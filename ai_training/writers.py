"""A few threads that do what is due, when it is due; nobody else's thread waits meanwhile.

They begin when there is something to do, and end with their connections when there is nothing.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections, connection

COUNT = 2
IDLE_SECONDS = 5.0
log = logging.getLogger(__name__)

Work = Callable[[], object]


class Writers:
    """`at(when, work)`: have `work` done in one of the threads, not before `when`."""

    def __init__(self, count: int = COUNT) -> None:
        self._most = count
        self._due: list[tuple[float, int, Work]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._threads = self._resting = 0

    def at(self, when: float, work: Work) -> None:
        with self._changed:
            heapq.heappush(self._due, (when, next(self._order), work))
            if not self._resting and self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._serve, name="reports", daemon=True).start()
            self._changed.notify()

    def _serve(self) -> None:
        while (work := self._next()) is not None:
            try:
                close_old_connections()
                work()
            except Exception:
                log.exception("a writer's work failed")
        connection.close()

    def _next(self) -> Work | None:
        """Wait for something that is due; None after a while without any."""
        until = time.monotonic() + IDLE_SECONDS
        with self._changed:
            while True:
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    return heapq.heappop(self._due)[2]
                end = self._due[0][0] if self._due else until
                if end <= now:
                    self._threads -= 1
                    return None
                self._resting += 1
                self._changed.wait(end - now)
                self._resting -= 1
