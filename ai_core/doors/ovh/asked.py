"""The parameters of OVH's list, in the ways in which its clients write them."""

from __future__ import annotations

import ast
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request

from ai_core.api.query import Query, refuse
from ai_core.doors.ovh.spec import tag_of
from ai_core.doors.ovh.states import STATES, in_states

NAMES = (
    "page", "size", "sort", "order", "statusState", "userName", "labelSelector", "updatedAfter",
    "updatedBefore",
)  # fmt: skip
SORTS = {
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "name": "description",
    "id": "job_id",
    "user": "created_by__username",
    "duration": "active_seconds",
}
PAGE, MOST = 1_000, 10_000


def narrowed(jobs: QuerySet, request: Request) -> QuerySet:
    """Filter, sort and cut the list as the query asks; 1,000 jobs unless it names a size."""
    states = _states(request.query_params.getlist("statusState"))
    query = _Once(request)
    if states:
        jobs = jobs.filter(in_states(states))
    if user := query.text("userName"):
        jobs = jobs.filter(created_by__username=user)
    if selector := query.text("labelSelector"):
        name, _equals, value = selector.partition("=")
        jobs = jobs.filter(tags__contains=[tag_of(name.strip(), value.strip())])
    if after := query.moment("updatedAfter"):
        jobs = jobs.filter(updated_at__gte=after)
    if before := query.moment("updatedBefore"):
        jobs = jobs.filter(updated_at__lte=before)
    column = SORTS[query.word("sort", SORTS, "createdAt")]
    sign = "-" if query.word("order", ["asc", "desc"], "desc") == "desc" else ""
    size = query.integer("size", PAGE, least=1, most=MOST)
    begin = (query.integer("page", 1, least=1, most=1_000_000) - 1) * size
    return jobs.order_by(f"{sign}{column}", f"{sign}id")[begin : begin + size]


class _Once(Query):
    """Each parameter once, but for the states; what is empty or `null` was not asked for."""

    def __init__(self, request: Request) -> None:
        given = request.query_params.copy()
        given.pop("statusState", None)
        for name in [name for name, value in given.items() if value in ("", "null")]:
            del given[name]
        super().__init__(_Asked(given), NAMES)


class _Asked:
    def __init__(self, query_params: Any) -> None:
        self.query_params = query_params


def _states(texts: list[str]) -> list[str]:
    """Repeated, comma-separated, or as the Python client writes a list: `['DONE', 'FAILED']`."""
    words: list[str] = []
    for text in texts:
        words += _python_list(text) if text.startswith(("[", "(")) else text.split(",")
    wanted = [word.strip().upper() for word in words if word.strip()]
    for word in wanted:
        if word not in STATES and word != "NULL":
            refuse("statusState", _("Valid: %(allowed)s.") % {"allowed": ", ".join(STATES)})
    return [word for word in wanted if word != "NULL"]


def _python_list(text: str) -> list[str]:
    try:
        found = ast.literal_eval(text) if len(text) < 1_000 else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        found = None
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        refuse("statusState", _("Valid: %(allowed)s.") % {"allowed": ", ".join(STATES)})
    return list(found)
