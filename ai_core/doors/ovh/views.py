"""The calls of OVH's AI Training: list, create, look, stop, delete, log, label; and the clock."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ai_core.api.base import JobsBase
from ai_core.api.query import Query
from ai_core.api.requests import MOST_TAGS, NothingSerializer
from ai_core.doors.ovh import asked, shapes
from ai_core.doors.ovh.authentication import OvhSignature
from ai_core.doors.ovh.errors import SpeaksOvh
from ai_core.doors.ovh.identity import job_id_of
from ai_core.doors.ovh.showing import moment, shown, trainings
from ai_core.doors.ovh.spec import DEFAULT_TIMEOUT, input_of, tag_of, with_label
from ai_core.models import AIJob, JobLog
from ai_core.services import JobService
from ai_core.statuses import JobStatus
from brands.api.authentication import ApiKeyAuthentication, SessionAuthentication
from brands.asking import access_by_session, access_of, bind
from brands.errors import BrandRequired, Invalid, NotFound
from brands.models import Brand

JOB_TYPE = "external_training"
_TAG = "OVH AI Training"


class TimeView(SpeaksOvh, APIView):
    """OVH's clock, by which clients sign."""

    authentication_classes: Sequence[Any] = ()
    permission_classes: Sequence[Any] = ()

    @extend_schema(
        operation_id="ovh_time", tags=[_TAG], auth=[], responses=OpenApiTypes.INT, description=""
    )
    def get(self, request: Request) -> Response:
        """Seconds since 1970, as a bare number."""
        return Response(int(time.time()))


class OvhBase(SpeaksOvh, JobsBase):
    """The project of the address is the brand, and nobody gets into another's."""

    authentication_classes = (OvhSignature, ApiKeyAuthentication, SessionAuthentication)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.perform_authentication(request)
        self._enter(request, kwargs["project_id"])
        super().initial(request, *args, **kwargs)

    def _enter(self, request: Request, project: str) -> None:
        access = access_of(request)
        if not access.is_authenticated:
            return  # the permission says so
        brand = _brand_called(project)
        if access.key is None and brand is not None:
            try:
                access = access_by_session(
                    request.user, session=request._request.session, named=brand.slug
                )
            except BrandRequired:
                raise NotFound from None
            bind(request, access)
        if brand is None or access.scope != brand:
            raise NotFound

    def get_queryset(self) -> Any:
        return trainings(super().get_queryset()).select_related("created_by", "data", "job_type")

    def find(self, reference: str) -> AIJob:
        found = (
            self.get_queryset()
            .named(job_id_of(reference))
            .select_related("brand", "queue", "created_by", "data", "job_type")
            .first()
        )
        if found is None:
            raise NotFound
        return found


def _brand_called(project: str) -> Brand | None:
    try:
        named = Q(uuid=UUID(project))
    except ValueError:
        named = Q(slug=project[:100])
    return Brand.objects.filter(named, is_active=True).first()


class JobsView(OvhBase):
    """The trainings of a project."""

    @extend_schema(
        operation_id="ovh_jobs_list",
        tags=[_TAG],
        parameters=shapes.LIST_PARAMETERS,
        responses=shapes.OvhJobSerializer(many=True),
    )
    def get(self, request: Request, project_id: str) -> Response:
        """A bare array, newest first."""
        return Response(shown(list(asked.narrowed(self.get_queryset(), request))))

    @extend_schema(
        operation_id="ovh_job_create",
        tags=[_TAG],
        parameters=[shapes.PROJECT],
        request=shapes.OvhJobSpecInputSerializer,
        responses={200: shapes.OvhJobSerializer},
        examples=[shapes.SPEC_EXAMPLE],
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Launch a training: an `external_training` job of the hub. OVH answers 200."""
        brand = self.access.brand_to_create_in()
        form = shapes.OvhJobSpecInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        spec = form.validated_data
        job = JobService.create_job(
            JOB_TYPE,
            input_of(spec),
            self.access.user,
            brand,
            description=spec.get("name") or "",
            tags=[tag_of(*label) for label in (spec.get("labels") or {}).items()],
            timeout_seconds=spec.get("timeout") or DEFAULT_TIMEOUT,
        )
        return Response(shown([self.find(job.job_id)])[0])


class JobView(OvhBase):
    """One training."""

    @extend_schema(
        operation_id="ovh_job_get",
        tags=[_TAG],
        parameters=[shapes.PROJECT, shapes.JOB],
        responses=shapes.OvhJobSerializer,
    )
    def get(self, request: Request, project_id: str, job_id: str) -> Response:
        """The job with its spec, its status and its history."""
        return Response(shown([self.find(job_id)])[0])

    @extend_schema(
        operation_id="ovh_job_delete",
        tags=[_TAG],
        parameters=[shapes.PROJECT, shapes.JOB, shapes.FORCE],
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, project_id: str, job_id: str) -> HttpResponse:
        """Take it away; `force` stops it first where it runs."""
        force = Query(request, ["force"]).word("force", ["true", "false", "null"], "false")
        job = self.own(job_id)
        if force == "true" and job.status == JobStatus.RUNNING:
            job = JobService.cancel_job(job.pk, user=self.access.user, reason="deleted")
        JobService.delete_job(job, user=self.access.user)
        return HttpResponse(status=204)


class KillView(OvhBase):
    """Stop a training, in OVH's words."""

    @extend_schema(
        operation_id="ovh_job_kill",
        tags=[_TAG],
        parameters=[shapes.PROJECT, shapes.JOB],
        request=NothingSerializer,
        responses={204: None},
    )
    def put(self, request: Request, project_id: str, job_id: str) -> HttpResponse:
        """Stop the job. One that is over answers 409."""
        return _stop(self, request, job_id)


class StopView(OvhBase):
    """Stop a training, in the seed's words."""

    @extend_schema(
        operation_id="ovh_job_stop",
        tags=[_TAG],
        parameters=[shapes.PROJECT, shapes.JOB],
        request=NothingSerializer,
        responses={204: None},
    )
    def post(self, request: Request, project_id: str, job_id: str) -> HttpResponse:
        """The same as `kill`."""
        return _stop(self, request, job_id)


def _stop(view: OvhBase, request: Request, job_id: str) -> HttpResponse:
    job = view.own(job_id)
    NothingSerializer(data=request.data).is_valid(raise_exception=True)
    JobService.cancel_job(job.pk, user=view.access.user, reason="kill")
    return HttpResponse(status=204)


class LogView(OvhBase):
    """What a training has said."""

    @extend_schema(
        operation_id="ovh_job_log",
        tags=[_TAG],
        parameters=shapes.LOG_PARAMETERS,
        responses=shapes.OvhLogSerializer,
    )
    def get(self, request: Request, project_id: str, job_id: str) -> Response:
        """Lines by page, oldest first."""
        query = Query(request, ["page", "size"])
        size = query.integer("size", asked.PAGE, least=1, most=asked.MOST)
        begin = (query.integer("page", 1, least=1, most=10**6) - 1) * size
        lines = JobLog.objects.filter(job=self.find(job_id)).order_by("id")
        last = lines.order_by("-id").values_list("at", flat=True).first()
        found = lines.values_list("message", "at")[begin : begin + size]
        return Response(
            {
                "lastActivity": moment(last),
                "logs": [{"content": text, "timestamp": moment(at)} for text, at in found],
            }
        )


class LabelView(OvhBase):
    """The labels of a training."""

    @extend_schema(
        operation_id="ovh_job_label",
        tags=[_TAG],
        parameters=[shapes.PROJECT, shapes.JOB],
        request=shapes.OvhLabelSerializer,
        responses={204: None},
    )
    def put(self, request: Request, project_id: str, job_id: str) -> HttpResponse:
        """Set a label, or take it away by giving no value; labels are the hub's tags."""
        job = self.own(job_id)
        form = shapes.OvhLabelSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        tags = with_label(job.tags, form.validated_data["name"], form.validated_data["value"])
        if len(tags) > MOST_TAGS:
            raise Invalid(_("There is room for 20 labels."))
        JobService.change_job(job, user=self.access.user, tags=tags)
        return HttpResponse(status=204)
