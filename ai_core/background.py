"""A thread that does what may be late or lost: bells and change notices, never the truth.

Whoever calls `later` never waits: not for a connection, not for a broker that is gone or silent.
What piles up meanwhile is handed over together.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from ai_core.gathering import Gathering

Thing = TypeVar("Thing")

log = logging.getLogger(__name__)

CAPACITY = 10_000
REST_SECONDS = 2.0


class Background(Generic[Thing]):
    """One daemon thread, started on first use and again in a forked child.

    `send` gets all things that have gathered, at most `per_second` times.
    """

    def __init__(
        self, name: str, send: Callable[[list[Thing]], object], *, per_second: float
    ) -> None:
        self.name = name
        self._send = send
        self._per_second = per_second
        self._things: deque[Thing] = deque(maxlen=CAPACITY)
        self._wake = threading.Event()
        self._pid = 0
        self._lock = threading.Lock()
        self._rest_until = 0.0

    def later(self, *things: Thing) -> None:
        """Do it soon; with the other side down, or too much to do, not at all."""
        if time.monotonic() < self._rest_until:
            return
        self._things.extend(things)
        if self._pid != os.getpid():
            self._start()
        self._wake.set()

    def _start(self) -> None:
        with self._lock:
            if self._pid != os.getpid():
                threading.Thread(target=self._work, name=self.name, daemon=True).start()
                self._pid = os.getpid()

    def _work(self) -> None:
        gathering = Gathering(per_second=self._per_second)
        while True:
            self._wake.wait()
            gathering.wait()
            self._wake.clear()
            gathered = [self._things.popleft() for _ in range(len(self._things))]
            if not gathered:
                continue
            try:
                self._send(gathered)
            except Exception as error:  # whatever the client library raises
                self._things.clear()
                self._rest_until = time.monotonic() + REST_SECONDS
                log.warning("%s: %s; resting for %s s", self.name, error, REST_SECONDS)
