"""Pages of a list: by number with a count, or by cursor for those who walk far."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from brands.errors import Invalid, NotFound

PAGE_SIZE = 25
MOST = 200
FARTHEST = 100_000  # rows that a page number may skip; beyond, a cursor costs nothing
_LONGEST_CURSOR = 400


def whole_number(text: str, *, name: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or int(text) < 1:
        raise Invalid(
            _("%(name)s must be a whole number from 1.") % {"name": name},
            errors={name: [_("Enter a whole number from 1.")]},
        )
    return int(text)


class Pages(PageNumberPagination):
    """`?page=2&page_size=50` → `{count, next, previous, results}`."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = MOST

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get("page_size")
        if text is None:
            return self.page_size
        return min(whole_number(text, name="page_size"), self.max_page_size)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        size = self.get_page_size(request)
        page = whole_number(request.query_params.get("page", "1"), name="page")
        if (page - 1) * size > FARTHEST:
            raise NotFound(
                _("Pages end at row %(row)s: walk on with ?cursor=.") % {"row": FARTHEST}
            )
        return super().paginate_queryset(queryset, request, view)


class Cursor(BasePagination):
    """`?cursor=` → `{next, previous, results}`, newest first; new rows never shift a page."""

    fields: tuple[str, str] = ("created_at", "id")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list:
        self.request = request
        if request.query_params.get("ordering", "-created_at") != "-created_at":
            raise Invalid(
                _("A cursor walks from the newest to the oldest: leave ordering out."),
                errors={"ordering": [_("Not possible with a cursor.")]},
            )
        size = Pages().get_page_size(request)
        moment, last = self.fields
        position = _decode(request.query_params.get("cursor", ""))
        backwards = position is not None and position[2]
        if position is not None:
            queryset = queryset.filter(self._beyond(position))
        order = (moment, last) if backwards else (f"-{moment}", f"-{last}")
        rows = list(queryset.order_by(*order)[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        self.has_next = bool(rows) and (backwards or more)
        self.has_previous = bool(rows) and (more if backwards else position is not None)
        self.rows = rows
        return rows

    def _beyond(self, position: tuple[datetime, int, bool]) -> Q:
        """Compare so that the index on both columns carries it."""
        when, row_id, backwards = position
        (moment, last), sign = self.fields, "gt" if backwards else "lt"
        return Q(**{f"{moment}__{sign}e": when}) & (
            Q(**{f"{moment}__{sign}": when}) | Q(**{f"{last}__{sign}": row_id})
        )

    def _link(self, row: Model, *, backwards: bool) -> str:
        moment, last = self.fields
        cursor = _encode(getattr(row, moment), getattr(row, last), backwards=backwards)
        address = self.request.build_absolute_uri()
        return replace_query_param(remove_query_param(address, "page"), "cursor", cursor)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "next": self._link(self.rows[-1], backwards=False) if self.has_next else None,
                "previous": self._link(self.rows[0], backwards=True) if self.has_previous else None,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [_CURSOR, _PAGE_SIZE]


class PagesOrCursor(Pages):
    """Pages by number, unless the caller asks for a cursor, along the view's `cursor_fields`."""

    cursor: Cursor | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        if "cursor" not in request.query_params:
            return super().paginate_queryset(queryset, request, view)
        self.cursor = Cursor()
        self.cursor.fields = getattr(view, "cursor_fields", Cursor.fields)
        return self.cursor.paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        if self.cursor is not None:
            return self.cursor.get_paginated_response(data)
        return super().get_paginated_response(data)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described = super().get_paginated_response_schema(schema)
        return {**described, "required": ["results"]}  # a cursor counts nothing

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [_PAGE, _PAGE_SIZE, _CURSOR]


def _parameter(name: str, text: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


_PAGE = _parameter("page", "A page by its number.", type="integer", minimum=1)
_PAGE_SIZE = _parameter(
    "page_size", f"{PAGE_SIZE} unless told, at most {MOST}.", type="integer", minimum=1
)
_CURSOR = _parameter(
    "cursor", "Walk by cursor: empty for the newest, then as `next` gives it.", type="string"
)


def _signer() -> Signer:
    return Signer(salt="brands.api.pagination")


def _encode(moment: datetime, row_id: int, *, backwards: bool) -> str:
    text = json.dumps([moment.isoformat(), row_id, backwards], separators=(",", ":"))
    return base64.urlsafe_b64encode(_signer().sign(text).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, int, bool] | None:
    if not cursor:
        return None
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError
        padded = cursor + "=" * (-len(cursor) % 4)
        text = _signer().unsign(base64.urlsafe_b64decode(padded.encode("ascii")).decode())
        moment, row_id, backwards = json.loads(text)
        return datetime.fromisoformat(moment), int(row_id), bool(backwards)
    except (BadSignature, ValueError):
        raise Invalid(
            _("This cursor is not one of ours: begin again with an empty one."),
            errors={"cursor": [_("Unknown cursor.")]},
        ) from None
