"""Takes a filtered list home: as CSV or JSON, streamed, exactly the rows that the list shows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ai_core import rows
from ai_core.api import shapes
from ai_core.api.base import JobsBase
from ai_core.api.filters import LST_NAMES, canonical, narrowed, ordered
from ai_core.api.query import refuse
from ai_core.sections import cost_column
from brands.spreadsheets import cell, csv_lines

CHUNK = 500
COLUMNS = (
    "id", "job_id", "job_type", "category", "status", "priority", "progress_percentage", "brand",
    "created_by", "created_at", "started_at", "completed_at", "execution_time_seconds",
    "description", "error_message", "error_code", "failure_class", "is_async", "queue", "release",
    "tags", "task_id", "input_data", "result_data",
)  # fmt: skip


class ExportView(JobsBase):
    """The filtered list as a file."""

    @extend_schema(
        operation_id="jobs_export",
        tags=["jobs"],
        parameters=[*shapes.LIST_PARAMETERS, *shapes.EXPORT_PARAMETERS],
        responses={
            (200, "text/csv"): str,
            (200, "application/json"): shapes.JobSerializer(many=True),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """All rows that the same filters show in the list, in the same order."""
        query = canonical(request.query_params)
        form = query.get("format", "csv")
        if form not in ("csv", "json"):
            refuse("format", "Valid: csv, json.", valid=["csv", "json"])
        jobs = narrowed(
            self.get_queryset(), request.query_params, self.access.brand, extra=LST_NAMES
        )
        found = ordered(jobs, query.get("ordering", "")).values_list("pk", flat=True)
        # Which rows is decided now, as one answer of the database; 8 bytes each.
        numbers = array("q", found.iterator(chunk_size=10_000))
        name = f"jobs-{datetime.now(UTC):%Y%m%d-%H%M%S}.{form}"
        make, kind = (_as_csv, "text/csv; charset=utf-8") if form == "csv" else (
            _as_json, "application/json",
        )  # fmt: skip
        answer = StreamingHttpResponse(make(numbers), content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


def _pages(numbers: array[int]) -> Iterator[list[rows.Row]]:
    for begin in range(0, len(numbers), CHUNK):
        yield rows.rows(numbers[begin : begin + CHUNK])


def _as_json(numbers: array[int]) -> Iterator[bytes]:
    opening = "["
    for page in _pages(numbers):
        if page:
            yield (opening + ",\n".join(row.text for row in page)).encode()
            opening = ",\n"
    yield b"]" if opening != "[" else b"[]"


def _as_csv(numbers: array[int]) -> Iterator[bytes]:
    columns = [*COLUMNS, "cost"] if cost_column() else list(COLUMNS)
    yield csv_lines([columns])
    for page in _pages(numbers):
        yield csv_lines([[cell(value) for value in _flat(row, columns)] for row in page])


def _flat(row: rows.Row, columns: list[str]) -> list[Any]:
    found = row.as_dict()
    kind = found["job_type"]
    found["job_type"], found["category"] = kind["name"], kind["category"]
    found["brand"] = found["brand"]["name"]
    found["created_by"] = (found["created_by"] or {}).get("username")
    found["release"] = (found["release"] or {}).get("name")
    found["tags"] = ", ".join(found["tags"])
    return [found.get(column) for column in columns]
