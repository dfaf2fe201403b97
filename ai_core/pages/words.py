"""How figures, times, money and statuses are said to people, in the language of the page."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ai_core.pricing import CURRENCY

UNKNOWN = "—"
SHORT_FORMS = {
    "Api": "API",
    "Gpu": "GPU",
    "Http": "HTTP",
    "Lora": "LoRA",
    "Seo": "SEO",
    "Url": "URL",
}
DAYS_FROM = 48 * 3600  # seconds ahead; what is nearer is said in hours
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
STATUS_ICONS = {
    "draft": "pencil",
    "pending": "circle-dashed",
    "running": "loader-circle",
    "paused": "circle-pause",
    "completed": "circle-check",
    "failed": "circle-x",
    "cancelled": "circle-slash",
    "timeout": "clock-alert",
}
TYPE_ICONS = {
    "chat": "message-square",
    "assistant": "sparkles",
    "upload": "upload",
    "analysis": "scan-search",
    "generation": "file-text",
    "training": "brain",
}


def moment(text: Any) -> datetime | None:
    """Read a time as rows write it."""
    if not text:
        return None
    return text if isinstance(text, datetime) else datetime.fromisoformat(str(text))


def duration(seconds: Any) -> str:
    """`6h 23m`, `1m 48s`, `4s`, `0.2s`."""
    if seconds is None:
        return UNKNOWN
    total = float(seconds)
    if total < 1:
        return f"{number_format(round(total, 1), 1)}s" if total >= 0.05 else "0s"
    whole = round(total)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s" if rest else f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}h {minutes:02d}m"
    days, hours = divmod(hours, 24)
    return _("%(days)sd %(hours)sh") % {"days": days, "hours": hours}


def ago(at: datetime | None) -> str:
    """`12m ago`, `yesterday`, then the date."""
    if at is None:
        return UNKNOWN
    seconds = int((datetime.now(UTC) - at).total_seconds())
    if seconds < 0:
        return _ahead(-seconds)
    if seconds < 10:
        return _("just now")
    if seconds < 60:
        return _("%(number)ss ago") % {"number": seconds}
    if seconds < 3600:
        return _("%(number)sm ago") % {"number": seconds // 60}
    return _hours_or_day(at, seconds)


def _ahead(seconds: int) -> str:
    if seconds >= DAYS_FROM:
        return _("in %(number)s days") % {"number": round(seconds / 86_400)}
    return _("in %(time)s") % {"time": duration(seconds)}


def _hours_or_day(at: datetime, seconds: int) -> str:
    local, now = timezone.localtime(at), timezone.localtime()
    days = (now.date() - local.date()).days
    if days == 0 or seconds < 6 * 3600:
        return _("%(number)sh ago") % {"number": seconds // 3600}
    if days == 1:
        return _("yesterday")
    form = pgettext("date", "j M") if local.year == now.year else pgettext("date", "j M Y")
    return date_format(local, form)


def absolute(at: datetime | None) -> str:
    """The whole moment with its zone, for hovering and for readers."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def clock(at: datetime | None) -> str:
    """To the second, where things follow each other quickly."""
    return date_format(timezone.localtime(at), "j M Y H:i:s") if at else UNKNOWN


def money(amount: Any, currency: str = CURRENCY) -> str:
    """`$22.18`; four decimals under one cent; unknown is a dash, never zero.

    The amount says in which currency it is: the hub accounts in that of the price lists, and
    converts nothing.
    """
    if amount is None or amount == "":
        return UNKNOWN
    value = Decimal(str(amount))
    places = 4 if 0 < abs(value) < Decimal("0.01") else 2
    number = number_format(value, places, force_grouping=True)
    if currency not in SIGNS:
        return pgettext("money", "%(code)s %(amount)s") % {"amount": number, "code": currency}
    return pgettext("money", "%(sign)s%(amount)s") % {"amount": number, "sign": SIGNS[currency]}


def percent(fraction: float | None) -> str:
    if fraction is None:
        return UNKNOWN
    return _("%(number)s %%") % {"number": number_format(100 * fraction, 1)}


def type_title(name: str) -> str:
    """`content_analysis` → “Content analysis”, translated where its title is."""
    plain = name.replace("_", " ").capitalize()
    said = _(plain)
    first, space, rest = plain.partition(" ")
    return said if said != plain else f"{SHORT_FORMS.get(first, first)}{space}{rest}"


def stage_title(name: str) -> str:
    return type_title(name) if name else ""
