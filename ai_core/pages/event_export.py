"""The event log of a job as a file: CSV or JSON of exactly what the page's filters find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ai_core.pages.job import find
from ai_core.pages.job_tabs import events_found
from ai_core.pages.reading import for_readers
from brands.access import Access
from brands.errors import Invalid
from brands.moments import written
from brands.spreadsheets import cell, csv_lines

CHUNK = 1_000
COLUMNS = (
    "id", "time", "type", "attempt", "old_status", "new_status", "message", "actor", "payload",
)  # fmt: skip


@for_readers
def export(request: HttpRequest, access: Access, job_id: str) -> HttpResponseBase:
    """Newest first, as the page shows them; payloads whole."""
    job = find(access, job_id)
    form = request.GET.get("format", "csv")
    if form not in ("csv", "json"):
        raise Invalid(_("The format is csv or json."), errors={"format": ["csv, json"]})
    found, *_rest = events_found(job, request.GET)
    answer: HttpResponse | StreamingHttpResponse = StreamingHttpResponse(
        (_as_csv if form == "csv" else _as_json)(_events(found)),
        content_type="text/csv; charset=utf-8" if form == "csv" else "application/json",
    )
    answer["Content-Disposition"] = f'attachment; filename="{job.job_id}-events.{form}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _events(found: Any) -> Iterator[list[dict[str, Any]]]:
    """Read piece by piece by number, so that no connection state is kept between them."""
    below: int | None = None
    while True:
        piece = found.select_related("actor").order_by("-id")
        events = list((piece if below is None else piece.filter(id__lt=below))[:CHUNK])
        if not events:
            return
        yield [
            {"id": one.pk, "time": written(one.at), "type": one.type, "attempt": one.attempt,
             "old_status": one.old_status, "new_status": one.new_status, "message": one.message,
             "actor": one.actor.get_username() if one.actor else None, "payload": one.payload}
            for one in events
        ]  # fmt: skip
        below = events[-1].pk


def _as_csv(pieces: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    yield csv_lines([list(COLUMNS)])
    for piece in pieces:
        yield csv_lines([[cell(event[name]) for name in COLUMNS] for event in piece])


def _as_json(pieces: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    opening = b"["
    for piece in pieces:
        yield opening + b",\n".join(orjson.dumps(event) for event in piece)
        opening = b",\n"
    yield b"]" if opening != b"[" else b"[]"
