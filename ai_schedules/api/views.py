"""Schedules of the brand: a member changes what is theirs, a manager all."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ai_core.api.base import ReadsInBrand
from ai_core.api.requests import NothingSerializer
from ai_schedules import cron, schedules
from ai_schedules.api import shapes
from ai_schedules.models import Schedule, Tick
from brands.api.scoping import BrandScopedMixin
from brands.asking import access_of
from brands.errors import NotFound

TAGS = ["schedules"]


@extend_schema_view(
    list=extend_schema(operation_id="schedules_list", tags=TAGS),
    retrieve=extend_schema(
        operation_id="schedule_get", tags=TAGS, responses=shapes.ScheduleDetailSerializer
    ),
)
class SchedulesView(
    BrandScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Jobs that are made again and again."""

    queryset = Schedule.objects.select_related("job_type", "created_by", "brand").order_by(
        "-created_at", "-id"
    )

    def get_serializer_class(self) -> Any:
        listed = self.action == "list"
        return shapes.ScheduleSerializer if listed else shapes.ScheduleDetailSerializer

    def own(self) -> Schedule:
        found = self.get_object()
        self.access.must_change(found.created_by_id)
        return found

    def shown(self, schedule: Schedule, code: int = 200) -> Response:
        return Response(shapes.ScheduleDetailSerializer(schedule).data, status=code)

    @extend_schema(
        operation_id="schedule_add",
        tags=TAGS,
        request=shapes.ScheduleRequestSerializer,
        responses={201: shapes.ScheduleDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a schedule; its jobs are made in the name of the caller."""
        brand = self.brand_to_create_in()
        form = shapes.ScheduleRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = schedules.add(brand, user=self.access.user, **form.wanted(time_zone=brand.time_zone))
        return self.shown(made, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="schedule_change",
        tags=TAGS,
        request=shapes.ScheduleChangeSerializer,
        responses=shapes.ScheduleDetailSerializer,
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change what is named."""
        schedule = self.own()
        form = shapes.ScheduleChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.shown(schedules.change(schedule, **form.validated_data))

    @extend_schema(operation_id="schedule_remove", tags=TAGS)
    def destroy(self, request: Request, pk: int) -> Response:
        """Remove it; the jobs that it made stay."""
        schedules.remove(self.own())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="schedule_pause",
        tags=TAGS,
        request=NothingSerializer,
        responses=shapes.ScheduleDetailSerializer,
    )
    def pause(self, request: Request, pk: int) -> Response:
        """Make nothing until it is resumed."""
        schedule = self._asked(request)
        schedules.pause(schedule)
        return self.shown(schedule)

    @extend_schema(
        operation_id="schedule_resume",
        tags=TAGS,
        request=NothingSerializer,
        responses=shapes.ScheduleDetailSerializer,
    )
    def resume(self, request: Request, pk: int) -> Response:
        """Go on with the next tick. Where its owner has left, the caller becomes its owner."""
        schedule = self._asked(request)
        schedules.resume(schedule, self.access)
        return self.shown(schedule)

    @extend_schema(
        operation_id="schedule_run",
        tags=TAGS,
        request=NothingSerializer,
        responses={201: shapes.MadeSerializer},
    )
    def run(self, request: Request, pk: int) -> Response:
        """Make its job now, in the name of the caller."""
        schedule = self._asked(request)
        job = schedules.run_now(schedule, user=self.access.user)
        body = {"id": job.pk, "job_id": job.job_id}
        return Response(body, status=status.HTTP_201_CREATED)

    def _asked(self, request: Request) -> Schedule:
        schedule = self.own()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return schedule


@extend_schema_view(list=extend_schema(operation_id="schedule_ticks", tags=TAGS))
class TicksView(BrandScopedMixin, mixins.ListModelMixin, viewsets.GenericViewSet):
    """What became of the ticks of one schedule."""

    serializer_class = shapes.TickSerializer
    queryset = Tick.objects.select_related("job").order_by("-at", "-id")
    cursor_fields = ("at", "id")
    filter_backends = ()

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(schedule=self.kwargs.get("pk"))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Newest first."""
        if not Schedule.objects.for_brand(self.access.scope).filter(pk=kwargs["pk"]).exists():
            raise NotFound
        return super().list(request, *args, **kwargs)


class PreviewView(APIView):
    """When an expression would come next."""

    permission_classes = (ReadsInBrand,)

    @extend_schema(
        operation_id="schedule_preview",
        tags=TAGS,
        request=shapes.PreviewRequestSerializer,
        responses=shapes.PreviewSerializer,
    )
    def post(self, request: Request) -> Response:
        """The next five runs; nothing is saved."""
        form = shapes.PreviewRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        brand = access_of(request).brand
        zone = form.validated_data.get("time_zone") or (brand.time_zone if brand else "UTC")
        text = cron.checked(form.validated_data["cron"], zone)
        runs = cron.upcoming(text, zone, count=shapes.RUNS_SHOWN)
        body = {"cron": text, "time_zone": zone, "next_runs": runs}
        return Response(shapes.PreviewSerializer(body).data)
