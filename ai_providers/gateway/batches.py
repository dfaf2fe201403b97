"""Gathers what many callers want of the database at the same time into one transaction.

A lone caller never waits. In a crowd a batch waits a moment for about half of it, and while it is
being written the next one gathers: what a batch costs, whatever its size, is shared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from brands.pipelined import Refused

Thing = TypeVar("Thing")
Result = TypeVar("Result")
Act = Callable[[Sequence[Thing]], Awaitable[Sequence[Result | Exception]]]

MOST = 200
GATHER_SECONDS = 0.002


class Batches(Generic[Thing, Result]):
    """`put` returns what `act` found for this one thing, or raises it."""

    def __init__(self, act: Act[Thing, Result], *, crowd: Callable[[], int]) -> None:
        self._act = act
        self._crowd = crowd  # how many there are who may come
        self._waiting: list[tuple[Thing, asyncio.Future[Result]]] = []
        self._work: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def put(self, thing: Thing) -> Result:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((thing, future))
        if self._work is None:
            self._plan(loop)
        return await future

    def _plan(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a batch in this turn of the loop if enough have come, else in a moment."""
        if 2 * len(self._waiting) >= self._crowd():
            self._begin()
        elif self._timer is None:
            self._timer = loop.call_later(GATHER_SECONDS, self._begin)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # Others that are ready in this turn of the loop come along.
        self._work = asyncio.ensure_future(self._go())

    async def _go(self) -> None:
        taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        results: Sequence[Result | Exception]
        try:
            results = await self._act([thing for thing, _future in taken])
        except Exception as error:
            results = [error] * len(taken)
        self._work = None
        if self._waiting:
            self._plan(asyncio.get_running_loop())
        for (_thing, future), result in zip(taken, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


async def each_alone(
    write: Callable[[Sequence[Thing]], Awaitable[Sequence[Result]]], things: Sequence[Thing]
) -> list[Result | Exception]:
    """Write them together; if that is refused, one by one: who is at fault is alone with it."""
    try:
        return list(await write(things))
    except Refused as refused:
        if len(things) == 1:
            return [refused]
    parts = await asyncio.gather(*(each_alone(write, [one]) for one in things))
    return [part[0] for part in parts]
