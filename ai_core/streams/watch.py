"""Looks after open streams each second: signs of life, rights, age, and readers that are dead."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from ai_core.streams.caller import Caller
from ai_core.streams.database import UNAVAILABLE
from ai_core.streams.stream import Stream, scope_of
from brands.access import Access
from brands.errors import DomainError

SHARED_SECONDS = 5.0
log = logging.getLogger(__name__)
threads = ThreadPoolExecutor(2, thread_name_prefix="streams")  # for Django's own queries


async def in_thread(work: Any, *values: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(threads, work, *values)


class Watch:
    def __init__(self, streams: set[Stream]) -> None:
        self._streams = streams
        self._answers: dict[Caller, tuple[float, asyncio.Future[Access]]] = {}
        self._checks: set[asyncio.Task[None]] = set()

    def begin(self, stream: Stream) -> None:
        now = time.monotonic()
        stream.ends_at = now + settings.STREAM_LIFETIME_SECONDS
        stream.check_at = now + settings.STREAM_CHECK_SECONDS * random.uniform(0.8, 1.0)  # noqa: S311

    def tick(self) -> None:
        now = time.monotonic()
        for stream in self._streams:
            stalled = stream.sending_since
            if stalled is not None and now - stalled > settings.STREAM_STALL_SECONDS:
                log.info("a reader takes nothing; its stream is cut")
                stream.cut()
            elif now >= stream.ends_at:
                stream.leave("lifetime")
            elif now >= stream.check_at:
                self.begin_check(stream, now)
            elif stream.is_quiet:
                stream.wake()
        for caller, (at, _answer) in list(self._answers.items()):
            if now - at > SHARED_SECONDS:
                del self._answers[caller]

    def begin_check(self, stream: Stream, now: float) -> None:
        stream.check_at = now + settings.STREAM_CHECK_SECONDS
        task = asyncio.create_task(self._check(stream, now))
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)

    async def _check(self, stream: Stream, now: float) -> None:
        if stream.caller not in self._answers:
            answer = asyncio.ensure_future(in_thread(stream.caller.access))
            self._answers[stream.caller] = (now, answer)
        try:
            access = await asyncio.shield(self._answers[stream.caller][1])
        except (*UNAVAILABLE, DatabaseError) as error:
            log.warning("the rights of a stream could not be checked: %s", error)
        except DomainError:
            stream.leave("access")
        except Exception:
            log.exception("the rights of a stream could not be checked")
            stream.leave("access")
        else:
            if scope_of(access) != stream.scope:
                stream.leave("access")
