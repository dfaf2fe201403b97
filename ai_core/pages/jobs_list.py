"""The list of jobs: tabs, filters, order, pages; its query string is the API's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from ai_core.api.filters import LST_NAMES, canonical, narrowed, ordered
from ai_core.api.pagination import capped_count
from ai_core.models import AIJob, AIJobType
from ai_core.pages.chips import chips_of, filter_fields
from ai_core.pages.figures import Figures, figures
from ai_core.pages.lines import Line, lines
from ai_core.pages.reading import answer, for_readers
from brands.access import Access
from brands.api.pagination import FARTHEST
from brands.errors import DomainError

SIZES = (25, 50, 100)
COLUMNS = [  # key of the order or nothing, label, class
    ("description", gettext_lazy("Job"), ""),
    ("status", gettext_lazy("Status"), "col-status"),
    ("job_type", gettext_lazy("Configuration"), "col-config"),
    ("queue", gettext_lazy("Resources"), "wide-col"),
    ("created_by", gettext_lazy("Created by"), "wide-col"),
    ("created_at", gettext_lazy("Created"), ""),
    ("duration", gettext_lazy("Duration"), "amount"),
    ("cost", gettext_lazy("Cost"), "amount"),
]


@dataclass(frozen=True)
class Tab:
    label: str
    status: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Shelf:
    """The rows of one page, and where they stand in the whole."""

    lines: list[Line]
    count: int
    is_capped: bool
    number: int
    size: int

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))

    @property
    def has_next(self) -> bool:
        return self.number < self.pages or self.is_capped

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1

    @property
    def is_whole(self) -> bool:
        return self.number == 1 and not self.has_next


@for_readers
def jobs_list(request: HttpRequest, access: Access) -> HttpResponse:
    query = _without_empties(request.GET)
    facts: dict[str, Any] = {
        "crumbs": [(_("Jobs"), None)],
        "access": access,
        "query": query,
        "figures": figures(access),
        "sizes": SIZES,
        "may_create": access.can_create,
    }
    try:
        facts.update(_found(query, access))
    except DomainError as error:
        facts.update(problem=str(error), shelf=None)
    people = _people(access)
    facts["chips"] = chips_of(query, people, access)
    facts["tabs"] = tabs(facts["figures"], query)
    facts["columns"] = _columns(query)
    facts["fields"] = filter_fields(query, _types(), people)
    facts["is_filtered"] = bool(facts["chips"]) or "search" in query
    facts["hidden"] = [(k, v) for k in query for v in query.getlist(k) if k not in _OWN_FIELDS]
    return answer(request, "ai_core/jobs.html", facts, part="ai_core/jobs_part.html")


_OWN_FIELDS = {"search", "page", "skip", "take"}


def _without_empties(given: QueryDict) -> QueryDict:
    """A form without JavaScript sends its empty fields too."""
    kept = QueryDict(mutable=True)
    for name, values in given.lists():
        filled = [value for value in values if value.strip()]
        if filled:
            kept.setlist(name, [",".join(filled)] if len(filled) > 1 else filled)
    return kept


def _found(query: QueryDict, access: Access) -> dict[str, Any]:
    asked = canonical(query)
    jobs = narrowed(
        AIJob.objects.for_brand(access.scope), query, access.brand, extra=(*LST_NAMES, "format")
    )
    shelf = _shelf(jobs, asked, access)
    return {
        "shelf": shelf,
        "ordering": asked.get("ordering", "-created_at"),
    }


def _shelf(jobs: QuerySet, query: QueryDict, access: Access) -> Shelf:
    size = min(_whole(query.get("page_size"), 25), 200)
    number = _whole(query.get("page"), 1)
    if "skip" in query:
        number = _whole(query.get("skip"), 0) // size + 1
    number = min(number, FARTHEST // size)
    begin = (number - 1) * size
    wanted = ordered(jobs, query.get("ordering", "")).values_list("pk", flat=True)
    numbers = list(wanted[begin : begin + size + 1])
    if len(numbers) > size or (begin and not numbers):
        count, capped = capped_count(jobs)
    else:
        count, capped = begin + len(numbers), False
    if begin and not numbers:  # beyond the end: show the last page there is
        number = max(1, -(-count // size))
        begin = (number - 1) * size
        numbers = list(wanted[begin : begin + size])
    return Shelf(lines(numbers[:size], access), count, capped, number, size)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and int(text) > 0 else default


def tabs(found: Figures, query: QueryDict) -> list[Tab]:
    now = query.get("status", "")
    by = found.by_status
    listed = [
        (_("All jobs"), "", found.total),
        (_("Queue"), "pending", by["pending"]),
        (_("Active"), "running,paused", found.active),
        (pgettext("tab", "Done"), "completed", by["completed"]),
        (_("Failed"), "failed,timeout", found.failed),
        (_("Cancelled"), "cancelled", by["cancelled"]),
    ]
    if by["draft"]:
        listed.append((_("Drafts"), "draft", by["draft"]))
    return [Tab(label, status, count, status == now) for label, status, count in listed]


def _columns(query: QueryDict) -> list[dict[str, str]]:
    """Each head sorts by its column; pressed again, the other way round."""
    now = canonical(query).get("ordering", "-created_at")
    found = []
    for key, label, css in COLUMNS:
        falls_first = key in ("created_at", "duration", "cost")
        down, up = f"-{key}", key
        state = "descending" if now == down else "ascending" if now == up else ""
        following = {"descending": up, "ascending": down}.get(state, down if falls_first else up)
        found.append(
            {"label": str(label), "css": css, "sort": state, "next": following, "key": key}
        )
    return found


def _types() -> list[tuple[str, str]]:
    return list(AIJobType.objects.order_by("name").values_list("name", "category"))


def _people(access: Access) -> dict[str, str]:
    """Who may have made a job here: the brand's people."""
    users: Any = get_user_model().objects.filter(is_active=True).order_by("username")
    if access.brand is not None:
        users = users.filter(memberships__brand=access.brand)
    return {str(pk): name for pk, name in users.values_list("pk", "username").distinct()[:200]}
