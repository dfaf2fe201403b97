"""`/api/releases…`: named deliverables that group jobs, with the status that those add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from ai_core import releases
from ai_core.api import shapes
from ai_core.api.base import JobsBase
from ai_core.doors.jobs_door import page_of_jobs
from ai_core.models import AIJob, Release
from ai_core.statuses import JobStatus
from brands.api.filters import refuse_unknown
from brands.api.pagination import Pages
from brands.api.scoping import BrandScopedMixin
from brands.api.serializers import StrictSerializer
from brands.errors import NotFound

_TAG = "releases"


class ReleaseRequestSerializer(StrictSerializer):
    """What people say about a release."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=10_000, allow_blank=True, required=False)


class TallySerializer(serializers.Serializer):
    """How many jobs are in each status; a job that was retried is not counted."""

    draft = serializers.IntegerField()
    pending = serializers.IntegerField()
    running = serializers.IntegerField()
    paused = serializers.IntegerField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    timeout = serializers.IntegerField()


class ReleaseSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    brand = shapes.BrandInJobSerializer()
    created_by = shapes.UserInJobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    status = serializers.ChoiceField(
        releases.STATUSES,
        help_text="running while a job runs, then pending, paused, draft; failed when one failed "
        "for good; else completed, cancelled or empty.",
    )
    progress_percentage = serializers.IntegerField()
    job_count = serializers.IntegerField()
    jobs = TallySerializer()


class ReleasePageSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReleaseSerializer(many=True)


def shown(found: Sequence[Release]) -> list[dict[str, Any]]:
    """Return releases with their roll-ups, which is one query more for all of them."""
    sums = releases.roll_up(release.pk for release in found)
    return [_release(release, sums[release.pk]) for release in found]


def _release(release: Release, total: releases.RollUp) -> dict[str, Any]:
    maker = release.created_by
    return {
        "id": release.pk,
        "name": release.name,
        "description": release.description,
        "brand": {"id": release.brand_id, "name": release.brand.name},
        "created_by": {"id": maker.pk, "username": maker.get_username()} if maker else None,
        "created_at": release.created_at,
        "status": total.status,
        "progress_percentage": total.progress_percentage,
        "job_count": total.jobs,
        "jobs": {status: total.by_status[status] for status in JobStatus.values},
    }


class ReleasesBase(BrandScopedMixin, GenericAPIView):
    queryset = Release.objects.select_related("brand", "created_by").order_by("-created_at", "-id")
    filter_backends: Sequence[Any] = ()
    serializer_class = ReleaseRequestSerializer

    def find(self, number: int) -> Release:
        found = self.get_queryset().filter(pk=number).first() if number < 2**63 else None
        if found is None:
            raise NotFound
        return found

    def own(self, number: int) -> Release:
        release = self.find(number)
        self.access.must_change(release.created_by_id)
        return release


class ReleasesView(ReleasesBase):
    """The releases of a brand."""

    pagination_class = Pages

    @extend_schema(
        operation_id="releases_list",
        tags=[_TAG],
        parameters=[
            OpenApiParameter("search", str, description="A word in the name."),
            OpenApiParameter("page", {"type": "integer", "minimum": 1}),
            OpenApiParameter("page_size", {"type": "integer", "minimum": 1}),
        ],
        responses=ReleasePageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Newest first, each with its status."""
        refuse_unknown(request, ["search"])
        found: QuerySet = self.get_queryset()
        if word := request.query_params.get("search", "").replace("\0", "").strip():
            found = found.filter(name__icontains=word[:200])
        return self.get_paginated_response(shown(self.paginate_queryset(found)))

    @extend_schema(
        operation_id="release_create",
        tags=[_TAG],
        request=ReleaseRequestSerializer,
        responses={201: ReleaseSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a release; its name is the only one in the brand."""
        brand = self.access.brand_to_create_in()
        form = ReleaseRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        release = releases.create(brand=brand, user=self.access.user, **form.validated_data)
        return Response(shown([release])[0], status=201)


class ReleaseView(ReleasesBase):
    """One release."""

    @extend_schema(operation_id="release_get", tags=[_TAG], responses=ReleaseSerializer)
    def get(self, request: Request, id: int) -> Response:
        """With the status that its jobs add up to."""
        return Response(shown([self.find(id)])[0])

    @extend_schema(
        operation_id="release_change",
        tags=[_TAG],
        request=ReleaseRequestSerializer,
        responses=ReleaseSerializer,
    )
    def patch(self, request: Request, id: int) -> Response:
        """Change what is named; for who made it, and for managers."""
        release = self.own(id)
        form = ReleaseRequestSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return Response(shown([releases.change(release, **form.validated_data)])[0])

    @extend_schema(operation_id="release_delete", tags=[_TAG], request=None, responses={204: None})
    def delete(self, request: Request, id: int) -> HttpResponse:
        """Take it away. Its jobs stay."""
        releases.delete(self.own(id))
        return HttpResponse(status=204)


class ReleaseJobsView(JobsBase):
    """What a release groups."""

    queryset = AIJob.objects.all()

    @extend_schema(
        operation_id="release_jobs",
        tags=[_TAG],
        parameters=shapes.LIST_PARAMETERS,
        responses=shapes.JobPageSerializer,
    )
    def get(self, request: Request, id: int) -> HttpResponse:
        """The jobs of a release, filtered, sorted and paged as `/ai/jobs/`."""
        if not Release.objects.for_brand(self.access.scope).filter(pk=min(id, 2**63 - 1)).exists():
            raise NotFound
        return page_of_jobs(self.get_queryset().filter(release=id), request, self)
