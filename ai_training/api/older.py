"""`/api/training/jobs…` (requirement MON-14): the trainings, in the older system's addresses."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from ai_core import rows
from ai_core.api import shapes, verbs
from ai_core.api.base import raw_json
from ai_core.api.query import Query
from ai_core.api.records import EVENT_FIELDS, event_shown
from ai_core.api.requests import CancelSerializer
from ai_core.models import JobEvent
from ai_core.models.records import EventType
from ai_training.api import run_shapes
from ai_training.api.runs import RunsBase, curve_answer, page_of_runs

_TAG = "older doors"
PAGE, MOST = 50, 100
# The older system's word for a status → ours.
_STATUSES = {"queued": "pending", "active": "running", "pending_gpu_provisioning": "pending"}


class TrainingJobsDoor(RunsBase):
    """The list."""

    @extend_schema(
        operation_id="older_training_jobs_list",
        tags=[_TAG],
        parameters=shapes.LIST_PARAMETERS,
        responses=shapes.JobPageSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Training jobs: `status` (also queued and active), `search`, `page`, as `/ai/jobs/`."""
        asked = request.query_params.copy()
        if "status" in asked:
            words = [_STATUSES.get(one, one) for one in str(asked["status"]).split(",")]
            key = "status" if len(set(words)) == 1 else "status__in"
            asked.pop("status")
            asked[key] = ",".join(dict.fromkeys(words))
        return page_of_runs(self, request, asked)


class TrainingJobDoor(RunsBase):
    """One training."""

    @extend_schema(
        operation_id="older_training_job_get", tags=[_TAG], responses=shapes.JobDetailSerializer
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Everything that is known of it, as `/ai/jobs/{id}/` says it."""
        Query(request, [])
        return raw_json(self.detail(self.number_of(id)).text)


class TrainingMetricsDoor(RunsBase):
    """Its curve."""

    @extend_schema(
        operation_id="older_training_job_metrics",
        tags=[_TAG],
        parameters=run_shapes.CURVE_PARAMETERS,
        responses={
            (200, "application/json"): run_shapes.CurveSerializer,
            (200, "text/csv"): str,
        },
    )
    def get(self, request: Request, id: str) -> HttpResponseBase:
        """`latest=true`: the newest row; `since_step`: what came after it; else the curve."""
        return curve_answer(self.run_of(id), request)


class TrainingEventsDoor(RunsBase):
    """Its events, page by page."""

    @extend_schema(
        operation_id="older_training_job_events",
        tags=[_TAG],
        parameters=[
            OpenApiParameter("filter", str, description="Types, with commas between."),
            OpenApiParameter("search", str),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses=run_shapes.EventPagesSerializer,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Newest first; further pages hold older ones."""
        query = Query(request, ["filter", "search"])
        kinds = query.words("filter", EventType.values)
        page = query.integer("page", 1, least=1, most=100_000)
        size = query.integer("page_size", PAGE, least=1, most=MOST)
        found = JobEvent.objects.filter(job=self.number_of(id)).order_by("-id")
        if kinds:
            found = found.filter(type__in=kinds)
        if text := query.text("search"):
            found = found.filter(message__icontains=text)
        begin = (page - 1) * size
        shown = [event_shown(one) for one in found.values(*EVENT_FIELDS)[begin : begin + size]]
        body = {"count": found.count(), "page": page, "page_size": size, "results": shown}
        return raw_json(rows.json_text(body))


class TrainingCancelDoor(RunsBase, verbs.CancelView):
    """Cancelling."""

    http_method_names: ClassVar[Any] = ["post", "options"]

    @extend_schema(
        operation_id="older_training_job_cancel",
        tags=[_TAG],
        request=CancelSerializer,
        responses=shapes.CancelledSerializer,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Stop a training; the answer is that of `/ai/jobs/{id}/cancel/`."""
        return super().post(request, id)
