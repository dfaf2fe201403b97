"""Cron expressions that people mean most, said in words."""

from __future__ import annotations

from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

COMMON: tuple[tuple[str, str | Promise], ...] = (
    ("0 * * * *", gettext_lazy("Each hour")),
    ("0 7 * * *", gettext_lazy("Each day")),
    ("0 7 * * 1-5", gettext_lazy("Monday to Friday")),
    ("0 7 * * 1", gettext_lazy("Each week")),
    ("0 7 1 * *", gettext_lazy("Each month")),
)


def in_words(expression: str) -> str:
    """«Monday to Friday at 07:00»; nothing for what is seldom meant: there the expression tells."""
    parts = expression.split()
    if len(parts) != 5:
        return ""
    minute, hour, day, month, weekday = parts
    if month != "*" or not (day == "*" or weekday == "*"):
        return ""
    if hour == "*" and day == weekday == "*":
        return _within_the_hour(minute)
    days = _days(day, weekday)
    if not (days and minute.isdigit() and hour.isdigit()):
        return ""
    return _("%(days)s at %(time)s") % {"days": days, "time": f"{int(hour):02}:{int(minute):02}"}


def _within_the_hour(minute: str) -> str:
    if minute == "0":
        return _("each hour")
    if minute.isdigit():
        return _("each hour, %(count)s minutes past") % {"count": int(minute)}
    every = minute.removeprefix("*/")
    if every != minute and every.isdigit() and int(every) and 60 % int(every) == 0:
        return _("each %(count)s minutes") % {"count": int(every)}
    return ""


def _days(day: str, weekday: str) -> str:
    if day == weekday == "*":
        return _("each day")
    if weekday == "1-5":
        return _("Monday to Friday")
    if weekday.isdigit() and int(weekday) <= 7:
        return _("each %(weekday)s") % {"weekday": WEEKDAYS[(int(weekday) - 1) % 7]}
    if day.isdigit():
        return _("on day %(day)s of each month") % {"day": int(day)}
    return ""
