"""Lets a thread wait for asynchronous work: one event loop in a thread of its own per process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_pid = 0


class Stopped(Exception):
    """The work was stopped from outside; its sockets are closed."""


def _running() -> asyncio.AbstractEventLoop:
    """Start the loop on first use, and again in a forked child."""
    global _loop, _pid  # noqa: PLW0603  (one loop per process)
    with _lock:
        if _loop is None or _pid != os.getpid():
            _loop = asyncio.new_event_loop()
            _pid = os.getpid()
            threading.Thread(target=_loop.run_forever, name="providers", daemon=True).start()
        return _loop


def _cancel(future: Future[Any]) -> None:
    future.cancel()


def wait_for(work: Coroutine[Any, Any, T], *, on_stop: Callable[[Callable[[], None]], None]) -> T:
    """Run the work on the loop and return what it returns; a stop cancels it there and then."""
    future: Future[T] = asyncio.run_coroutine_threadsafe(work, _running())
    on_stop(lambda: _cancel(future))
    try:
        return future.result()
    except CancelledError:
        raise Stopped from None
