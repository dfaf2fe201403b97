"""What can be asked for: the job types."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from ai_core import rows
from ai_core.api import shapes
from ai_core.api.base import raw_json
from ai_core.api.query import Query
from ai_core.execution import reach, registry
from ai_core.models import AIJobType
from brands.api.permissions import Known
from brands.errors import NotFound

_SEED = (
    "id", "name", "description", "category", "estimated_duration_seconds", "requires_async",
)  # fmt: skip


class JobTypesView(APIView):
    """The job types."""

    permission_classes: ClassVar[Any] = [Known]

    @extend_schema(
        operation_id="job_types_list",
        tags=["job types"],
        responses=shapes.JobTypeSerializer(many=True),
        examples=[shapes.TYPES_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponse:
        """All of them, as a plain list."""
        Query(request, [])
        found = AIJobType.objects.filter(is_active=True).select_related("queue").order_by("name")
        return raw_json(rows.json_text([_in_brief(kind) for kind in found]))


class JobTypeView(APIView):
    """One job type."""

    permission_classes: ClassVar[Any] = [Known]

    @extend_schema(
        operation_id="job_type_get", tags=["job types"], responses=shapes.JobTypeDetailSerializer
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """With the JSON Schema of its input, its stages and its time-out."""
        kind = AIJobType.objects.filter(name=name, is_active=True).select_related("queue").first()
        if kind is None:
            raise NotFound
        body = {
            **_in_brief(kind),
            "input_schema": kind.input_schema,
            "stages": kind.stages,
            "timeout_seconds": kind.timeout_seconds,
            "max_failures": kind.max_failures,
            "max_losses": kind.max_losses,
            "retry_seconds": kind.retry_seconds,
        }
        return raw_json(rows.json_text(body))


def _in_brief(kind: AIJobType) -> dict[str, Any]:
    executor = registry.executor_named(kind.executor)
    why_not = reach.why_not(kind)
    return {
        **{name: getattr(kind, name) for name in _SEED},
        "queue": kind.queue.name,
        "can_pause": bool(executor and executor.can_pause),
        "available": not why_not,
        "unavailable_because": why_not,
    }
