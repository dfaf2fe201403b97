"""Asks until there is an answer, from a thread (`complete`) or on an event loop (`stream`).

Both follow the same `Course`; all they add is how to wait and how to be stopped.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ai_core.execution.protocol import JobStopped
from ai_providers import loop
from ai_providers.asking import Answer, ChatRequest, Piece
from ai_providers.calls import Asker
from ai_providers.course import Course, Try, Wait
from ai_providers.failures import ProviderFailure

T = TypeVar("T")
OnStop = Callable[[Callable[[], None]], None]


def complete(asker: Asker, request: ChatRequest, *, seconds: float, on_stop: OnStop) -> Answer:
    """Return the answer; raise Failure, QuotaExceeded or PriceUnknown, or JobStopped when stopped.

    `on_stop` takes what is to be called when the job must stop: it closes the socket.
    """
    stop = threading.Event()
    on_stop(stop.set)
    course = Course(asker, request, seconds=seconds)
    while not stop.is_set():
        step = course.next()
        if isinstance(step, Wait):
            stop.wait(step.seconds)
            continue
        try:
            loop.wait_for(step.whole(), on_stop=on_stop)
        except loop.Stopped:
            course.stopped(step)
            break
        except ProviderFailure as failure:
            course.failed(step, failure)
        except BaseException:
            course.stopped(step)
            raise
        else:
            return course.done(step)
    raise JobStopped


# ---------------------------------------------------------------------- on an event loop
threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="calls")


async def in_database(act: Callable[..., T], *args: Any, **named: Any) -> T:
    """Do database work in a thread that keeps its connection."""
    running = asyncio.get_running_loop()
    return await running.run_in_executor(threads, lambda: act(*args, **named))


async def stream(asker: Asker, request: ChatRequest, *, seconds: float) -> AsyncIterator[Piece]:
    """Yield the answer's pieces as they come; raises as `complete` does.

    A provider that fails before its first piece is replaced unnoticed; afterwards nobody is, and
    the failure is raised. Closing the generator, or cancelling its task, closes the socket and
    charges what had come by then.
    """
    course = await in_database(Course, asker, request, seconds=seconds)
    while True:
        step = await in_database(course.next)
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
            continue
        delivered = False
        try:
            async for piece in step.pieces():
                delivered = True
                yield piece
        except ProviderFailure as failure:
            await in_database(course.failed, step, failure, delivered=delivered)
        except BaseException:
            await asyncio.shield(in_database(course.stopped, step))
            raise
        else:
            await asyncio.shield(in_database(course.done, step))
            return


async def answer(asker: Asker, request: ChatRequest, *, seconds: float) -> Answer:
    """Return a whole answer on an event loop; `raw` is the provider's own body, if it has one."""
    found = Answer()
    async for piece in stream(asker, request, seconds=seconds):
        found.add(piece)
        if piece.done and piece.raw is not None:
            found.raw = piece.raw
    return found.close()


__all__ = ["Try", "answer", "complete", "in_database", "stream"]
