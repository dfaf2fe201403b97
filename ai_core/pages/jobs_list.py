"""The list of jobs: tabs, filters, order, pages; its query string is the API's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ai_core import saved_views
from ai_core.api import pagination
from ai_core.api.filters import LST_NAMES, canonical, narrowed, ordered
from ai_core.models import AIJob, AIJobType
from ai_core.pages import columns
from ai_core.pages.chips import chips_of, filter_fields, presets
from ai_core.pages.figures import Figures, figures
from ai_core.pages.lines import Line, lines
from ai_core.pages.reading import answer, for_readers
from brands.access import Access
from brands.api.pagination import FARTHEST
from brands.errors import DomainError

SIZES = (25, 50, 100)
ROWS_COOKIE = "job_rows"
OWN_WORDS = (*LST_NAMES, "format", "columns", "view")


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
    query = without_empties(request.GET)
    facts: dict[str, Any] = {
        "crumbs": [(_("Jobs"), None)],
        "access": access,
        "query": query,
        "figures": figures(access),
        "sizes": SIZES,
        "may_create": access.may_begin,
    }
    shown = columns.chosen(request, query)
    rows_before = request.COOKIES.get(ROWS_COOKIE, "")
    try:
        facts.update(_found(query, access, rows_before))
    except DomainError as error:
        facts.update(problem=str(error), shelf=None)
    people = _people(access)
    facts["chips"] = chips_of(query, people, access)
    facts["tabs"] = tabs(facts["figures"], query)
    facts["columns"] = shown
    facts["heads"] = _heads(shown, query)
    facts["views"] = saved_views.offered(access, query)
    facts["view_query"] = saved_views.normal(query)
    facts["fields"] = filter_fields(query, _types(), people)
    facts["presets"] = presets(query, facts["figures"].today)
    facts["is_filtered"] = bool(facts["chips"]) or "search" in query
    found = answer(request, "ai_core/jobs.html", facts, part="ai_core/jobs_part.html")
    columns.remember(found, query, shown)
    if query.get("page_size") in {str(size) for size in SIZES}:
        found.set_cookie(
            ROWS_COOKIE, query["page_size"], max_age=columns.REMEMBERED_SECONDS,
            path="/jobs/", httponly=True, samesite="Lax",
        )  # fmt: skip
    return found


def _heads(shown: columns.Chosen, query: QueryDict) -> list[dict[str, Any]]:
    try:
        return columns.heads(shown, query)
    except DomainError:  # an order that means nothing is said where the rows would be
        return columns.heads(shown, QueryDict())


def without_empties(given: QueryDict) -> QueryDict:
    """A form without JavaScript sends its empty fields too."""
    kept = QueryDict(mutable=True)
    for name, values in given.lists():
        filled = [value for value in values if value.strip()]
        if filled:
            kept.setlist(name, [",".join(filled)] if len(filled) > 1 else filled)
    return kept


def _found(query: QueryDict, access: Access, rows_before: str) -> dict[str, Any]:
    asked = canonical(query)
    jobs = narrowed(AIJob.objects.for_brand(access.scope), query, access.brand, extra=OWN_WORDS)
    shelf = shelf_of(jobs, asked, access, size=_whole(rows_before, SIZES[0]))
    return {
        "shelf": shelf,
        "ordering": asked.get("ordering", "-created_at"),
    }


def shelf_of(jobs: QuerySet, query: QueryDict, access: Access, *, size: int) -> Shelf:
    size = min(_whole(query.get("page_size"), size), 200)
    number = _whole(query.get("page"), 1)
    if "skip" in query:
        number = _whole(query.get("skip"), 0) // size + 1
    number = min(number, FARTHEST // size)
    begin = (number - 1) * size
    wanted = ordered(jobs, query.get("ordering", "")).values_list("pk", flat=True)
    numbers = list(wanted[begin : begin + size + 1])
    if len(numbers) > size or (begin and not numbers):
        count, capped = pagination.count(jobs, query, access.scope)
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


def _types() -> list[tuple[str, str]]:
    return list(AIJobType.objects.order_by("name").values_list("name", "category"))


def _people(access: Access) -> dict[str, str]:
    """Who may have made a job here: the brand's people."""
    users: Any = get_user_model().objects.filter(is_active=True).order_by("username")
    if access.brand is not None:
        users = users.filter(memberships__brand=access.brand)
    return {str(pk): name for pk, name in users.values_list("pk", "username").distinct()[:200]}
