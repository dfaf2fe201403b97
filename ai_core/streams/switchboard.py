"""All streams of this process: who reads what, how many may, and the look that misses nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext as _

from ai_core.streams import statements as sql
from ai_core.streams.brand_feed import BrandFeed
from ai_core.streams.database import UNAVAILABLE, Database
from ai_core.streams.errors import TooManyStreams
from ai_core.streams.hearing import Hearing
from ai_core.streams.horizon import Horizon
from ai_core.streams.job_feed import JobFeed
from ai_core.streams.reading import Reader
from ai_core.streams.stream import Stream
from ai_core.streams.watch import Watch
from brands.errors import ServiceUnavailable

LOOK_SECONDS = 5.0
TICK_SECONDS = 1.0
LOOK_AT_ONCE = 1000
EVENTS_AT_ONCE = 2000
ONLY_OF_THE_JOB = {"log", "metric", "event", "artifact"}  # a brand's stream tells none of these

log = logging.getLogger(__name__)


class Switchboard:
    """Made on the event loop by the first stream; `close` ends every stream politely."""

    def __init__(self) -> None:
        self.database = Database()
        self.horizon = Horizon(self.database)
        self.reader = Reader(self.database, self.horizon)
        self.streams: set[Stream] = set()
        self.opening = 0
        self.closing = False
        self._users: Counter[int] = Counter()
        self._jobs: dict[int, JobFeed] = {}
        self._brands: dict[int | None, BrandFeed] = {}
        self._events_seen = 0
        self._watch = Watch(self.streams)
        self._hearing = Hearing(heard=self._heard, missed=self._missed)
        self._tasks = [
            asyncio.create_task(work)
            for work in (self._hearing.run(), self._every_look(), self._every_tick())
        ]

    # ------------------------------------------------------------------ who comes and goes
    def check_room(self) -> None:
        if self.closing or len(self.streams) + self.opening >= settings.STREAMS_AT_MOST:
            raise ServiceUnavailable(_("Too many streams are open here. Try again in a moment."))

    def check_user(self, user: int) -> None:
        if self._users[user] >= settings.STREAMS_PER_USER:
            raise TooManyStreams(limit=settings.STREAMS_PER_USER)

    def enter(self, stream: Stream) -> None:
        self.streams.add(stream)
        self._users[stream.user] += 1
        self._watch.begin(stream)

    def leave(self, stream: Stream) -> None:
        self.streams.discard(stream)
        self._users[stream.user] -= 1
        if not self._users[stream.user]:
            del self._users[stream.user]

    def job_feed(self, job: int) -> JobFeed:
        feed = self._jobs.get(job)
        if feed is None:
            feed = self._jobs[job] = JobFeed(job, self.reader)
        feed.readers += 1
        return feed

    def leave_job(self, feed: JobFeed) -> None:
        feed.readers -= 1
        if not feed.readers:
            feed.close()
            self._jobs.pop(feed.job, None)

    async def brand_feed(self, brand: int | None) -> BrandFeed:
        if not self._brands:
            await self.horizon.look()
        if not self._brands:
            self._events_seen = self.horizon.event.safe
        feed = self._brands.get(brand)
        if feed is None:
            feed = self._brands[brand] = BrandFeed(brand, self.database)
            feed.begin(self._events_seen)
        return feed

    def leave_brand(self, feed: BrandFeed) -> None:
        if not feed.trays:
            feed.close()
            self._brands.pop(feed.brand, None)

    async def close(self) -> None:
        """End all streams, so that a restart does not have to cut them."""
        self.closing = True
        for stream in list(self.streams):
            stream.leave("restart")
        for task in self._tasks:
            task.cancel()
        await self.database.close()

    # ------------------------------------------------------------------ what is heard
    def _heard(self, brand: int, job: int, kinds: Iterable[str]) -> None:
        told = list(kinds)
        feed = self._jobs.get(job)
        if feed is not None:
            feed.changed(told)
        if not ONLY_OF_THE_JOB.issuperset(told):
            self._brand_changed(brand, [job])

    def _brand_changed(self, brand: int, jobs: Iterable[int]) -> None:
        numbers = list(jobs)
        for one in (brand, None):
            brand_feed = self._brands.get(one)
            if brand_feed is not None:
                brand_feed.changed(numbers)

    def _missed(self) -> None:
        for feed in self._jobs.values():
            feed.changed()

    # ------------------------------------------------------------------ what was not heard
    async def _every_tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._watch.tick()
            now = time.monotonic()
            for feed in self._jobs.values():
                feed.forget_old(now)

    async def _every_look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look_at_jobs()
                if self._brands:
                    await self._look_at_brands()
            except UNAVAILABLE as error:
                log.debug("streams could not look at their jobs: %s", error)
                self._say_away()
            except Exception:
                log.exception("streams could not look at their jobs")

    def _say_away(self) -> None:
        for job in self._jobs.values():
            job.changed()  # it will find out, and say so until it has read again
        for brand in self._brands.values():
            brand.say_away()

    async def _look_at_jobs(self) -> None:
        numbers = list(self._jobs)
        for start in range(0, len(numbers), LOOK_AT_ONCE):
            chunk = numbers[start : start + LOOK_AT_ONCE]
            (rows,) = await self.database.read((sql.LOOK, [chunk]))
            seen = {row["id"]: row for row in rows}
            for job in chunk:
                feed = self._jobs.get(job)
                if feed is not None and feed.seen != seen.get(job, {}):
                    feed.seen = seen.get(job, {})
                    feed.changed()

    async def _look_at_brands(self) -> None:
        await self.horizon.look()
        safe = self.horizon.event.safe
        while self._events_seen < safe:
            statement = sql.STATUS_EVENTS, [self._events_seen, safe, EVENTS_AT_ONCE]
            (rows,) = await self.database.read(statement)
            for row in rows:
                self._brand_changed(row["brand_id"], [row["job_id"]])
            self._events_seen = rows[-1]["id"] if len(rows) == EVENTS_AT_ONCE else safe
        values = [None, None, 2 * LOOK_SECONDS, LOOK_AT_ONCE]
        (leased,) = await self.database.read((sql.LEASED, values))
        for row in leased:
            self._brand_changed(row["brand_id"], [row["id"]])
        for feed in self._brands.values():
            feed.reached(self._events_seen)
