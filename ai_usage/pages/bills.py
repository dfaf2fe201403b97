"""The bills behind a figure, job by job: what was used, what it cost, and who said so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core.pages import words
from ai_core.pricing import CURRENCY, PriceStatus
from ai_usage.days import sums
from ai_usage.models import AIJobUsage
from ai_usage.pages.asked import NOTHING, Asked, asked_of
from ai_usage.pages.usage import chips_of, said_range, total
from brands.access import Access
from brands.pages.reading import answer, for_readers

SIZE = 50
MOST_PAGES = 2_000
ORDERS = {
    "-ended_at": ("-ended_at", "-job_id"),
    "-cost": (F("known_cost").desc(), "-job_id"),
}


@for_readers
def bills_page(request: HttpRequest, access: Access) -> HttpResponse:
    asked = asked_of(request.GET, access)
    status = _price_status(request.GET)
    order = request.GET.get("ordering", "")
    order = order if order in ORDERS else "-ended_at"
    number = _page(request.GET.get("page", ""))
    found = list(
        _found(asked, status)
        .order_by(*ORDERS[order])[(number - 1) * SIZE : number * SIZE + 1]
    )  # fmt: skip
    totals = sums(asked.question(), most=10)
    main = totals[0]["currency"] if totals else CURRENCY
    facts: dict[str, Any] = {
        "crumbs": [(_("Usage & cost"), reverse("usage")), (_("Job by job"), None)],
        "access": access,
        "asked": asked,
        "query": request.GET,
        "said_range": said_range(asked),
        "chips": _chips(asked, status),
        "total": total(totals, main),
        "currency": main,
        "status": status,
        "order": order,
        "bills": [_shown(row, asked) for row in found[:SIZE]],
        "number": number,
        "has_next": len(found) > SIZE and number < MOST_PAGES,
        "back": reverse("usage") + asked.address(),
        "export": asked.bills(),
    }
    return answer(request, "ai_usage/bills.html", facts, part="ai_usage/bills_part.html")


def _price_status(given: QueryDict) -> str:
    status = given.get("price_status", "")
    return status if status in set(PriceStatus) else ""


def _page(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), MOST_PAGES)


def _found(asked: Asked, status: str) -> QuerySet[AIJobUsage]:
    rows = AIJobUsage.objects.for_brand(asked.access.scope).filter(
        day__gte=asked.first, day__lte=asked.last
    )
    if "job_type" in asked.only:
        rows = rows.filter(job_type=asked.only["job_type"])
    if "user" in asked.only:
        user = asked.only["user"]
        rows = rows.filter(created_by=None if user == NOTHING else int(user))
    # A job may have been paid to several: each of them is a part of its bill.
    part = {name: _of(asked, name) for name in ("provider", "model") if name in asked.only}
    if part:
        rows = rows.filter(parts__contains=[part])
    if status:
        rows = rows.filter(price_status=status)
    return rows.select_related("job__job_type", "created_by", "brand").defer("job__error_message")


def _of(asked: Asked, name: str) -> str:
    text = asked.only[name]
    return "" if text == NOTHING else text


def _shown(row: AIJobUsage, asked: Asked) -> dict[str, Any]:
    """A bill; where one provider or model is asked for, only what that one has cost."""
    wanted = {name: _of(asked, name) for name in ("provider", "model") if name in asked.only}
    cost, tokens, calls = row.total_cost, row.total_tokens, row.calls
    if wanted:
        parts = [p for p in row.parts if all(p[name] == text for name, text in wanted.items())]
        whole = len(parts) == len(row.parts)
        cost = cost if whole else sum((Decimal(p["cost"]) for p in parts), Decimal(0))
        calls = sum(p["calls"] for p in parts)
        if not whole:
            tokens = sum(p.get("prompt_tokens", 0) + p.get("completion_tokens", 0) for p in parts)
    job = row.job
    title = words.type_title(row.job_type)
    return {
        "name": job.description or title,
        "title": title,
        "address": "" if job.deleted_at else reverse("job", args=[job.job_id]),
        "job_id": job.job_id,
        "ended_at": row.ended_at,
        "ending": row.ending,
        "person": row.created_by.get_username() if row.created_by else "",
        "brand": row.brand.name,
        "provider": wanted.get("provider") or row.provider_name,
        "model": wanted.get("model") or row.model,
        "calls": calls,
        "tokens": tokens,
        "cost": cost,
        "known": row.known_cost,
        "is_unpriced": row.price_status == PriceStatus.UNPRICED,
        "is_free": row.price_status == PriceStatus.FREE,
        "source": row.price_source,
    }


def _chips(asked: Asked, status: str) -> list[dict[str, str]]:
    more = {"price_status": status or None}
    found = [
        {**chip, "address": asked.bills(**{chip["name"]: None, **more})}
        for chip in chips_of(asked)
    ]  # fmt: skip
    if status:
        said = {"unpriced": _("unknown"), "free": _("free"), "priced": _("known")}
        found.append(
            {
                "name": "price_status",
                "label": _("Price"),
                "value": said.get(status, _("nothing used")),
                "address": asked.bills(),
            }
        )
    return found
