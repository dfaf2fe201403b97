"""Writes births and ends: in one round trip where that goes, else the longer way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from ai_providers import completing
from ai_providers.gateway import births, endings, quick_births, quick_ends
from ai_providers.gateway.batches import Batches, each_alone
from ai_providers.gateway.births import Birth
from ai_providers.gateway.endings import End
from ai_providers.gateway.on_thread import OnThread
from brands.pipelined import Pipeline, Refused

log = logging.getLogger(__name__)


class Writer:
    """The lines to the database of one process."""

    def __init__(self, *, crowd: Callable[[], int]) -> None:
        self._pipelines = (
            Pipeline("births", completing.threads),
            Pipeline("ends", completing.threads),
        )
        self._quick_births = quick_births.Births(self._pipelines[0])
        self._quick_ends = quick_ends.Ends(self._pipelines[1], crowd=crowd)
        self._slow = OnThread("births", births.bear), OnThread("ends", endings.write)
        self._births: Batches[Birth, Birth] = Batches(self._bear_quickly, crowd=crowd)
        self._ends: Batches[End, bool] = Batches(self._end_quickly, crowd=crowd)
        self._slow_births: Batches[Birth, Birth] = Batches(self._slow[0], crowd=lambda: 0)
        self._slow_ends: Batches[End, bool] = Batches(self._slow[1], crowd=lambda: 0)

    async def bear(self, birth: Birth) -> Birth:
        """Save and start a job, with its first attempt if that can begin; or raise why not."""
        if quick_births.usual(birth):
            try:
                return await self._births.put(birth)
            except Refused as refused:
                log.info("a birth goes the longer way: %s", refused)
                birth.terms.is_rough = True
                birth.call, birth.job.id = None, None
        return await self._slow_births.put(birth)

    async def end(self, end: End) -> bool:
        """Write how a job ended. False: somebody else has ended it."""
        if quick_ends.usual(end):
            try:
                return await self._ends.put(end)
            except Refused as refused:
                log.info("an end goes the longer way: %s", refused)
                end.ending.usage = []
        return await self._slow_ends.put(end)

    async def close(self) -> None:
        for pipeline in self._pipelines:
            pipeline.close()
        for slow in self._slow:
            await asyncio.to_thread(slow.close)

    async def _bear_quickly(self, batch: Sequence[Birth]) -> list[Birth | Exception]:
        return await each_alone(self._quick_births.write, batch)

    async def _end_quickly(self, batch: Sequence[End]) -> list[bool | Exception]:
        return await each_alone(self._quick_ends.write, batch)
