"""One job: its whole record, what may be changed in it, and taking it away."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ai_core import errors
from ai_core.api import shapes
from ai_core.api.base import JobsBase, raw_json
from ai_core.api.requests import ChangeSerializer, NothingSerializer
from ai_core.lifecycle import UNDO_WINDOW
from ai_core.services import JobService
from ai_core.told import tell
from brands.errors import Invalid
from brands.scoping import BrandScopedQuerySet


@extend_schema(tags=["jobs"])
class JobView(JobsBase):
    """One job."""

    serializer_class = ChangeSerializer

    @extend_schema(
        operation_id="job_get",
        responses=shapes.JobDetailSerializer,
        examples=[shapes.DETAIL_EXAMPLE],
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Everything that is known of a job, extensions included."""
        return raw_json(self.detail(self.number_of(id)).text)

    @extend_schema(
        operation_id="job_replace",
        request=ChangeSerializer,
        responses=shapes.JobDetailSerializer,
    )
    def put(self, request: Request, id: str) -> HttpResponse:
        """Change what is named; what is left out stays as it is."""
        return self._change(request, id)

    @extend_schema(
        operation_id="job_change",
        request=ChangeSerializer,
        responses=shapes.JobDetailSerializer,
    )
    def patch(self, request: Request, id: str) -> HttpResponse:
        """Description, priority, tags, release until it is over; the input until it starts."""
        return self._change(request, id)

    def _change(self, request: Request, reference: str) -> HttpResponse:
        job = self.own(reference)
        form = ChangeSerializer(data=request.data, partial=True, context={"access": self.access})
        form.is_valid(raise_exception=True)
        if not form.validated_data:
            raise Invalid(_("Name what to change."), valid=sorted(form.fields))
        self._refuse_foreign_release(job.brand_id, form.validated_data)
        JobService.change_job(job, user=self.access.user, **form.validated_data)
        return raw_json(self.detail(job.pk).text)

    def _refuse_foreign_release(self, brand_id: int, changes: dict[str, Any]) -> None:
        """A superuser sees every brand's releases, but a job takes only its own brand's."""
        release = changes.get("release")
        if release is not None and release.brand_id != brand_id:
            missing = _("There is no such release.")
            raise Invalid(missing, errors={"release": [missing]})

    @extend_schema(operation_id="job_delete", request=None, responses={204: None})
    def delete(self, request: Request, id: str) -> HttpResponse:
        """Hide it; for 30 seconds `restore/` brings it back, then it is gone. Not while running."""
        JobService.delete_job(self.own(id), user=self.access.user)
        return HttpResponse(
            status=204, headers={"Undo-Seconds": str(int(UNDO_WINDOW.total_seconds()))}
        )


class RestoreView(JobsBase):
    """Undo a deletion."""

    def get_queryset(self) -> QuerySet:
        # The one place that looks for what is hidden; the brand still narrows it.
        return BrandScopedQuerySet.for_brand(self.queryset.all(), self.access.scope)

    @extend_schema(
        operation_id="job_restore",
        tags=["jobs"],
        request=NothingSerializer,
        responses=shapes.JobDetailSerializer,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Bring a deleted job back, as long as it has not been purged."""
        job = self.own(id)
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        with transaction.atomic():
            if not JobService.restore_job(job.pk):
                raise errors.TransitionRefused(
                    _("This job was not deleted."), current_status=job.status
                )
            tell("restored", job, user=self.access.user)
        return raw_json(self.detail(job.pk).text)
