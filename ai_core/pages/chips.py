"""Filters as people see them: the chips of those in use, and the fields to choose others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ai_core.models import Release
from ai_core.models.job_types import Category
from ai_core.pages import words
from ai_core.statuses import FINAL, FailureClass, JobStatus, Priority
from brands.access import Access

Name = Callable[[str], str]
TAB_STATUSES = frozenset(
    {"pending", "running,paused", "completed", "failed,timeout", "cancelled", "draft"}
)


@dataclass(frozen=True)
class Chip:
    name: str
    label: str
    value: str
    address: str
    """The list without this filter."""


@dataclass(frozen=True)
class Field:
    """One filter in the panel: a choice, a day, or a text."""

    name: str
    label: str
    kind: str
    value: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)


def _labels(people: Mapping[str, str], access: Access) -> dict[str, tuple[str, Name]]:
    def username(number: str) -> str:
        return people.get(number, number)

    def release(number: str) -> str:
        mine = Release.objects.for_brand(access.scope).filter(pk=int(number))
        return mine.values_list("name", flat=True).first() or number

    def status(word: str) -> str:
        return str(JobStatus(word).label)

    def priority(word: str) -> str:
        return str(Priority.from_word(word).label)

    return {
        "ids": (_("Chosen jobs"), str),
        "status": (_("Status"), status),
        "priority": (_("Priority"), priority),
        "job_type": (_("Type"), words.type_title),
        "category": (_("Category"), lambda word: str(Category(word).label)),
        "created_by": (_("Created by"), username),
        "created_at__gte": (_("Created from"), _day),
        "created_at__lte": (_("Created until"), _day),
        "completed_at__gte": (_("Ended from"), _day),
        "completed_at__lte": (_("Ended until"), _day),
        "failure_class": (_("Cause"), lambda word: str(FailureClass(word).label)),
        "queue": (_("Queue"), str),
        "tags": (_("Tag"), str),
        "release": (_("Release"), release),
        "cost__gte": (_("Cost from"), str),
        "cost__lte": (_("Cost up to"), str),
        "progress_percentage": (_("Progress"), str),
        "progress_percentage__gte": (_("Progress from"), str),
        "progress_percentage__lte": (_("Progress up to"), str),
        "is_async": (_("Asynchronous"), str),
    }


def _day(text: str) -> str:
    """A day as people say it; a moment stays as it was written."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    today = timezone.localdate()
    if day == today:
        return _("today")
    if day == today - timedelta(days=1):
        return _("yesterday")
    return date_format(day, "j M Y")


def chips_of(query: QueryDict, people: Mapping[str, str], access: Access) -> list[Chip]:
    """The filters in use; a tab is a status that needs no chip of its own."""
    labels = _labels(people, access)
    return [
        Chip(name, labels[name][0], _said(query[name], labels[name][1]), _without(query, name))
        for name in query
        if name in labels and not (name == "status" and query[name] in TAB_STATUSES)
    ]


def _without(query: QueryDict, name: str) -> str:
    kept = query.copy()
    del kept[name]
    kept.pop("page", None)
    return f"?{kept.urlencode(safe=',')}"


def _said(value: str, say: Name) -> str:
    found = []
    for word in value.split(","):
        try:
            found.append(say(word.strip()))
        except (ValueError, KeyError):
            found.append(word)
    if len(found) > 3:
        return f"{', '.join(found[:2])} +{len(found) - 2}"
    return ", ".join(found)


def filter_fields(
    query: QueryDict, types: Iterable[tuple[str, str]], people: Mapping[str, str]
) -> list[Field]:
    def of(name: str) -> str:
        return query.get(name, "")

    return [
        Field(
            "job_type",
            _("Type"),
            "choice",
            of("job_type"),
            [(name, words.type_title(name)) for name, _category in types],
        ),
        Field(
            "priority",
            _("Priority"),
            "choice",
            of("priority"),
            [(one.word, str(one.label)) for one in reversed(Priority)],
        ),
        Field(
            "created_by",
            _("Created by"),
            "choice",
            of("created_by"),
            list(people.items()),
        ),
        Field(
            "failure_class",
            _("Cause of failure"),
            "choice",
            of("failure_class"),
            [(one.value, str(one.label)) for one in FailureClass if one.value],
        ),
        Field("created_at__gte", _("Created from"), "date", of("created_at__gte")),
        Field("created_at__lte", _("Created until"), "date", of("created_at__lte")),
        Field("completed_at__gte", _("Ended from"), "date", of("completed_at__gte")),
        Field("completed_at__lte", _("Ended until"), "date", of("completed_at__lte")),
        Field("cost__gte", _("Cost from"), "number", of("cost__gte")),
        Field("cost__lte", _("Cost up to"), "number", of("cost__lte")),
        Field("tags", _("Tags"), "text", of("tags")),
    ]


def presets(query: QueryDict, today: date) -> list[tuple[str, str]]:
    """Days that people mean most: by the end of jobs that are over, else by when they were made."""
    ended = set(query.get("status", "").split(",")) <= {status.value for status in FINAL}
    column = "completed_at" if ended and query.get("status") else "created_at"
    days = [
        (_("Today"), today, today),
        (_("Yesterday"), today - timedelta(days=1), today - timedelta(days=1)),
        (_("Last 7 days"), today - timedelta(days=6), today),
        (_("Last 30 days"), today - timedelta(days=29), today),
    ]
    found = []
    for label, first, last in days:
        kept = query.copy()
        kept.pop("page", None)
        kept[f"{column}__gte"], kept[f"{column}__lte"] = first.isoformat(), last.isoformat()
        found.append((label, f"?{kept.urlencode(safe=',')}"))
    return found
