"""What the views of jobs share: the one way to find a job, and answers that are JSON already."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.generics import GenericAPIView

from ai_core import rows
from ai_core.actions import available_actions
from ai_core.models import AIJob
from ai_core.waiting import waiting_card
from brands.api.permissions import InBrand, known_caller
from brands.api.scoping import BrandScopedMixin
from brands.errors import BrandRequired, NotFound

JOB_ID = OpenApiParameter(
    "id", str, OpenApiParameter.PATH, description="The number or the `job_id`."
)
_MAY_WAIT = frozenset({"draft", "pending", "paused", "running"})


class JobSchema(AutoSchema):
    """Says of every address of one job that its id may be the number or the `job_id`."""

    def get_override_parameters(self) -> list[Any]:
        own = super().get_override_parameters()
        return [JOB_ID, *own] if "/jobs/{id}" in self.path else own


class ReadsInBrand(InBrand):
    """For calls that change nothing, by whatever method."""

    def has_permission(self, request: Any, view: Any) -> bool:
        access = known_caller(request)
        if access.scope is None:
            raise BrandRequired
        return access.can_read


class JobsBase(BrandScopedMixin, GenericAPIView):
    """A view over jobs; `find` and `number_of` never see another brand's."""

    queryset = AIJob.objects.all()
    schema = JobSchema()
    pagination_class: ClassVar[Any] = None
    filter_backends: ClassVar[Any] = []

    def find(self, reference: str) -> AIJob:
        found = (
            self.get_queryset()
            .named(reference)
            .select_related("job_type", "brand", "queue", "created_by", "release")
            .first()
        )
        if found is None:
            raise NotFound
        return found

    def number_of(self, reference: str) -> int:
        found = self.get_queryset().named(reference).order_by().values_list("pk", flat=True).first()
        if found is None:
            raise NotFound
        return found

    def get_object(self) -> AIJob:
        """What OPTIONS asks for, to say which fields may be changed."""
        return self.find(self.kwargs["id"])

    def own(self, reference: str) -> AIJob:
        """Find a job that the caller may change."""
        job = self.find(reference)
        self.access.must_change(job.created_by_id)
        return job

    def detail(self, number: int) -> rows.Row:
        found = rows.details([number])
        if not found:
            raise NotFound
        row = found[0]
        more: dict[str, Any] = {"available_actions": available_actions(row.facts, self.access)}
        if row.facts.status in _MAY_WAIT:
            card = waiting_card(
                AIJob.objects.select_related("queue", "brand", "job_type").get(pk=number)
            )
            more["waiting"] = card.as_dict() if card else None
        return row.plus(**more)


def raw_json(text: str | bytes, *, status: int = 200, **headers: str) -> HttpResponse:
    """Answer with text that is JSON already."""
    answer = HttpResponse(text, status=status, content_type="application/json")
    for name, value in headers.items():
        answer[name.replace("_", "-")] = value
    return answer
