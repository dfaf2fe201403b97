"""Writes batches with Django's own connection, on a thread that keeps it: the longer way.

It takes a round trip for each statement, and can decide between two of them.
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

IDLE_SECONDS = 5.0  # after so long a connection may have been cut: look before using it
GONE = (OperationalError, InterfaceError)

log = logging.getLogger(__name__)


class OnThread(Generic[Thing, Result]):
    """An act of `Batches` that does `act` on a thread of its own."""

    def __init__(self, name: str, act: Act[Thing, Result]) -> None:
        self._act = act
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._used_at = 0.0

    async def __call__(self, things: Sequence[Thing]) -> Sequence[Result | Exception]:
        running = asyncio.get_running_loop()
        return await running.run_in_executor(self._thread, self._work, things)

    def close(self) -> None:
        """End the thread and its connection; what has begun is finished."""
        self._thread.submit(_hang_up)
        self._thread.shutdown()

    def _work(self, things: Sequence[Thing]) -> Sequence[Result | Exception]:
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

    def _one_by_one(self, things: Sequence[Thing]) -> list[Result | Exception]:
        return [self._work([thing])[0] for thing in things]


def _hang_up() -> None:
    connection.close()  # the thread's own
