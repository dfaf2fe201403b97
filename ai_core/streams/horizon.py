"""The horizon of ai_core/horizon.py on the event loop: one look at a time, shared by all."""

from __future__ import annotations

import asyncio

from ai_core import horizon
from ai_core.streams.database import Database


class Horizon(horizon.Edges):
    """Whoever asks during a look shares the next one."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._lock = asyncio.Lock()
        self._begun = 0

    async def look(self) -> None:
        """Return after a look that began after this call."""
        begun_before = self._begun
        async with self._lock:
            if self._begun == begun_before:
                self._begun += 1
                await self._look()

    async def _look(self) -> None:
        ((row,),) = await self._database.read((horizon.LOOK, []))
        self.move(row["log"], row["event"], row["writers"])
