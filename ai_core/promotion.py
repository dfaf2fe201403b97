"""What it costs the others to move one job to the front of its queue (BEY-03)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ai_core.models import AIJob
from ai_core.waiting import Line
from brands.access import Access
from brands.scoping import ALL_BRANDS

SHOWN = 20


@dataclass(frozen=True)
class Slip:
    """A job that starts later; by how many seconds, where that can be said."""

    job_id: str
    name: str
    by: float | None


@dataclass(frozen=True)
class Price:
    """Who waits longer. Of other brands' jobs only the number is told, and the longest delay."""

    position: int | None
    slips: list[Slip]
    own: int
    others: int
    others_by: float | None
    starts_before: datetime | None
    starts_after: datetime | None

    @property
    def is_free(self) -> bool:
        return not self.own and not self.others


def price_of(job: AIJob, access: Access) -> Price:
    """Let the queue run twice in mind, as it stands and with the job in front."""
    now = Line(job.queue)
    then = now.with_first(job)
    at = next((place[3] for place in now.places if place[0] == job.pk), None)
    passed = [place for place in now.places if place[0] != job.pk and (at is None or place[3] < at)]
    seen = [one[0] for one in passed if access.scope is ALL_BRANDS or one[1] == _brand(access)]
    unseen = {one[0] for one in passed} - set(seen)
    return Price(
        position=at,
        slips=_slips(seen, now, then),
        own=len(seen),
        others=len(unseen),
        others_by=max((by for one in unseen if (by := _later(one, now, then)) is not None),
                      default=None),
        starts_before=now.start_of(job.pk)[0] if at else job.run_after,
        starts_after=then.start_of(job.pk)[0],
    )  # fmt: skip


def _brand(access: Access) -> int | None:
    return access.brand.pk if access.brand else None


def _slips(numbers: Iterable[int], now: Line, then: Line) -> list[Slip]:
    by = {one: _later(one, now, then) for one in list(numbers)[:SHOWN]}
    named = AIJob.objects.filter(pk__in=by).values_list("pk", "job_id", "description")
    found = {pk: Slip(job_id, text or job_id, by[pk]) for pk, job_id, text in named}
    return [found[one] for one in by if one in found]


def _later(number: int, now: Line, then: Line) -> float | None:
    before, after = now.start_of(number)[0], then.start_of(number)[0]
    return (after - before).total_seconds() if before and after else None
