"""Why a job waits, at which place, and when it will probably start; honest about not knowing."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ai_core.execution import registry
from ai_core.execution.protocol import Way
from ai_core.models import AIJob, Queue, ServiceHeartbeat
from ai_core.statuses import JobStatus
from brands.models import Brand
from brands.scoping import ALL_BRANDS, AllBrands

SEEN_WITHIN = timedelta(seconds=15)
COUNTED = 2_000  # places beyond are "more than"
SIMULATED = 1_000
MEASURED = 50  # ended jobs of a type that an estimate is made from


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One honest card: reason, place, and a range for the start (None: cannot be said)."""

    reason: str
    waiting_because: str
    position: int | None = None
    brand_position: int | None = None
    position_is_capped: bool = False
    estimated_start: datetime | None = None
    estimated_start_latest: datetime | None = None
    slots_used: int | None = None
    slots_total: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


Place = tuple[int, int, int, int, int]  # job, brand, type, place, place within the brand


@dataclass(frozen=True)
class Pace:
    """How long jobs of a type take: usually, and when they take long."""

    usual: float
    long: float


# The order in which a queue's jobs start; the same as in sql/claim.sql.
_LINE = """
WITH RECURSIVE brands (brand_id) AS (
  (SELECT brand_id FROM ai_core_aijob
   WHERE queue_id = %(queue)s AND due AND lease_token IS NULL AND status IN ('pending', 'running')
   ORDER BY brand_id LIMIT 1)
  UNION ALL
  SELECT (SELECT j.brand_id FROM ai_core_aijob j
          WHERE j.queue_id = %(queue)s AND j.due AND j.lease_token IS NULL
            AND j.status IN ('pending', 'running') AND j.brand_id > brands.brand_id
          ORDER BY j.brand_id LIMIT 1)
  FROM brands WHERE brands.brand_id IS NOT NULL
), busy AS (
  SELECT brand_id, count(*) AS slots FROM ai_core_aijob
  WHERE queue_id = %(queue)s AND lease_token IS NOT NULL GROUP BY brand_id
), line AS (
  SELECT j.id, j.brand_id, j.job_type_id, j.queue_rank, j.priority,
    coalesce(b.slots, 0) + row_number() OVER (
      PARTITION BY j.brand_id ORDER BY j.queue_rank, j.priority DESC, j.id) AS turn
  FROM brands CROSS JOIN LATERAL (
    SELECT id, brand_id, job_type_id, queue_rank, priority FROM ai_core_aijob w
    WHERE w.queue_id = %(queue)s AND w.brand_id = brands.brand_id AND w.due
      AND w.lease_token IS NULL AND w.status IN ('pending', 'running')
    ORDER BY queue_rank, priority DESC, id LIMIT %(most)s) j
  LEFT JOIN busy b ON b.brand_id = j.brand_id
  WHERE brands.brand_id IS NOT NULL
)
SELECT id, brand_id, job_type_id,
  row_number() OVER (ORDER BY queue_rank, priority DESC, turn, id) AS place,
  row_number() OVER (PARTITION BY brand_id ORDER BY queue_rank, priority DESC, id) AS brand_place
FROM line ORDER BY place LIMIT %(most)s
"""

_RUNNING = """
SELECT job_type_id, extract(epoch FROM clock_timestamp() - active_since)
FROM ai_core_aijob WHERE queue_id = %s AND lease_token IS NOT NULL
"""

_PACE = """
SELECT t.id,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY d.active_seconds),
  percentile_cont(0.9) WITHIN GROUP (ORDER BY d.active_seconds),
  t.estimated_duration_seconds
FROM ai_core_aijobtype t LEFT JOIN LATERAL (
  SELECT active_seconds FROM ai_core_aijob j
  WHERE j.job_type_id = t.id AND j.status = 'completed'
  ORDER BY j.completed_at DESC LIMIT %s) d ON true
WHERE t.id = ANY (%s) GROUP BY t.id
"""


def waiting_card(job: AIJob) -> Waiting | None:
    """Say why this job does not run; None when nothing keeps it."""
    if job.status == JobStatus.DRAFT:
        return Waiting(reason="draft", waiting_because=_("It is a draft: submit it to start it."))
    if job.status == JobStatus.PAUSED:
        return Waiting(reason="paused", waiting_because=_("It is paused: resume it to go on."))
    if job.status not in (JobStatus.PENDING, JobStatus.RUNNING) or job.lease_token is not None:
        return None
    if not job.due:
        return _not_due(job)
    card = Line(job.queue).card(job)
    if card.reason in ("no_worker", "next") and _is_computed_outside(job):
        because = _("Somebody else computes it: it starts when its runner claims it.")
        return replace(
            card, reason="runner", waiting_because=because, estimated_start=None,
            estimated_start_latest=None,
        )  # fmt: skip
    return card


def _is_computed_outside(job: AIJob) -> bool:
    executor = registry.executor_named(job.job_type.executor)
    return executor is not None and executor.way == Way.EXTERNAL


def _not_due(job: AIJob) -> Waiting:
    start = job.run_after
    if job.waits_for:
        return Waiting(
            reason=job.waits_for, waiting_because=job.substatus or job.waits_for,
            estimated_start=start,
        )  # fmt: skip
    if job.status == JobStatus.RUNNING:
        because = _("The last attempt did not succeed; the next one starts after a pause.")
        return Waiting(reason="retrying", waiting_because=because, estimated_start=start)
    return Waiting(
        reason="scheduled", waiting_because=_("It is scheduled for later."), estimated_start=start
    )


class Line:
    """One queue as it stands now: who waits in which order, and which slots are in use."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        with connection.cursor() as cursor:
            cursor.execute(_LINE, {"queue": queue.pk, "most": COUNTED + 1, "wanted": COUNTED + 1})
            self.places: list[Place] = cursor.fetchall()
            cursor.execute(_RUNNING, [queue.pk])
            self.running: list[tuple[int, float]] = [
                (kind, float(seconds or 0)) for kind, seconds in cursor.fetchall()
            ]
        self.workers, self.slots = slots_of(queue)
        self._starts: dict[int, tuple[float, float]] | None = None
        self._by_job: dict[int, Place] | None = None

    def card(self, job: AIJob) -> Waiting:
        """Say where the job stands; of the job itself only its number and its brand matter."""
        if self._by_job is None:
            self._by_job = {place[0]: place for place in self.places}
        place = self._by_job.get(job.pk)
        reason, because = self._reason(job, place)
        first, last = (
            self.start_of(job.pk) if reason in ("behind", "slots", "next") else (None,) * 2
        )
        return Waiting(
            reason=reason,
            waiting_because=because,
            position=place[3] if place else None,
            brand_position=place[4] if place else None,
            position_is_capped=place is None and self._is_long,
            estimated_start=first,
            estimated_start_latest=last,
            slots_used=len(self.running),
            slots_total=self.slots,
        )

    @property
    def _is_long(self) -> bool:
        """Do more wait than are counted?"""
        return len(self.places) > COUNTED

    def _reason(self, job: AIJob, place: tuple[int, ...] | None) -> tuple[str, str]:
        if closed := self._closed(job):
            return closed
        if place is None and not self._is_long:  # taken since the job was read
            return "next", _("It is starting at this moment.")
        ahead = place[3] - 1 if place else COUNTED
        if ahead:
            return "behind", ngettext(
                "It is behind %(count)s job.", "It is behind %(count)s jobs.", ahead
            ) % {"count": ahead if place else f"{COUNTED}+"}
        if self.slots is not None and len(self.running) >= self.slots:
            return "slots", ngettext(
                "The only slot is in use.", "All %(count)s slots are in use.", self.slots
            ) % {"count": self.slots}
        return "next", _("It starts next.")

    def _closed(self, job: AIJob) -> tuple[str, str] | None:
        """Say why nothing of the queue, or of the job's brand, starts at all."""
        if not job.brand.is_active:
            return "brand", _("Its brand is suspended.")
        if self.queue.is_paused:
            return "queue_paused", _("The queue %(name)s is paused.") % {"name": self.queue.name}
        if not self.workers:
            return "no_worker", _("No worker is running for the queue %(name)s.") % {
                "name": self.queue.name
            }
        if self.slots == 0:
            return "slots", _("The limit is 0: nothing starts until it is raised.")
        return None

    def start_of(self, job_pk: int) -> tuple[datetime | None, datetime | None]:
        if self._starts is None:
            self._starts = self._simulate()
        if job_pk not in self._starts:
            return None, None
        soon, late = self._starts[job_pk]
        now = datetime.now(UTC)
        return now + timedelta(seconds=soon), now + timedelta(seconds=late)

    def with_first(self, job: AIJob) -> Line:
        """The same queue, were this job moved to its front; those it passes are one place back."""
        found = copy(self)
        rest = [place for place in self.places if place[0] != job.pk]
        at = next((place[3] for place in self.places if place[0] == job.pk), COUNTED + 1)
        found.places = [
            (job.pk, job.brand_id, job.job_type_id, 1, 1),
            *((pk, brand, kind, place + (place < at), own + (place < at and brand == job.brand_id))
              for pk, brand, kind, place, own in rest),
        ]  # fmt: skip
        found._starts = found._by_job = None
        return found

    def _simulate(self) -> dict[int, tuple[float, float]]:
        """Let the jobs take the slots one after another, at their usual and at their long pace."""
        if not self.slots or not self.workers or self.queue.is_paused:
            return {}
        waiting = self.places[:SIMULATED]
        paces = paces_of({kind for _, _, kind, _, _ in waiting} | {k for k, _ in self.running})
        usual = self._play(waiting, {kind: pace.usual for kind, pace in paces.items()})
        long = self._play(waiting, {kind: pace.long for kind, pace in paces.items()})
        return {job: (usual[job], max(usual[job], long[job])) for job in usual}

    def _play(
        self, waiting: Sequence[tuple[int, ...]], seconds: dict[int, float]
    ) -> dict[int, float]:
        free = [max(0.0, seconds[kind] - spent) for kind, spent in self.running]
        free += [0.0] * max(0, (self.slots or 0) - len(free))
        heapq.heapify(free)
        starts = {}
        for job, _brand, kind, _place, _brand_place in waiting:
            begin = heapq.heappop(free)
            starts[job] = begin
            heapq.heappush(free, begin + seconds[kind])
        return starts


def slots_of(queue: Queue) -> tuple[int, int | None]:
    """Return how many workers serve a queue, and how many of its jobs may run at once."""
    workers = [
        facts
        for facts in ServiceHeartbeat.objects.filter(
            kind="worker", seen_at__gt=datetime.now(UTC) - SEEN_WITHIN
        ).values_list("facts", flat=True)
        if facts.get("queues") is None or queue.name in facts["queues"]
    ]
    room = sum(sum(facts.get("slots", {}).values()) for facts in workers)
    if queue.concurrency_limit is None:
        return len(workers), room or None
    return len(workers), min(queue.concurrency_limit, room) if room else queue.concurrency_limit


def paces_of(job_types: Iterable[int]) -> dict[int, Pace]:
    """How long jobs take, measured on those that ended last; else what the type says."""
    with connection.cursor() as cursor:
        cursor.execute(_PACE, [MEASURED, list(job_types)])
        return {
            kind: Pace(stated, stated * 2) if usual is None else Pace(usual, max(usual, long))
            for kind, usual, long, stated in cursor.fetchall()
        }


def queue_overview(
    queue: Queue, scope: Brand | AllBrands | None, *, limit: int = 100
) -> dict[str, Any]:
    """One queue for those who may see `scope`: of other brands' jobs only the number is told."""
    line = Line(queue)
    mine = [
        place
        for place in line.places
        if scope is ALL_BRANDS or (scope is not None and place[1] == scope.pk)
    ][:limit]
    jobs = (
        AIJob.objects.for_brand(scope)
        .select_related("brand")
        .only("brand__is_active")
        .in_bulk([place[0] for place in mine])
    )
    return {
        "queue": queue,
        "workers": line.workers,
        "slots_used": len(line.running),
        "slots_total": line.slots,
        "depth": len(line.places),
        "depth_is_capped": len(line.places) > COUNTED,
        "waiting": [(jobs[p[0]], line.card(jobs[p[0]])) for p in mine if p[0] in jobs],
    }
