"""What a reader missed before it came: from its cursor, from the rows it names, or from a tail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ai_core.models import AIJob
from ai_core.streams import frames
from ai_core.streams import statements as sql
from ai_core.streams.brand_feed import BrandFeed, News, news_of
from ai_core.streams.cursors import BrandCursor, JobCursor
from ai_core.streams.database import Database
from ai_core.streams.reading import Reader

if TYPE_CHECKING:
    from ai_core.streams.switchboard import Switchboard

EVENTS_AT_MOST = 20_000  # a longer gap is not bridged: the reader is told to load anew
JOBS_AT_MOST = 1000
RUNNING_AT_MOST = 500
ANY_AGE_SECONDS = 10 * 366 * 86_400


async def is_told(reader: Reader, cursor: JobCursor) -> bool:
    """Has this reader heard all that a job that is over will ever say?"""
    batch = await reader.read(cursor)
    return batch.over and not batch.moves


async def tail_of(database: Database, job: int, *, lines: int) -> JobCursor:
    """Return the cursor before the last so many log lines."""
    (rows,) = await database.read((sql.TAIL, [job, lines]))
    return JobCursor(job, log=rows[0]["log"])


def named_jobs(
    scope: Any, references: Sequence[str] | None
) -> tuple[frozenset[int] | None, list[str]]:
    """Return the ids of these jobs, and the references that name none; in a thread."""
    if references is None:
        return None, []
    sane = [one for one in references if "\0" not in one]
    numbers = [int(one) for one in sane if one.isascii() and one.isdigit() and len(one) < 19]
    jobs = AIJob.objects.for_brand(scope)
    found = dict(jobs.filter(pk__in=numbers).values_list("pk", "job_id"))
    found.update(jobs.filter(job_id__in=sane).values_list("pk", "job_id"))
    known = {str(number) for number in found} | set(found.values())
    return frozenset(found), [one for one in references if one not in known]


class Missed:
    """News of a brand's jobs between the reader's cursor and the moment it joined the feed."""

    def __init__(
        self, switchboard: Switchboard, feed: BrandFeed, *, since: BrandCursor | None, until: int
    ) -> None:
        self._database = switchboard.database
        self._newest = switchboard.horizon.event
        self._feed = feed
        self._since = since
        self._until = until

    async def read(
        self, jobs: frozenset[int] | None, absent: Iterable[str]
    ) -> tuple[list[News], str]:
        """Return the news, and why the reader must load anew, if so."""
        if jobs is not None:
            news = [_absent(number, one) for number, one in enumerate(absent)]
            rows = await self._feed.rows(sorted(jobs))
            return news + [news_of(row, "status") for row in rows], ""
        changed, reset = await self._changed()
        rows = await self._feed.rows(changed) if changed else []
        running = await self._feed.rows(await self._running())
        known = set(changed)
        news = [news_of(row, "progress") for row in running if row["id"] not in known]
        return news + [news_of(row, "status") for row in rows], reset

    async def _changed(self) -> tuple[list[int], str]:
        if self._since is None or self._since.event == self._until:
            return [], ""
        gap = self._until - self._since.event
        if gap > EVENTS_AT_MOST or self._since.event > max(self._newest.safe, self._until):
            return [], "gap"
        statement = sql.STATUS_EVENTS, [self._since.event, self._until, EVENTS_AT_MOST]
        (rows,) = await self._database.read(statement)
        brand = self._feed.brand
        changed = {row["job_id"]: 0 for row in rows if brand in (None, row["brand_id"])}
        return ([], "gap") if len(changed) > JOBS_AT_MOST else (list(changed), "")

    async def _running(self) -> list[int]:
        brand = self._feed.brand
        statement = sql.LEASED, [brand, brand, ANY_AGE_SECONDS, RUNNING_AT_MOST]
        (rows,) = await self._database.read(statement)
        return [row["id"] for row in rows]


def _absent(number: int, reference: str) -> News:
    """Tell that a row on somebody's screen is no longer there, or never was theirs."""
    data: dict[str, Any] = {"id": None, "job_id": reference}
    if reference.isascii() and reference.isdigit():
        data = {"id": int(reference[:18]), "job_id": None}
    return "removed", -1 - number, frames.frame("removed", data)
