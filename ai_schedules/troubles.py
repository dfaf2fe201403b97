"""Schedules that have paused themselves: a notice to their brand, and to their owner."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ai_core import brand_notices
from ai_core.brand_notices import BrandNotice
from ai_schedules.models import Schedule
from brands.models import Brand

KIND = "schedule_paused"


def told_paused(schedule: Schedule) -> None:
    brand_notices.tell([_notice(schedule)])


def recent(brand: Brand, most: int) -> list[BrandNotice]:
    """The brand's newest notices: a source of `ai_core.brand_notices`."""
    by_themselves = [Schedule.Paused.FAILURES, Schedule.Paused.OWNER_LEFT]
    rows = Schedule.objects.for_brand(brand).filter(paused__in=by_themselves)
    return [_notice(one) for one in rows.order_by("-paused_at")[:most]]


def _notice(schedule: Schedule) -> BrandNotice:
    assert schedule.paused_at is not None  # noqa: S101  (it is paused)
    return BrandNotice(
        brand_id=schedule.brand_id,
        kind=KIND,
        key=f"schedule-{schedule.pk}-{schedule.paused_at:%Y%m%d%H%M%S}",
        at=schedule.paused_at,
        level="error",
        text=_("The schedule “%(name)s” has paused itself: %(why)s.")
        % {"name": schedule.name, "why": schedule.get_paused_display()},
        facts={
            "schedule": schedule.pk,
            "name": schedule.name,
            "reason": schedule.paused,
            "last_failure": schedule.last_failure,
        },
        people=(schedule.created_by_id,) if schedule.created_by_id else (),
    )
