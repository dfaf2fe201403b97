"""Which columns the list of jobs shows: those in the address, else those chosen last time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ai_core.api.filters import canonical

COOKIE = "job_columns"
REMEMBERED_SECONDS = 365 * 24 * 3600
FALLS_FIRST = frozenset({"created_at", "started_at", "completed_at", "duration", "cost"})


@dataclass(frozen=True)
class Column:
    """One column; `order` is the API's name for sorting by it, empty where it cannot."""

    key: str
    label: str | Promise
    order: str = ""
    css: str = ""
    is_usual: bool = False


COLUMNS = (
    Column("status", _("Status"), "status", "col-status", is_usual=True),
    Column("configuration", _("Configuration"), "job_type", "col-config", is_usual=True),
    Column("resources", _("Resources"), "queue", "col-resources", is_usual=True),
    Column("created_by", _("Created by"), "created_by", "col-person", is_usual=True),
    Column("brand", _("Brand"), "brand", "col-word"),
    Column("priority", _("Priority"), "priority", "col-word"),
    Column("release", _("Release"), "", "col-word"),
    Column("tags", _("Tags"), "", "col-word"),
    Column("cause", _("Cause"), "", "col-word"),
    Column("created", pgettext_lazy("moment", "Created"), "created_at", "col-time", is_usual=True),
    Column("started", pgettext_lazy("moment", "Started"), "started_at", "col-time"),
    Column("finished", pgettext_lazy("moment", "Finished"), "completed_at", "col-time"),
    Column("duration", _("Duration"), "duration", "amount col-duration", is_usual=True),
    Column("cost", _("Cost"), "cost", "amount col-cost", is_usual=True),
)
NAME = Column("name", _("Job"), "description", "col-job")
_BY_KEY = {one.key: one for one in COLUMNS}
USUAL = tuple(one for one in COLUMNS if one.is_usual)
ROOM = len(USUAL)


@dataclass(frozen=True)
class Chosen:
    """The columns of one page; `is_wide` when the table has to scroll sideways."""

    columns: tuple[Column, ...]
    is_own: bool

    @property
    def is_wide(self) -> bool:
        return len(self.columns) > ROOM

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.columns]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        return [(one.key, str(one.label), one.key in self.keys) for one in COLUMNS]


def chosen(request: HttpRequest, query: QueryDict) -> Chosen:
    for text in (query.get("columns", ""), request.COOKIES.get(COOKIE, "")):
        keys = {key.strip() for key in text.split(",")}
        if found := tuple(one for one in COLUMNS if one.key in keys):
            return Chosen(found, is_own=found != USUAL)
    return Chosen(USUAL, is_own=False)


def remember(answer: HttpResponse, query: QueryDict, found: Chosen) -> None:
    """What is asked for in the address is what the next visit begins with."""
    if "columns" in query:
        answer.set_cookie(
            COOKIE,
            ",".join(found.keys),
            max_age=REMEMBERED_SECONDS,
            path="/jobs/",
            httponly=True,
            samesite="Lax",
        )


def heads(found: Chosen, query: QueryDict) -> list[dict[str, Any]]:
    """Each head sorts by its column; pressed again, the other way round."""
    now = canonical(query).get("ordering", "-created_at")
    shown = []
    for one in (NAME, *found.columns):
        down, up = f"-{one.order}", one.order
        state = "descending" if now == down else "ascending" if now == up and up else ""
        first = down if one.order in FALLS_FIRST else up
        following = {"descending": up, "ascending": down}.get(state, first)
        shown.append(
            {"key": one.key, "label": str(one.label), "css": one.css, "sort": state,
             "next": following if one.order else ""}
        )  # fmt: skip
    return shown
