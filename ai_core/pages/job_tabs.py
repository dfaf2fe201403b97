"""What each tab of a job's page needs besides the head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_date

from ai_core.api.artifacts import described
from ai_core.models import AIJob, Artifact, JobEvent, JobLog
from ai_core.models.records import EventType, LogLevel
from ai_core.pages.blocks import blocks_of
from ai_core.pages.json_tree import pretty, tree
from brands.asking import access_of

Tab = Callable[[HttpRequest, AIJob, dict[str, Any]], dict[str, Any]]
FEW_LINES, MANY_LINES = 100, 1_000
EVENT_SIZES = (25, 50, 100)


def overview(request: HttpRequest, job: AIJob, row: dict[str, Any]) -> dict[str, Any]:
    return {
        **_log(job, FEW_LINES),
        "blocks": blocks_of(row["result_data"]),
        "result_tree": tree(row["result_data"]) if row["result_data"] else "",
        "result_text": pretty(row["result_data"]) if row["result_data"] else "",
        "input_tree": tree(row["input_data"]),
        "artifacts": [described(one, request) for one in Artifact.objects.filter(job=job)[:5]],
        "related": related(job),
    }


def logs(request: HttpRequest, job: AIJob, row: dict[str, Any]) -> dict[str, Any]:
    return _log(job, MANY_LINES)


def _log(job: AIJob, most: int) -> dict[str, Any]:
    found = list(JobLog.objects.filter(job=job).order_by("-id")[: most + 1])
    return {
        "log_lines": list(reversed(found[:most])),
        "log_is_cut": len(found) > most,
        "log_after": found[0].pk if found else 0,
        "levels": LogLevel.choices,
    }


def events(request: HttpRequest, job: AIJob, row: dict[str, Any]) -> dict[str, Any]:
    """Newest first; the words of the query are those of the API."""
    given = request.GET
    found, kinds, text, is_filtered = events_found(job, given)
    asked = given.get("page_size", "")
    size = int(asked) if asked in {str(one) for one in EVENT_SIZES} else EVENT_SIZES[0]
    count = found.count()
    pages = max(1, -(-count // size))
    number = min(int(given["page"]) if given.get("page", "").isdigit() else 1, pages) or 1
    begin_at = (number - 1) * size
    return {
        "events": [_event(one) for one in _newest(found)[begin_at : begin_at + size]],
        "event_types": [(value, label, value in kinds) for value, label in EventType.choices],
        "event_count": count,
        "number": number,
        "pages": pages,
        "next_page": number + 1 if number < pages else None,
        "previous_page": number - 1,
        "sizes": EVENT_SIZES,
        "size": size,
        "searched": text,
        "is_filtered": is_filtered,
        "export_query": _exported(given),
    }


def events_found(job: AIJob, given: QueryDict) -> tuple[QuerySet, list[str], str, bool]:
    """The events that the query wants, its types and its text, and whether it narrows at all."""
    kinds = [
        one for part in given.getlist("type") for one in part.split(",") if one in EventType.values
    ]
    found = JobEvent.objects.filter(job=job)
    if kinds:
        found = found.filter(type__in=kinds)
    if text := given.get("search", "").replace("\0", "").strip()[:200]:
        found = found.filter(Q(message__icontains=text) | Q(payload__icontains=text))
    if begin := _day(given.get("from", "")):
        found = found.filter(at__date__gte=begin)
    if end := _day(given.get("to", "")):
        found = found.filter(at__date__lte=end)
    return found, kinds, text, bool(kinds or text or begin or end)


def _exported(given: QueryDict) -> str:
    kept = given.copy()
    for name in ("page", "page_size"):
        kept.pop(name, None)
    return kept.urlencode(safe=",")


def _newest(found: Any) -> Any:
    return found.select_related("actor").order_by("-id")


def _event(event: JobEvent) -> dict[str, Any]:
    return {
        "event": event,
        "pretty": pretty(event.payload) if event.payload else "",
        "tree": tree(event.payload) if event.payload else "",
    }


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


def artifacts(request: HttpRequest, job: AIJob, row: dict[str, Any]) -> dict[str, Any]:
    found = Artifact.objects.filter(job=job).order_by("id")
    return {"artifacts": [described(one, request) for one in found]}


def configuration(request: HttpRequest, job: AIJob, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "input_tree": tree(row["input_data"]),
        "input_text": pretty(row["input_data"]),
        "call": request.build_absolute_uri("/ai/jobs/"),
        "call_body": pretty(
            {"job_type": row["job_type"]["name"], "priority": row["priority"],
             "input_data": row["input_data"]}
        ),
    }  # fmt: skip


def history(request: HttpRequest, job: AIJob, row: dict[str, Any]) -> dict[str, Any]:
    kinds = [EventType.STATUS, EventType.ATTEMPT, EventType.CHECKPOINT]
    steps = JobEvent.objects.filter(job=job, type__in=kinds).select_related("actor").order_by("id")
    return {
        "may_take_evidence": access_of(request).can_change(job.created_by_id),
        "steps": list(steps[:300]),
        "related": related(job),
    }


def related(job: AIJob) -> list[AIJob]:
    """The jobs that this one repeats, and those that repeat it."""
    near = Q(origin_id=job.pk)
    if job.origin_id:
        near |= Q(pk=job.origin_id) | Q(origin_id=job.origin_id)
    found = (
        AIJob.objects.filter(near, brand_id=job.brand_id, deleted_at__isnull=True)
        .exclude(pk=job.pk)
        .select_related("job_type", "created_by")
    )
    return list(found.order_by("-created_at", "-id")[:20])


TABS: dict[str, Tab] = {
    "overview": overview,
    "logs": logs,
    "events": events,
    "artifacts": artifacts,
    "configuration": configuration,
    "history": history,
}
