"""Pages of jobs: only numbers are fetched, counts are exact up to a cap, and then say so."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from ai_core import rows
from ai_core.api.base import raw_json
from ai_core.api.filters import ordered, tallied
from brands.api.pagination import FARTHEST, Cursor, Pages, whole_number
from brands.errors import Invalid, NotFound
from brands.models import Brand
from brands.scoping import AllBrands

# Rows that are counted one by one; beyond, `count_is_capped` is true. A word is dear to look for.
COUNTED = 10_000
COUNTED_BY_SEARCH = 1_000


def count(
    queryset: QuerySet, query: QueryDict, scope: Brand | AllBrands | None
) -> tuple[int, bool]:
    """Count what `narrowed` has made of the query; the second says that there are more.

    What the sums can tell (status, priority, type, category) is always exact. They tell nothing
    of a list that was narrowed by more than its scope and the query: it has no scope here.
    """
    known = None if scope is None else tallied(query, scope)
    if known is not None:
        return known, False
    most = COUNTED_BY_SEARCH if "search" in query else COUNTED
    found = queryset.order_by().values("pk")[: most + 1].count()
    return min(found, most), found > most


class JobPage:
    """One page of a filtered list: by number, by skip and take, or by cursor.

    `scope` is what the list was narrowed to before the query, if by nothing else: see `count`.
    """

    def __init__(
        self,
        queryset: QuerySet,
        query: QueryDict,
        request: Request,
        *,
        scope: Brand | AllBrands | None,
    ) -> None:
        self.queryset = queryset
        self.scope = scope
        self.query = query
        self.request = request
        self.size = _size(query)

    def answer(self) -> HttpResponse:
        return self._by_cursor() if "cursor" in self.query else self._by_number()

    def _by_cursor(self) -> HttpResponse:
        cursor = Cursor()
        if self.query.get("ordering", "-created_at") != "-created_at":
            raise Invalid(
                _("A cursor walks from the newest to the oldest: leave ordering out."),
                errors={"ordering": [_("Not possible with a cursor.")]},
            )
        narrow = self.queryset.values_list("created_at", "id", named=True)
        found = cursor.paginate_queryset(narrow, self.request)
        links = cursor.get_paginated_response([]).data
        return _page(
            rows.rows(one.id for one in found), next=links["next"], previous=links["previous"]
        )

    def _by_number(self) -> HttpResponse:
        begin = self._begin()
        if begin > FARTHEST:
            raise NotFound(
                _("Pages end at row %(row)s: walk on with ?cursor=.") % {"row": FARTHEST}
            )
        wanted = ordered(self.queryset, self.query.get("ordering", "")).values_list("pk", flat=True)
        numbers = list(wanted[begin : begin + self.size + 1])
        more = len(numbers) > self.size
        if not numbers and begin:
            raise NotFound(_("There is no such page: the list ends before it."))
        # The last page has counted itself.
        seen = begin + len(numbers)
        total, capped = seen, False
        if more:
            total, capped = count(self.queryset, self.query, self.scope)
        return _page(
            rows.rows(numbers[: self.size]),
            count=max(total, seen),
            next=self._link(begin + self.size) if more else None,
            previous=self._link(max(begin - self.size, 0)) if begin else None,
            **({"count_is_capped": True} if capped else {}),
        )

    def _begin(self) -> int:
        if "skip" not in self.request.query_params:
            page = whole_number(self.query.get("page", "1"), name="page")
            return (page - 1) * self.size
        if "page" in self.query:
            raise Invalid(_("Send page or skip, not both."), errors={"skip": [_("Not with page.")]})
        text = self.request.query_params["skip"]
        return 0 if text == "0" else whole_number(text, name="skip")

    def _link(self, begin: int) -> str:
        """Point to another page in the words that the caller used."""
        address = self.request.build_absolute_uri()
        if "skip" in self.request.query_params:
            return replace_query_param(address, "skip", begin)
        number = begin // self.size + 1
        if number == 1:
            return remove_query_param(address, "page")
        return replace_query_param(address, "page", number)


def newest_page(request: Request, scope: Brand) -> HttpResponse:
    """The page that is asked for most, without a single parameter: one statement makes it."""
    size = Pages.page_size
    found, total = rows.newest(scope.pk, size + 1)
    more = len(found) > size
    return _page(
        found[:size],
        count=max(total, len(found)) if more else len(found),
        next=replace_query_param(request.build_absolute_uri(), "page", 2) if more else None,
        previous=None,
    )


def _size(query: QueryDict) -> int:
    text = query.get("page_size")
    if text is None:
        return Pages.page_size
    return min(whole_number(text, name="page_size"), Pages.max_page_size)


def _page(found: list[rows.Row], **head: Any) -> HttpResponse:
    opening = rows.json_text(head)
    return raw_json(f'{opening[:-1]},"results":{rows.joined(found)}}}')
