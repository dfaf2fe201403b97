"""Usage and cost: what was used when, for what and by whom, and how much may still be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ai_core.budgets import budgets_of
from ai_core.pages import words
from ai_core.pricing import CURRENCY
from ai_usage.days import sums
from ai_usage.pages.asked import GROUPS, NOTHING, Asked, asked_of, ranges
from ai_usage.pages.chart import chart, compact
from brands.access import Access
from brands.models import Brand
from brands.pages.reading import answer, for_readers
from brands.scoping import ALL_BRANDS

MOST_ROWS = 100
MOST_DAYS = 1100


@for_readers
def usage_page(request: HttpRequest, access: Access) -> HttpResponse:
    asked = asked_of(request.GET, access)
    totals = sums(asked.question(), most=10)
    main = totals[0]["currency"] if totals else CURRENCY
    facts: dict[str, Any] = {
        "crumbs": [(_("Usage & cost"), None)],
        "access": access,
        "asked": asked,
        "ranges": ranges(asked),
        "total": total(totals, main),
        "others": [(row["cost"], row["currency"]) for row in totals[1:]],
        "change": _change(asked, totals, main),
        "chart": chart(asked, sums(asked.question("day"), most=MOST_DAYS), main),
        "measures": _measures(asked),
        "tabs": _tabs(asked),
        "currency": main,
        "budgets": budgets_of(access.brand) if access.brand else [],
        "export": asked.bills(),
        "said_range": said_range(asked),
        "chips": [
            {**one, "address": asked.address(**{one["name"]: None})} for one in chips_of(asked)
        ],
        "bills": asked.bills(),
        "unpriced": asked.bills(price_status="unpriced"),
        **_breakdown(asked, main),
    }
    return answer(request, "ai_usage/usage.html", facts, part="ai_usage/usage_part.html")


def total(rows: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    """One line of figures over all currencies; the money is that of the first."""
    found: dict[str, Any] = {
        name: sum(int(row[name]) for row in rows)
        for name in ("jobs", "completed", "failed", "timeout", "unpriced", "calls",
                     "prompt_tokens", "completion_tokens", "cached_tokens")
    }  # fmt: skip
    ended = found["completed"] + found["failed"] + found["timeout"]
    cost = sum((row["cost"] for row in rows if row["currency"] == currency), Decimal(0))
    tokens = found["prompt_tokens"] + found["completion_tokens"]
    return {
        **found,
        "cost": cost,
        "tokens": tokens,
        "tokens_short": compact(tokens),
        "input_short": compact(found["prompt_tokens"]),
        "output_short": compact(found["completion_tokens"]),
        "success": found["completed"] / ended if ended else None,
        "a_job": cost / found["jobs"] if found["jobs"] else None,
    }


def _change(asked: Asked, totals: list[dict[str, Any]], currency: str) -> dict[str, Any] | None:
    """How the cost moved against as many days before; nothing to compare with says nothing."""
    before = total(sums(asked.question_before(), most=10), currency)["cost"]
    now = total(totals, currency)["cost"]
    if not before:
        return None
    part = float((now - before) / before)
    return {"up": part > 0, "percent": words.percent(abs(part)), "before": before}


def said_range(asked: Asked) -> str:
    form = pgettext("date", "j M Y")
    first, last = date_format(asked.first, form), date_format(asked.last, form)
    return first if first == last else f"{first} – {last}"


def _measures(asked: Asked) -> list[dict[str, Any]]:
    labels = {"cost": _("Cost"), "tokens": _("Tokens"), "jobs": _("Jobs")}
    return [
        {
            "label": label,
            "address": asked.address(show=name),
            "is_current": name == asked.measure,
        }
        for name, label in labels.items()
    ]


def labels() -> dict[str, str]:
    return {
        "job_type": _("Type"), "provider": _("Provider"), "model": _("Model"),
        "user": _("Person"), "day": _("Day"), "brand": _("Brand"),
    }  # fmt: skip


def _tabs(asked: Asked) -> list[dict[str, Any]]:
    names = (*GROUPS, "brand") if asked.access.scope is ALL_BRANDS else GROUPS
    return [
        {
            "label": labels()[name],
            "address": asked.address(group_by=name),
            "is_current": name == asked.group,
        }
        for name in names
    ]


def _breakdown(asked: Asked, currency: str) -> dict[str, Any]:
    """One line per group, the dearest first, with its share of the dearest."""
    found = sums(asked.question(asked.group), most=MOST_ROWS + 1)
    name = names_of(asked.group, [row[asked.group] for row in found])
    merged: dict[Any, list[dict[str, Any]]] = {}
    for row in found[:MOST_ROWS]:
        merged.setdefault(row[asked.group], []).append(row)
    lines = [
        {
            **total(rows, currency),
            "name": name.get(key) or _unnamed(asked.group),
            "is_named": bool(name.get(key)),
            "narrowed": _narrowed(asked, key),
            "bills": _bills_of(asked, key),
        }
        for key, rows in merged.items()
    ]
    by = "cost" if any(line["cost"] for line in lines) else "jobs"
    most = max([line[by] for line in lines], default=0) or 1
    for line in lines:
        line["share"] = round(100 * line[by] / most)
    return {"lines": lines, "has_more": len(found) > MOST_ROWS, "group": labels()[asked.group]}


def _narrowed(asked: Asked, key: Any) -> str:
    """The same page about this group only, by what is of interest next."""
    if asked.group == "day":
        return asked.address(**{"from": key, "to": key, "group_by": "job_type"})
    if asked.group == "brand":
        return ""
    following = {"job_type": "model", "provider": "model", "model": "user", "user": "job_type"}
    return asked.address(**{asked.group: _written(key), "group_by": following[asked.group]})


def _bills_of(asked: Asked, key: Any) -> str:
    if asked.group == "day":
        return asked.bills(**{"from": key, "to": key})
    return asked.bills(**{asked.group: _written(key)})


def _written(key: Any) -> str:
    return NOTHING if key in ("", None) else str(key)


def _unnamed(group: str) -> str:
    return {
        "provider": _("Without a provider"),
        "model": _("Without a model"),
        "user": _("Nobody any more"),
    }.get(group, words.UNKNOWN)


def names_of(group: str, keys: list[Any]) -> dict[Any, str]:
    """What people call these groups: one query for brands and people, none for the others."""
    if group == "user":
        people = get_user_model().objects.filter(pk__in=[key for key in keys if key])
        return dict(people.values_list("pk", "username"))
    if group == "brand":
        return dict(Brand.objects.filter(pk__in=keys).values_list("pk", "name"))
    if group == "day":
        return {key: date_format(key, "D j M Y") for key in keys}
    if group == "job_type":
        return {key: words.type_title(key) for key in keys}
    return {key: key for key in keys}


def chips_of(asked: Asked) -> list[dict[str, str]]:
    """What the figures are narrowed to, each with the address without it."""
    found = []
    for name, text in asked.only.items():
        key = int(text) if name == "user" and text != NOTHING else text
        said = names_of(name, [key]).get(key, text) if text != NOTHING else words.UNKNOWN
        found.append({"name": name, "label": labels()[name], "value": said})
    return found
