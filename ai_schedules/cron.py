"""When a cron expression comes next, in a time zone, as Debian's cron means it.

Where clocks spring forward, what would fall into the gap comes right after it; where they fall
back, what has a fixed hour comes once, and what comes every hour or more often comes each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

from brands.errors import Invalid

MARKS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 1",
    "@monthly": "0 0 1 * *",
}
LONGEST = 100


def checked(expression: str, time_zone: str) -> str:
    """Return the expression with single blanks, or say what is wrong with it."""
    text = " ".join(MARKS.get(expression.strip().lower(), expression).split())
    if time_zone not in available_timezones():
        _refuse("time_zone", _("Unknown time zone. Use a name like Europe/Paris."))
    if len(text) > LONGEST or len(text.split()) != 5:
        _refuse("cron", _("Write five parts: minute, hour, day, month, weekday, like 0 7 * * 1-5."))
    try:
        next_after(text, time_zone, datetime.now(UTC))
    except CronSimError as error:
        _refuse("cron", _("This cannot be read: %(error)s.") % {"error": error})
    except StopIteration:
        _refuse("cron", _("That day never comes."))
    return text


def _refuse(field: str, sentence: str) -> None:
    raise Invalid(f"{field}: {sentence}", errors={field: [sentence]})


def ticks_after(expression: str, time_zone: str, after: datetime) -> Iterator[datetime]:
    """Yield every tick after a moment, in UTC, each later than the one before."""
    last = after
    for local in CronSim(expression, after.astimezone(ZoneInfo(time_zone))):
        tick = local.astimezone(UTC)
        if tick > last:
            yield tick
            last = tick


def next_after(expression: str, time_zone: str, after: datetime) -> datetime:
    return next(ticks_after(expression, time_zone, after))


def upcoming(expression: str, time_zone: str, *, count: int) -> list[datetime]:
    ticks = ticks_after(expression, time_zone, datetime.now(UTC))
    return [tick for tick, _number in zip(ticks, range(count), strict=False)]
