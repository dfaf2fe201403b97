"""What a job leaves behind, from a cursor, oldest first: its state, log, events and stages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ai_core import rows
from ai_core.api import shapes
from ai_core.api.base import JobsBase, raw_json
from ai_core.api.query import Query
from ai_core.horizon import in_order
from ai_core.models import JobEvent, JobLog
from ai_core.models.records import EventType, LogLevel
from ai_core.statuses import FINAL
from brands.errors import NotFound

PAGE, MOST = 200, 2_000
CHUNK = 2_000


class RecordsBase(JobsBase):
    """A job's number and status are all that is read of it."""

    def status_of(self, reference: str) -> tuple[int, str]:
        found = self.get_queryset().named(reference).order_by().values_list("pk", "status").first()
        if found is None:
            raise NotFound
        return found


class StatusView(JobsBase):
    """The few fields that a poller needs."""

    @extend_schema(
        operation_id="job_status",
        tags=["jobs"],
        parameters=shapes.IF_NONE_MATCH,
        responses={200: shapes.StatusSerializer, 304: None},
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Send the `ETag` back as `If-None-Match`: 304 as long as nothing has changed."""
        found = (
            self.get_queryset()
            .named(id)
            .order_by()
            .values(
                "id",
                "job_id",
                "status",
                "progress_percentage",
                "stage",
                "substatus",
                "error_code",
                "error_message",
                "created_at",
                "started_at",
                "completed_at",
                "updated_at",
            )
            .first()
        )
        if found is None:
            raise NotFound
        found["is_final"] = found["status"] in FINAL
        text = rows.json_text(found)
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        same = _matches(request.headers.get("If-None-Match", ""), tag)
        answer = HttpResponseNotModified() if same else raw_json(text)
        answer["ETag"] = tag
        patch_cache_control(answer, private=True, no_cache=True)
        return answer


def _matches(header: str, tag: str) -> bool:
    known = [one.strip().removeprefix("W/") for one in header[:2_000].split(",")]
    return tag in known or known == ["*"]


class LogsView(RecordsBase):
    """The log of a job."""

    @extend_schema(
        operation_id="job_logs",
        tags=["jobs"],
        parameters=shapes.LOG_PARAMETERS,
        responses={
            (200, "application/json"): shapes.LogPageSerializer,
            (200, "text/plain"): str,
        },
    )
    def get(self, request: Request, id: str) -> HttpResponseBase:
        """Lines after a cursor; `format=text` downloads the whole log as plain text."""
        query = Query(request, ["after", "level", "search", "limit", "tail"])
        number, status = self.status_of(id)
        after = query.integer("after", 0)
        limit = query.integer("limit", PAGE, least=1, most=MOST)
        tail = query.integer("tail", 0, most=MOST)
        levels = query.words("level", LogLevel.values)
        found = JobLog.objects.filter(job=number)
        if levels:
            found = found.filter(level__in=levels)
        if text := query.text("search"):
            found = found.filter(message__icontains=text)
        if query.word("format", ["json", "text"], "json") == "text":
            return _as_text(found, after, f"job-{number}.log")
        shown: Any = found.values("id", "at", "level", "stage", "attempt", "message")
        shown = shown.filter(id__gt=after)
        if tail:
            lines, late = in_order("log", lambda: list(shown.order_by("-id")[:tail])[::-1])
        else:
            lines, late = in_order("log", lambda: list(shown.order_by("id")[: limit + 1]))
        more = late or (not tail and len(lines) > limit)
        lines = lines if tail else lines[:limit]
        for line in lines:
            line["time"] = line.pop("at")
        return _slice(lines, after=after, more=more, status=status)


def _as_text(found: QuerySet, after: int, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(
        _text_lines(found, after), content_type="text/plain; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _text_lines(found: QuerySet, after: int) -> Iterator[bytes]:
    """Read piece by piece from a cursor of our own, so that no connection state is kept.

    Like the cursor it ends before a line that is still to come: no line is ever left out.
    """
    shown = found.order_by("id").values("id", "at", "level", "message")
    late = False
    while not late:
        piece, late = in_order("log", lambda: list(shown.filter(id__gt=after)[:CHUNK]))  # noqa: B023
        if not piece:
            return
        yield "".join(
            f"{line['at']:%Y-%m-%dT%H:%M:%S.%f}Z {line['level'].upper():<7} {line['message']}\n"
            for line in piece
        ).encode()
        after = piece[-1]["id"]


class EventsView(RecordsBase):
    """What happened to a job."""

    @extend_schema(
        operation_id="job_events",
        tags=["jobs"],
        parameters=shapes.EVENT_PARAMETERS,
        responses=shapes.EventPageSerializer,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Status changes, attempts, warnings and what the work reports, after a cursor."""
        query = Query(request, ["type", "search", "after", "from", "to", "limit"])
        number, status = self.status_of(id)
        after = query.integer("after", 0)
        limit = query.integer("limit", PAGE, least=1, most=MOST)
        found = JobEvent.objects.filter(job=number, id__gt=after)
        if kinds := query.words("type", EventType.values):
            found = found.filter(type__in=kinds)
        if text := query.text("search"):
            found = found.filter(Q(message__icontains=text) | Q(payload__icontains=text))
        if begin := query.moment("from"):
            found = found.filter(at__gte=begin)
        if end := query.moment("to"):
            found = found.filter(at__lte=end)
        shown = found.order_by("id").values(*EVENT_FIELDS)[: limit + 1]
        events, late = in_order("event", lambda: list(shown.all()))
        return _slice(
            [event_shown(event) for event in events[:limit]],
            after=after,
            more=late or len(events) > limit,
            status=status,
        )


EVENT_FIELDS = (
    "id", "at", "type", "attempt", "old_status", "new_status", "message", "payload",
    "actor_id", "actor__username",
)  # fmt: skip


def event_shown(found: dict[str, Any]) -> dict[str, Any]:
    """An event as every list of them shows it, the streams too."""
    number, name = found.pop("actor_id"), found.pop("actor__username")
    found["time"] = found.pop("at")
    found["actor"] = {"id": number, "username": name} if number else None
    return found


class StagesView(JobsBase):
    """The steps of a job's work."""

    @extend_schema(
        operation_id="job_stages",
        tags=["jobs"],
        responses=shapes.StageSerializer(many=True),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Each stage with its state, its progress and how long it has taken."""
        Query(request, [])
        found = rows.details([self.number_of(id)])
        if not found:
            raise NotFound
        return raw_json(rows.json_text(found[0].as_dict()["stages"]))


def _slice(found: list[dict[str, Any]], *, after: int, more: bool, status: str) -> HttpResponse:
    """Answer with rows, where to go on, and whether anything can still come."""
    body = {
        "results": found,
        "next_after": found[-1]["id"] if found else after,
        "has_more": more,
        "status": status,
        "is_final": status in FINAL,
    }
    return raw_json(rows.json_text(body))
