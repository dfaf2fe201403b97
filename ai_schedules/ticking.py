"""Makes the jobs that are due; any number of sweepers may do so at once.

A tick is one transaction: the schedule's row is held, the tick's row is written (the database has
each tick once), the job is made, and `next_at` moves on. Whoever is killed in between leaves
nothing behind, and the next one begins again.
"""

from __future__ import annotations

import logging
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from ai_core.services import JobService
from ai_core.statuses import OPEN, Priority
from ai_schedules import cron, owners
from ai_schedules.models import Schedule, Tick
from ai_schedules.troubles import told_paused
from brands.errors import DomainError

log = logging.getLogger(__name__)

GRACE = timedelta(minutes=5)  # a tick that is later was missed
AT_ONCE = 20
MOST_FAILURES = 5  # in a row, then it pauses itself
MOST_COUNTED = 50_000  # ticks of one absence
Became, Paused = Tick.Became, Schedule.Paused


def tick() -> bool:
    """Make what is due; True: there may be more."""
    due = Schedule.objects.filter(paused=Paused.NOT, next_at__lte=Now(), brand__is_active=True)
    ids = list(due.order_by("next_at").values_list("pk", flat=True)[:AT_ONCE])
    for pk in ids:
        with transaction.atomic():
            schedule = _held(due, pk)
            if schedule is not None:
                _run(schedule)
    _let_go_on()
    return len(ids) == AT_ONCE


def _held(rows: Any, pk: int) -> Any:
    """Hold the schedule's row; None: somebody else does, or it is no longer due."""
    held = rows.filter(pk=pk).select_for_update(skip_locked=True, of=("self",))
    found = held.select_related("brand", "job_type", "created_by").annotate(now=Now())
    return found.first()


def _run(schedule: Any) -> None:
    """All ticks up to now, by the rule for those that were missed."""
    ticks, count, following = _passed(schedule)
    wanted = _wanted(schedule, ticks)
    Schedule.objects.filter(pk=schedule.pk).update(next_at=following, last_at=ticks[-1])
    left_out = count - len(wanted)
    if left_out:
        before = ticks[: len(ticks) - len(wanted)]
        _note(schedule, before[-1], Became.SKIPPED, why="missed", missed=left_out - 1)
    for at in wanted:
        if not _one(schedule, at):
            return  # it has paused itself


def _passed(schedule: Any) -> tuple[list[datetime], int, datetime]:
    """The newest ticks that have passed, how many there were, and the one that comes next."""
    newest: deque[datetime] = deque([schedule.next_at], maxlen=schedule.most_missed + 1)
    count = 1
    for at in cron.ticks_after(schedule.cron, schedule.time_zone, schedule.next_at):
        if at > schedule.now:
            return list(newest), count, at
        newest.append(at)
        count += 1
        if count > MOST_COUNTED:
            break
    following = cron.next_after(schedule.cron, schedule.time_zone, schedule.now)
    return list(newest), count, following


def _wanted(schedule: Any, ticks: list[datetime]) -> list[datetime]:
    """Which of the ticks get a job; the newest is only missed when it is late."""
    if schedule.missed == Schedule.Missed.ALL:
        return ticks[-schedule.most_missed :]
    if schedule.missed == Schedule.Missed.ONCE or schedule.now - ticks[-1] <= GRACE:
        return ticks[-1:]
    return []


def _one(schedule: Any, at: datetime) -> bool:
    """One tick that gets a job, unless the one before is in the way; False: it has paused."""
    if schedule.overlap != Schedule.Overlap.ALLOW and _is_busy(schedule):
        if schedule.overlap == Schedule.Overlap.SKIP:
            _note(schedule, at, Became.SKIPPED, why="overlap")
        elif _waits(schedule):
            _note(schedule, at, Became.SKIPPED, why="one_waits")
        else:
            _note(schedule, at, Became.WAITING)
        return True
    row = _note(schedule, at, Became.WAITING)
    return _made(schedule, row) if row is not None else True


def _is_busy(schedule: Schedule) -> bool:
    return Tick.objects.filter(schedule=schedule, job__status__in=OPEN).exists()


def _waits(schedule: Schedule) -> bool:
    return Tick.objects.filter(schedule=schedule, became=Became.WAITING).exists()


def _note(schedule: Schedule, at: datetime, became: str, **facts: Any) -> Tick | None:
    """Write the tick down; None: that was done before."""
    row, is_new = Tick.objects.get_or_create(
        schedule=schedule,
        at=at,
        defaults={"brand_id": schedule.brand_id, "became": became, **facts},
    )
    return row if is_new else None


def _made(schedule: Schedule, row: Tick) -> bool:
    """Make the job of a tick, or note why there is none; False: the schedule has paused."""
    if not owners.may_make(schedule):
        row.became, row.why = Became.FAILED, "Its owner no longer belongs to the brand."
        row.save(update_fields=["became", "why"])
        _pause(schedule, Paused.OWNER_LEFT)
        return False
    try:
        with transaction.atomic():
            row.job = make_job(schedule, user=schedule.created_by)
    except DomainError as error:
        return _failed(schedule, row, str(error))
    except DatabaseError:
        raise
    except Exception as error:
        log.exception("schedule %s could not make its job", schedule.pk)
        return _failed(schedule, row, f"{type(error).__name__}: {error}")
    row.became = Became.MADE
    row.save(update_fields=["job", "became"])
    if schedule.failures:
        Schedule.objects.filter(pk=schedule.pk).update(failures=0, last_failure="")
    return True


def make_job(schedule: Schedule, *, user: Any) -> Any:
    return JobService.create_job(
        schedule.job_type.name,
        schedule.input_data,
        user,
        schedule.brand,
        priority=Priority(schedule.priority).word,
        description=schedule.description or schedule.name,
        tags=schedule.tags,
    )


def _failed(schedule: Schedule, row: Tick, why: str) -> bool:
    row.became, row.why = Became.FAILED, why[:500]
    row.save(update_fields=["became", "why"])
    schedule.failures += 1
    schedule.last_failure = row.why
    Schedule.objects.filter(pk=schedule.pk).update(failures=schedule.failures, last_failure=row.why)
    if schedule.failures < MOST_FAILURES:
        return True
    _pause(schedule, Paused.FAILURES)
    return False


def _pause(schedule: Schedule, why: str) -> None:
    Schedule.objects.filter(pk=schedule.pk, paused=Paused.NOT).update(paused=why, paused_at=Now())
    schedule.refresh_from_db(fields=["paused", "paused_at"])
    log.warning("schedule %s has paused itself: %s", schedule.pk, why)
    told_paused(schedule)


def _let_go_on() -> None:
    """Make the jobs of ticks that waited, where the job before is over."""
    busy = Tick.objects.filter(schedule=OuterRef("schedule"), job__status__in=OPEN)
    free = Tick.objects.filter(~Exists(busy), became=Became.WAITING, schedule__paused=Paused.NOT)
    for pk, schedule_pk in list(free.order_by("pk").values_list("pk", "schedule")[:AT_ONCE]):
        with transaction.atomic():
            schedule = _held(Schedule.objects.filter(paused=Paused.NOT), schedule_pk)
            row = Tick.objects.filter(pk=pk, became=Became.WAITING).first()
            if schedule is not None and row is not None and not _is_busy(schedule):
                _made(schedule, row)


def forget_old(older_than: timedelta) -> int:
    """Delete ticks of long ago, a small batch at a time; those with an open job stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM ai_schedules_tick WHERE id IN (
              SELECT t.id FROM ai_schedules_tick t LEFT JOIN ai_core_aijob j ON j.id = t.job_id
              WHERE t.noted_at < clock_timestamp() - make_interval(days => %s)
                AND t.became <> 'waiting' AND (j.id IS NULL OR j.completed_at IS NOT NULL)
              ORDER BY t.noted_at LIMIT 1000)
            """,
            [older_than.days],
        )
        return cursor.rowcount
