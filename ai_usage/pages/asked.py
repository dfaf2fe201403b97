"""What a usage page is asked for: from which day to which, of what only, grouped by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from ai_usage.days import Question
from brands.access import Access
from brands.scoping import ALL_BRANDS

NOTHING = "-"
"""In an address: that which has no provider (or model, or user); no name looks like that."""
ONLY = ("job_type", "provider", "model", "user")
GROUPS = ("job_type", "provider", "model", "user", "day")
MEASURES = ("cost", "tokens", "jobs")
MOST_DAYS = 3 * 366


@dataclass(frozen=True)
class Asked:
    """One question of a person, and the address that asks it."""

    access: Access
    first: date
    last: date
    today: date
    group: str = "job_type"
    measure: str = "cost"
    only: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def question(self, *group_by: str) -> Question:
        return self._question(self.first, self.last, group_by)

    def question_before(self) -> Question:
        """The same for as many days before: what a change is measured against."""
        first = self.first - timedelta(days=self.days)
        return self._question(first, self.first - timedelta(days=1), ())

    def _question(self, first: date, last: date, group_by: tuple[str, ...]) -> Question:
        return Question(
            scope=self.access.scope,
            group_by=group_by,
            first=first,
            last=last,
            only={name: _value(name, text) for name, text in self.only.items()},
        )

    def address(self, **changes: Any) -> str:
        """The query string with some of it changed; None leaves it out."""
        found: dict[str, Any] = {"from": self.first, "to": self.last, **self.only}
        found |= {"group_by": self.group, "show": self.measure} | changes
        if found.get("group_by") == "job_type":
            del found["group_by"]
        if found.get("show") == "cost":
            del found["show"]
        return "?" + urlencode({k: v for k, v in found.items() if v is not None}, safe=",")

    def bills(self, **changes: Any) -> str:
        """The query string of the list of bills that these figures are the sum of."""
        found: dict[str, Any] = {"from": self.first, "to": self.last, **self.only, **changes}
        return "?" + urlencode({k: v for k, v in found.items() if v is not None}, safe=",")


def _value(name: str, text: str) -> Any:
    if name == "user":
        return None if text == NOTHING else int(text)
    return "" if text == NOTHING else text


def asked_of(given: QueryDict, access: Access) -> Asked:
    """Read the address; what is not understood is said, and the usual is shown."""
    today = timezone.localdate()
    problem = ""
    first, last = _day(given.get("from")), _day(given.get("to"))
    if (given.get("from") and first is None) or (given.get("to") and last is None):
        problem = _("A day is written like 2026-01-31. Shown is this month.")
        first = last = None
    first, last = first or today.replace(day=1), last or today
    if first > last:
        problem, first, last = (
            _("The first day lies after the last. Shown is this month."),
            today.replace(day=1),
            today,
        )
    if (last - first).days >= MOST_DAYS:
        problem, first = _("At most three years fit here."), last - timedelta(days=MOST_DAYS - 1)
    groups = (*GROUPS, "brand") if access.scope is ALL_BRANDS else GROUPS
    return Asked(
        access=access,
        first=first,
        last=last,
        today=today,
        group=_one_of(given.get("group_by"), groups),
        measure=_one_of(given.get("show"), MEASURES),
        only=_only(given),
        problem=problem,
    )


def _one_of(text: str | None, known: tuple[str, ...]) -> str:
    return text if text in known else known[0]


def _only(given: QueryDict) -> dict[str, str]:
    found = {name: str(given[name])[:200] for name in ONLY if given.get(name)}
    found = {name: text for name, text in found.items() if "\0" not in text}
    user = found.get("user", NOTHING)
    if user != NOTHING and not (user.isascii() and user.isdigit() and len(user) < 19):
        del found["user"]
    return found


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def ranges(asked: Asked) -> list[dict[str, Any]]:
    """The spans of days that people ask for most."""
    today = asked.today
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    listed = [
        (_("This month"), month, today),
        (_("Last month"), before.replace(day=1), before),
        (_("7 days"), today - timedelta(days=6), today),
        (_("30 days"), today - timedelta(days=29), today),
        (_("90 days"), today - timedelta(days=89), today),
        (_("12 months"), _a_year_before(month), today),
    ]
    return [
        {
            "label": label,
            "address": asked.address(**{"from": first, "to": last}),
            "is_current": (first, last) == (asked.first, asked.last),
        }
        for label, first, last in listed
    ]


def _a_year_before(month: date) -> date:
    following = month.month % 12 + 1
    return date(month.year - (0 if month.month == 12 else 1), following, 1)
