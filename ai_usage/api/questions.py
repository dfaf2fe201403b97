"""Reads from a request what is to be summed, and refuses what it does not understand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from ai_usage.days import DIMENSIONS, Question
from brands.access import Access
from brands.api.filters import refuse_unknown
from brands.errors import Invalid
from brands.models import Brand

DEFAULT_DAYS = 30
MOST_DIMENSIONS = 3
OWN = {"group_by", "from", "to"}
ONLY = ("job_type", "provider", "model", "user")


def question_of(request: Request, access: Access) -> Question:
    """`?group_by=day,model&from=2026-11-01&to=2026-11-30&provider=acme`."""
    refuse_unknown(request, {*OWN, *ONLY})
    given = request.query_params
    last = _day(given.get("to"), "to") or _today(access)
    first = _day(given.get("from"), "from") or last - timedelta(days=DEFAULT_DAYS)
    if first > last:
        raise Invalid(_("from lies after to."), errors={"from": [_("Choose an earlier day.")]})
    return Question(
        scope=access.scope,
        group_by=_groups(given.get("group_by", "day")),
        first=first,
        last=last,
        only=_only(given),
    )


def _today(access: Access) -> date:
    """The day that it is for the brand; for all of them, the latest that it is for any."""
    if access.brand is not None:
        return timezone.localdate(timezone=ZoneInfo(access.brand.time_zone))
    zones = set(Brand.objects.values_list("time_zone", flat=True)) or {"UTC"}
    return max(timezone.localdate(timezone=ZoneInfo(zone)) for zone in zones)


def _groups(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    wrong = [name for name in names if name not in DIMENSIONS]
    if wrong or len(set(names)) != len(names) or len(names) > MOST_DIMENSIONS:
        raise Invalid(
            _("group_by takes up to %(most)s of: %(names)s.")
            % {"most": MOST_DIMENSIONS, "names": ", ".join(DIMENSIONS)},
            errors={"group_by": [_("Not possible.")]},
            valid=list(DIMENSIONS),
        )
    return names


def _day(text: str | None, name: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2200:
        raise Invalid(
            _("%(name)s must be a day like 2026-01-31.") % {"name": name},
            errors={name: [_("Enter a day like 2026-01-31.")]},
        )
    return found


def _only(given: Any) -> dict[str, Any]:
    found: dict[str, Any] = {name: given[name][:200] for name in ONLY if given.get(name)}
    if "user" in found:
        text = found["user"]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise Invalid(
                _("user must be a number."), errors={"user": [_("Enter a whole number.")]}
            )
        found["user"] = int(text)
    if any("\0" in value for value in found.values() if isinstance(value, str)):
        raise Invalid(_("A filter contains NUL, which nothing here does."))
    return found


def named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put names beside the numbers of brands and users."""
    brands = {row["brand"] for row in rows if row.get("brand")}
    users = {row["user"] for row in rows if row.get("user")}
    slugs = dict(Brand.objects.filter(pk__in=brands).values_list("pk", "name")) if brands else {}
    people = dict(User.objects.filter(pk__in=users).values_list("pk", "username")) if users else {}
    for row in rows:
        if "brand" in row:
            row["brand"] = {"id": row["brand"], "name": slugs.get(row["brand"], "")}
        if "user" in row:
            number = row["user"]
            known = {"id": number, "username": people.get(number, "")}
            row["user"] = None if number is None else known
    return rows
