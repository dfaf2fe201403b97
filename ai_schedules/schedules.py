"""What people do with schedules: make, change, pause, resume, run now, remove."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ai_core import inputs
from ai_core.errors import JobTypeNotFound
from ai_core.models import AIJob, AIJobType
from ai_core.statuses import Priority
from ai_schedules import cron, owners, ticking
from ai_schedules.models import Schedule, Tick
from brands.access import Access
from brands.audit import trail
from brands.errors import DomainError, Invalid
from brands.models import Brand

MOST = 200  # of one brand
Paused = Schedule.Paused


class TooManySchedules(DomainError):
    """The brand has as many schedules as it may have."""

    code, status = "TOO_MANY_SCHEDULES", 409


def add(brand: Brand, *, user: Any, **wanted: Any) -> Schedule:
    if Schedule.objects.for_brand(brand).count() >= MOST:
        raise TooManySchedules(
            _("A brand has at most %(most)s schedules. Remove one first.") % {"most": MOST}
        )
    return _saved(Schedule(brand=brand, created_by=user), wanted)


def change(schedule: Schedule, **wanted: Any) -> Schedule:
    return _saved(schedule, wanted)


def _saved(schedule: Schedule, wanted: dict[str, Any]) -> Schedule:
    before = (schedule.cron, schedule.time_zone)
    was = {name: _told(schedule, name) for name in wanted} if schedule.pk else {}
    if "job_type" in wanted:
        wanted["job_type"] = _type(wanted["job_type"])
    if "priority" in wanted:
        wanted["priority"] = Priority.from_word(wanted["priority"])
    for name, value in wanted.items():
        setattr(schedule, name, value)
    schedule.cron = cron.checked(schedule.cron, schedule.time_zone)
    inputs.check(schedule.job_type.input_schema, schedule.input_data)
    if before != (schedule.cron, schedule.time_zone):
        schedule.next_at = _next(schedule)
    names = None
    if schedule.pk:  # a tick may come at this very moment: what it writes stays as it writes it
        names = [*wanted, "cron"]
        names += ["next_at"] if before != (schedule.cron, schedule.time_zone) else []
    try:
        with transaction.atomic():
            schedule.save(update_fields=names)
            now = {name: _told(schedule, name) for name in wanted}
            if changes := trail.differences(was, now):
                done = "changed" if names else "created"
                trail.record(f"schedule.{done}", on=schedule, changes=changes)
    except IntegrityError:
        sentence = _("There is one with this name already. Choose another name.")
        raise Invalid(f"name: {sentence}", errors={"name": [sentence]}) from None
    return schedule


def _told(schedule: Schedule, name: str) -> Any:
    """As the audit trail tells it: of an input only whether it differs."""
    if name == "input_data":
        return hashlib.sha256(json.dumps(schedule.input_data).encode()).hexdigest()[:12]
    return schedule.job_type.name if name == "job_type" else getattr(schedule, name)


def _type(name: str) -> AIJobType:
    found = AIJobType.objects.filter(name=name, is_active=True).first()
    if found is None:
        raise JobTypeNotFound(
            _("Job type '%(name)s' not found") % {"name": name}, job_type=name, nearest=[]
        )
    return found


def _next(schedule: Schedule) -> datetime:
    return cron.next_after(schedule.cron, schedule.time_zone, datetime.now(UTC))


def pause(schedule: Schedule) -> None:
    """Nothing is made until it is resumed; a tick that waits is left out."""
    with transaction.atomic():
        Schedule.objects.filter(pk=schedule.pk, paused=Paused.NOT).update(
            paused=Paused.BY_HAND, paused_at=datetime.now(UTC)
        )
        waiting = Tick.objects.filter(schedule=schedule, became=Tick.Became.WAITING)
        waiting.update(became=Tick.Became.SKIPPED, why="paused")
        trail.record("schedule.paused", on=schedule)
    schedule.refresh_from_db()


def resume(schedule: Schedule, access: Access) -> None:
    """Go on with the next tick; what passed meanwhile was not wanted.

    Where the owner has left, whoever resumes it becomes its owner: jobs are always made in the
    name of somebody who may make them.
    """
    changes: dict[str, Any] = {"paused": Paused.NOT, "paused_at": None, "failures": 0}
    if not owners.may_make(schedule):
        changes["created_by"] = access.user
    with transaction.atomic():
        paused = Schedule.objects.filter(pk=schedule.pk).exclude(paused=Paused.NOT)
        paused.update(next_at=_next(schedule), **changes)
        trail.record("schedule.resumed", on=schedule)
    schedule.refresh_from_db()


def run_now(schedule: Schedule, *, user: Any) -> AIJob:
    """Make its job now, in the name of whoever asks; its ticks come as they would."""
    with transaction.atomic():
        job = ticking.make_job(schedule, user=user)
        Tick.objects.create(
            brand_id=schedule.brand_id, schedule=schedule, at=datetime.now(UTC),
            became=Tick.Became.MADE, by_hand=True, job=job,
        )  # fmt: skip
        trail.record("schedule.run", on=schedule, changes={"job": job.job_id})
    return job


@transaction.atomic
def remove(schedule: Schedule) -> None:
    """Its jobs stay."""
    trail.record("schedule.removed", on=schedule)
    schedule.delete()
