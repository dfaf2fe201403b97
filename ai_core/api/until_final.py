"""Waits for a job to end, for `Prefer: wait=N`, without a busy loop and without a connection.

One thread per process hears the change notices of all jobs. A notice may get lost, so a waiter
also looks by itself, now and then; with Valkey gone, more often.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from django.conf import settings
from django.db import connection
from redis.exceptions import RedisError

from ai_core import notices
from ai_core.models import AIJob
from ai_core.statuses import FINAL

log = logging.getLogger(__name__)

LONGEST = 60
LOOK_SECONDS = 2.0
LOOK_SECONDS_WITHOUT_NOTICES = 0.25
REST_SECONDS = 2.0

# Waiters sit on web threads: at most half of them, the others go on answering.
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


class Ear:
    """Hears the change notices, and wakes those who wait for a job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, set[threading.Event]] = defaultdict(set)
        self._pid = 0
        self.hears = False

    @contextmanager
    def on(self, job_pk: int) -> Iterator[threading.Event]:
        bell = threading.Event()
        with self._lock:
            self._waiting[job_pk].add(bell)
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._listen, name="until-final", daemon=True).start()
        try:
            yield bell
        finally:
            with self._lock:
                self._waiting[job_pk].discard(bell)
                if not self._waiting[job_pk]:
                    del self._waiting[job_pk]

    def _listen(self) -> None:
        while True:
            try:
                self._hear()
            except (RedisError, OSError, ValueError) as error:
                log.warning("change notices are not heard: %s", error)
            self.hears = False
            time.sleep(REST_SECONDS)

    def _hear(self) -> None:
        with notices.client().pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(notices.CHANGES)
            self.hears = True
            while True:
                message = channel.get_message(timeout=1.0)
                if message is not None:
                    self._wake(int(orjson.loads(message["data"])["job"]))

    def _wake(self, job_pk: int) -> None:
        with self._lock:
            for bell in self._waiting.get(job_pk, ()):
                bell.set()


ear = Ear()


def wait_until_final(job_pk: int, seconds: float) -> bool:
    """Wait until the job is over; False when it is not, or when too many wait already."""
    if not _places.acquire(blocking=False):
        return False
    try:
        return _wait(job_pk, seconds)
    finally:
        _places.release()


def _wait(job_pk: int, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    with ear.on(job_pk) as bell:
        while not _is_final(job_pk):
            left = ends - time.monotonic()
            if left <= 0:
                return False
            if not connection.in_atomic_block:
                connection.close()  # nobody holds a connection by waiting
            bell.wait(min(left, LOOK_SECONDS if ear.hears else LOOK_SECONDS_WITHOUT_NOTICES))
            bell.clear()
    return True


def _is_final(job_pk: int) -> bool:
    status = AIJob.objects.filter(pk=job_pk).values_list("status", flat=True).first()
    return status is None or status in FINAL
