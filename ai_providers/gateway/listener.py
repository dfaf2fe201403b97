"""One client that waits for a run: it is woken by news, and by its own going away."""

from __future__ import annotations

import asyncio


class Listener:
    def __init__(self) -> None:
        self.is_gone = False
        self._woken: asyncio.Future[None] | None = None
        self._has_news = False

    def wake(self) -> None:
        self._has_news = True
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def leave(self) -> None:
        self.is_gone = True
        self.wake()

    async def news(self) -> None:
        """Return when there is something new since the last time."""
        if not self._has_news:
            self._woken = asyncio.get_running_loop().create_future()
            try:
                await self._woken
            finally:
                self._woken = None
        self._has_news = False
