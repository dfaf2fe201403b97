"""The curve of a training: its figures by step."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ai_core import rows
from ai_core.api import shapes
from ai_core.api.base import raw_json
from ai_core.api.query import Query
from ai_core.api.records import RecordsBase
from ai_core.curves import curve_of
from ai_core.statuses import FINAL

POINTS, MOST = 1_000, 10_000


class MetricsView(RecordsBase):
    """The figures of a training, step by step."""

    @extend_schema(
        operation_id="job_metrics",
        tags=["jobs"],
        parameters=shapes.METRIC_PARAMETERS,
        responses=shapes.MetricPageSerializer,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Rows after `since_step`; more than `points` are thinned out, and the answer says so."""
        query = Query(request, ["since_step", "points"])
        number, status = self.status_of(id)
        since = query.integer("since_step", 0) if "since_step" in query.given else None
        points = query.integer("points", POINTS, least=10, most=MOST)
        curve = curve_of(number, since_step=since, points=points)
        body = {
            "results": curve.rows,
            "total_points": curve.total_points,
            "downsampled": curve.downsampled,
            "next_since_step": curve.rows[-1]["step"] if curve.rows else since,
            "status": status,
            "is_final": status in FINAL,
        }
        return raw_json(rows.json_text(body))
