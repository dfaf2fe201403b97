"""Many jobs at a glance: the dashboard, and the jobs in one status."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ai_core import rows
from ai_core.api import shapes
from ai_core.api.base import JobsBase, raw_json
from ai_core.api.query import Query
from ai_core.services import StatusService


class DashboardView(JobsBase):
    """Counts, rates, times, costs and the newest jobs."""

    @extend_schema(
        operation_id="jobs_dashboard",
        tags=["jobs"],
        responses=shapes.DashboardSerializer,
        examples=[shapes.DASHBOARD_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponse:
        """Days are those of the brand's time zone; costs are decimal strings."""
        Query(request, [])
        return raw_json(rows.json_text(StatusService.get_dashboard_stats(self.access.scope)))


class ByStatusView(JobsBase):
    """The jobs in one status."""

    @extend_schema(
        operation_id="jobs_by_status",
        tags=["jobs"],
        parameters=shapes.BY_STATUS_PARAMETERS,
        responses=shapes.ByStatusSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest jobs in a status, and how many there are; `limit` of them, at most 200."""
        query = Query(request, ["status", "limit"])
        found = StatusService.get_jobs_by_status(
            query.given.get("status", ""),
            self.access.scope,
            limit=query.integer("limit", 100, least=1, most=200),
        )
        return raw_json(rows.json_text(found))
