"""The bars of the usage page: a day, a week or a month each, so that all of them fit."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ai_core.pages import words
from ai_usage.pages.asked import Asked

MOST_DAYS, MOST_WEEKS = 31, 190
HEIGHT = 100


def chart(asked: Asked, rows: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    """Return the bars from the first day to the last, and the scale beside them."""
    step = _step(asked.days)
    sums = {begin: _nothing() for begin in _begins(asked, step)}
    for row in rows:
        one = sums[max(_begin(row["day"], step), asked.first)]
        one["jobs"] += int(row["jobs"])
        one["tokens"] += int(row["prompt_tokens"] + row["completion_tokens"])
        if row["currency"] == currency:
            one["cost"] += row["cost"]
    top = _ceiling(max([one[asked.measure] for one in sums.values()], default=Decimal(0)))
    every = max(1, math.ceil(len(sums) / 16))
    return {
        "step": step,
        "bars": [
            _bar(asked, begin, one, top=top, step=step, currency=currency, named=not at % every)
            for at, (begin, one) in enumerate(sums.items())
        ],
        "scale": [_said(asked.measure, top * part / 2, currency) for part in (2, 1, 0)],
        "is_empty": not any(one["jobs"] or one["tokens"] for one in sums.values()),
    }


def _nothing() -> dict[str, Decimal]:
    return {"cost": Decimal(0), "tokens": Decimal(0), "jobs": Decimal(0)}


def _step(days: int) -> str:
    if days <= MOST_DAYS:
        return "day"
    return "week" if days <= MOST_WEEKS else "month"


def _begin(day: date, step: str) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _following(begin: date, step: str) -> date:
    if step == "month":
        return date(begin.year + begin.month // 12, begin.month % 12 + 1, 1)
    return begin + timedelta(days=7 if step == "week" else 1)


def _begins(asked: Asked, step: str) -> list[date]:
    found, begin = [], asked.first
    while begin <= asked.last:
        found.append(begin)
        begin = _following(_begin(begin, step), step)
    return found


def _bar(  # noqa: PLR0913  (one place that draws a bar)
    asked: Asked,
    begin: date,
    sums: dict[str, Decimal],
    *,
    top: Decimal,
    step: str,
    currency: str,
    named: bool,
) -> dict[str, Any]:
    last = min(_following(_begin(begin, step), step) - timedelta(days=1), asked.last)
    value = sums[asked.measure]
    height = max(1.5, float(HEIGHT * value / top)) if value else 0
    return {
        "height": f"{height:.1f}",
        "top": f"{HEIGHT - height:.1f}",
        "label": _label(begin, last, step),
        "short": _short(begin, step) if named else "",
        "figures": [
            words.money(sums["cost"], currency),
            _("%(number)s tokens") % {"number": compact(sums["tokens"])},
            _("%(number)s jobs") % {"number": compact(sums["jobs"])},
        ],
        "address": asked.bills(**{"from": begin, "to": last}) if sums["jobs"] else "",
    }


def _label(begin: date, last: date, step: str) -> str:
    if step == "month":
        return date_format(begin, "F Y")
    if begin == last:
        return date_format(begin, "D j M")
    form = pgettext("date", "j M")
    return f"{date_format(begin, form)} – {date_format(last, form)}"


def _short(begin: date, step: str) -> str:
    if step == "month":
        return date_format(begin, "M")
    return date_format(begin, "j" if step == "day" else pgettext("date", "j M"))


def _ceiling(most: Decimal) -> Decimal:
    """The round number above which nothing reaches."""
    if most <= 0:
        return Decimal(1)
    unit = Decimal(10) ** math.floor(math.log10(most))
    return next(unit * step for step in (1, 2, 3, 4, 5, 6, 8, 10) if unit * step >= most)


def _said(measure: str, value: Decimal, currency: str) -> str:
    return words.money(value, currency) if measure == "cost" else compact(value)


def compact(number: Decimal | int) -> str:
    """`1.2 M`, `34 k`: a figure where its last digits say nothing."""
    value = float(number)
    for unit, sign in ((1e9, pgettext("unit", "G")), (1e6, pgettext("unit", "M")), (1e3, "k")):
        if value >= unit:
            shown = value / unit
            return f"{words.number_format(shown, 0 if shown >= 100 else 1)} {sign}"
    return words.number_format(value, 0 if value == int(value) else 1)
