"""Gathers what many callers want of the database at the same time into one transaction.

A lone caller never waits. In a crowd a batch waits some milliseconds for about half of it, and
while it is being written the next one gathers: the round trips, which are what a batch costs, are
shared. Each line has a thread of its own, which keeps its connection.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from ai_core.births import TypesChanged

Thing = TypeVar("Thing")
Result = TypeVar("Result")
Act = Callable[[Sequence[Thing]], Sequence[Result | Exception]]

MOST = 200
GATHER_SECONDS = 0.006
IDLE_SECONDS = 5.0  # after so long a connection may have been cut: look before using it
GONE = (OperationalError, InterfaceError)

log = logging.getLogger(__name__)


class Batches(Generic[Thing, Result]):
    """`put` returns what `act` found for this one thing, or raises it."""

    def __init__(self, name: str, act: Act[Thing, Result], *, crowd: Callable[[], int]) -> None:
        self._act = act
        self._crowd = crowd  # how many there are who may come
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: list[tuple[Thing, asyncio.Future[Result]]] = []
        self._is_busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._used_at = 0.0

    async def put(self, thing: Thing) -> Result:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((thing, future))
        if not self._is_busy:
            self._plan(loop)
        return await future

    def _plan(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a batch in this turn of the loop if enough have come, else in a moment."""
        if 2 * len(self._waiting) >= self._crowd():
            self._begin(loop)
        elif self._timer is None:
            self._timer = loop.call_later(GATHER_SECONDS, self._begin, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._is_busy = True
        # Others that are ready in this turn of the loop come along.
        loop.call_soon(self._start, loop)

    def close(self) -> None:
        """End the thread and its connection; what has begun is finished."""
        self._thread.submit(connection.close)
        self._thread.shutdown()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        things = [thing for thing, _future in taken]
        work = self._thread.submit(self._work, things)
        work.add_done_callback(
            lambda done: loop.call_soon_threadsafe(self._deliver, loop, taken, done.result())
        )

    def _deliver(
        self,
        loop: asyncio.AbstractEventLoop,
        taken: list[tuple[Thing, asyncio.Future[Result]]],
        results: Sequence[Result | Exception],
    ) -> None:
        for (_thing, future), result in zip(taken, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
        self._is_busy = False
        if self._waiting:
            self._plan(loop)

    # ------------------------------------------------------------------ in the thread
    def _work(self, things: list[Thing]) -> Sequence[Result | Exception]:
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            connection.close_if_unusable_or_obsolete()
            connection.close_if_health_check_failed()
        try:
            return self._act(things)
        except GONE as error:
            connection.close()
            return [error] * len(things)
        except (DatabaseError, TypesChanged) as error:
            # One that the database will not have must not spoil the others'.
            return self._one_by_one(things) if len(things) > 1 else [error]
        except Exception as error:
            log.exception("a batch of the gateway failed")
            return [error] * len(things)
        finally:
            self._used_at = time.monotonic()

    def _one_by_one(self, things: list[Thing]) -> list[Result | Exception]:
        return [self._work([thing])[0] for thing in things]
