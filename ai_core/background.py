"""A thread that does what may be late or lost: bells and change notices, never the truth.

Whoever calls `later` never waits: not for a connection, not for a broker that is gone or silent.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

CAPACITY = 10_000
REST_SECONDS = 2.0


class Background:
    """One daemon thread, started on first use and again in a forked child."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._errands: deque[Callable[[], object]] = deque(maxlen=CAPACITY)
        self._wake = threading.Event()
        self._pid = 0
        self._lock = threading.Lock()
        self._rest_until = 0.0

    def later(self, errand: Callable[[], object]) -> None:
        """Do it soon; with the other side down, or too much to do, not at all."""
        if time.monotonic() < self._rest_until:
            return
        self._errands.append(errand)
        if self._pid != os.getpid():
            self._start()
        self._wake.set()

    def _start(self) -> None:
        with self._lock:
            if self._pid != os.getpid():
                threading.Thread(target=self._work, name=self.name, daemon=True).start()
                self._pid = os.getpid()

    def _work(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._errands:
                try:
                    self._errands.popleft()()
                except IndexError:
                    break
                except Exception as error:  # whatever the client library raises
                    self._errands.clear()
                    self._rest_until = time.monotonic() + REST_SECONDS
                    log.warning("%s: %s; resting for %s s", self.name, error, REST_SECONDS)
