"""The one subscription of this process: hears which jobs changed, and says when it is deaf."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

import orjson
from django.conf import settings
from redis import asyncio as redis
from redis.exceptions import RedisError

from ai_core.notices import CHANGES

REST_SECONDS = 1.0
log = logging.getLogger(__name__)

Heard = Callable[[int, int, Iterable[str]], None]  # brand, job, kinds


class Hearing:
    def __init__(self, *, heard: Heard, missed: Callable[[], None]) -> None:
        self._heard = heard
        self._missed = missed
        self._is_deaf = False

    async def run(self) -> None:
        """Listen for ever. After each gap, whatever was said meanwhile counts as missed."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if not self._is_deaf:
                    log.warning("streams hear no notices and look by themselves: %s", error)
                self._is_deaf = True
            await asyncio.sleep(REST_SECONDS)

    async def _listen(self) -> None:
        client = redis.Redis.from_url(
            str(settings.REDIS_URL), socket_connect_timeout=2, socket_timeout=None
        )
        async with client, client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CHANGES)
            if self._is_deaf:
                log.info("streams hear notices again")
                self._is_deaf = False
                self._missed()
            while True:
                message = await channel.get_message(timeout=10)
                if message is None:
                    await channel.ping()  # a connection that died without a word fails here
                elif isinstance(message["data"], bytes):
                    self._take(message["data"])

    def _take(self, body: bytes) -> None:
        try:
            notice = orjson.loads(body)
            self._heard(notice["brand"], notice["job"], notice["kinds"])
        except (ValueError, KeyError, TypeError):
            log.debug("a notice that is none: %r", body[:100])
