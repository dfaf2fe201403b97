"""How much was used, by whom and for what: as sums, and job by job as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import orjson
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from ai_core.pricing import CURRENCY
from ai_core.sections import money
from ai_usage.api.questions import named, question_of
from ai_usage.api.serializers import UsageRowSerializer, UsageSerializer
from ai_usage.days import DIMENSIONS, Question, sums
from ai_usage.models import AIJobUsage
from brands.api.permissions import InBrand
from brands.api.scoping import BrandScopedMixin
from brands.errors import Invalid
from brands.moments import written
from brands.spreadsheets import cell, csv_lines

MOST_ROWS = 5_000
PARAMETERS = [
    OpenApiParameter("group_by", str, description=f"Up to three of: {', '.join(DIMENSIONS)}."),
    OpenApiParameter("from", date, description="First day, where the brand is; 30 days ago."),
    OpenApiParameter("to", date, description="Last day; today."),
    OpenApiParameter("job_type", str),
    OpenApiParameter("provider", str),
    OpenApiParameter("model", str),
    OpenApiParameter("user", int),
]


class UsageBase(BrandScopedMixin, generics.GenericAPIView):
    permission_classes = (InBrand,)
    queryset = AIJobUsage.objects.all()
    serializer_class = UsageSerializer
    pagination_class = None
    filter_backends = ()
    http_method_names = tuple(method.lower() for method in SAFE_METHODS)


class UsageView(UsageBase):
    """Sums of what was used."""

    @extend_schema(
        operation_id="usage", tags=["usage"], parameters=PARAMETERS, responses=UsageSerializer
    )
    def get(self, request: Request) -> Response:
        """Sums per group. Unknown prices are in no sum: `unpriced` counts their jobs."""
        question = question_of(request, self.access)
        rows = sums(question, most=MOST_ROWS + 1)
        whole = Question(
            scope=question.scope,
            group_by=(),
            first=question.first,
            last=question.last,
            only=question.only,
        )
        totals = sums(whole, most=100)
        return Response(
            {
                "group_by": list(question.group_by),
                "from": question.first,
                "to": question.last,
                "currency": CURRENCY,
                "results": named([shown(row) for row in rows[:MOST_ROWS]]),
                "has_more": len(rows) > MOST_ROWS,
                "totals": [shown(row) for row in totals],
            }
        )


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """One group as the API shows it: money as text, rates as fractions, nothing as null."""
    ended = row["completed"] + row["failed"] + row["timeout"]
    groups = {name: row[name] for name in DIMENSIONS if name in row}
    figures = {
        name: int(row[name])
        for name in (
            "jobs", "completed", "failed", "cancelled", "timeout", "calls",
            "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens",
        )
    }  # fmt: skip
    return {
        **groups,
        **figures,
        "total_tokens": figures["prompt_tokens"] + figures["completion_tokens"],
        "total_cost": money(row["cost"]),
        "currency": row["currency"],
        "unpriced_jobs": int(row["unpriced"]),
        "execution_time_seconds": round(row["seconds"], 3),
        "success_rate": round(float(row["completed"] / ended), 4) if ended else None,
    }


# ---------------------------------------------------------------------- job by job
COLUMNS = (
    "job_id", "ended_at", "day", "brand", "user", "job_type", "ending", "provider", "model",
    "calls", "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "total_cost",
    "known_cost", "currency", "price_status", "price_source", "price_version",
    "execution_time_seconds",
)  # fmt: skip


class UsageExportView(UsageBase):
    """The bills themselves, one line a job."""

    @extend_schema(
        operation_id="usage_export",
        tags=["usage"],
        parameters=[
            *[one for one in PARAMETERS if one.name != "group_by"],
            OpenApiParameter("format", str, enum=["csv", "json"]),
        ],
        responses={
            (200, "text/csv"): str,
            (200, "application/json"): UsageRowSerializer(many=True),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Every job that used something or nothing, newest first."""
        form = request.query_params.get("format", "csv")
        if form not in ("csv", "json"):
            raise Invalid(
                _("format must be csv or json."),
                errors={"format": [_("Must be one of: csv, json.")]},
                valid=["csv", "json"],
            )
        question = question_of(request, self.access)
        lines = _lines(self._found(question))
        make, kind = (_csv, "text/csv; charset=utf-8") if form == "csv" else (
            _json, "application/json",
        )  # fmt: skip
        answer = StreamingHttpResponse(make(lines), content_type=kind)
        name = f"usage-{question.first}-{question.last}.{form}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    def _found(self, question: Question) -> Any:
        columns = {
            "job_type": "job_type", "provider": "provider_name", "model": "model",
            "user": "created_by",
        }  # fmt: skip
        only = {columns[name]: value for name, value in (question.only or {}).items()}
        return (
            self.get_queryset()
            .filter(day__gte=question.first, day__lte=question.last, **only)
            .select_related("brand", "created_by", "job")
            .only(
                *[f.name for f in AIJobUsage._meta.concrete_fields if f.name != "parts"],
                "brand__name",
                "created_by__username",
                "job__job_id",
            )
            .order_by("-ended_at", "-job_id")
            .iterator(chunk_size=1000)
        )


def _lines(rows: Iterable[AIJobUsage]) -> Iterator[dict[str, Any]]:
    same = {
        "ending", "model", "calls", "prompt_tokens", "completion_tokens", "total_tokens",
        "cached_tokens", "currency", "price_status", "price_source", "price_version",
        "execution_time_seconds", "job_type",
    }  # fmt: skip
    for row in rows:
        values = {name: getattr(row, name) for name in same} | {
            "job_id": row.job.job_id,
            "ended_at": written(row.ended_at),
            "day": row.day.isoformat(),
            "brand": row.brand.name,
            "user": row.created_by.username if row.created_by else None,
            "provider": row.provider_name,
            "total_cost": money(row.total_cost),
            "known_cost": money(row.known_cost),
        }
        yield {name: values[name] for name in COLUMNS}


def _json(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    opening = b"["
    for line in lines:
        yield opening + orjson.dumps(line)
        opening = b",\n"
    yield b"]" if opening != b"[" else b"[]"


def _csv(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    yield csv_lines([COLUMNS])
    for line in lines:
        yield csv_lines([[cell(value) for value in line.values()]])
