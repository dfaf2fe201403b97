"""Calendar months as a brand lives them: its time zone says when one ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from brands.models import Brand

# By time zone: which month it is there, and until when. Every call asks, and it changes rarely.
_now: dict[str, tuple[datetime, datetime, date]] = {}


def month_of(brand: Brand, at: datetime | None = None) -> date:
    """Return the first day of the month that it is for the brand."""
    at = at or datetime.now(UTC)
    since, until, month = _now.get(brand.time_zone, (at, at, date.min))
    if not since <= at < until:
        month = at.astimezone(ZoneInfo(brand.time_zone)).date().replace(day=1)
        _now[brand.time_zone] = at, resets_at(brand, month), month
    return month


def resets_at(brand: Brand, month: date) -> datetime:
    """Return the moment when that month ends there, in UTC."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    local = datetime(
        following.year, following.month, following.day, tzinfo=ZoneInfo(brand.time_zone)
    )
    return local.astimezone(UTC)


def written(moment: datetime) -> str:
    """Write a moment as the API does: 2026-11-30T23:00:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
