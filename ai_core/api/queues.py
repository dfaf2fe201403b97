"""Queues: what waits in which order, when it will start, and how many jobs may run at once."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from ai_core import bell, rows
from ai_core.api import shapes
from ai_core.api.base import raw_json
from ai_core.api.query import Query, refuse
from ai_core.api.requests import QueueChangeSerializer
from ai_core.models import Queue
from ai_core.waiting import queue_overview
from brands.api.permissions import InBrand
from brands.asking import access_of
from brands.audit import trail
from brands.errors import NotAllowed, NotFound
from brands.models import Brand
from brands.scoping import AllBrands


class QueuesView(APIView):
    """The queues."""

    permission_classes: ClassVar[Any] = [InBrand]

    @extend_schema(
        operation_id="queues_list", tags=["queues"], responses=shapes.QueueSerializer(many=True)
    )
    def get(self, request: Request) -> HttpResponse:
        """All queues with their slots and their depth, as a plain list."""
        Query(request, [])
        scope = access_of(request).scope
        found = [_shown(one, scope, limit=0) for one in Queue.objects.order_by("name")]
        return raw_json(rows.json_text(found))


class QueueView(APIView):
    """One queue."""

    permission_classes: ClassVar[Any] = [InBrand]

    @extend_schema(
        operation_id="queue_get",
        tags=["queues"],
        parameters=shapes.QUEUE_PARAMETERS,
        responses=shapes.QueueDetailSerializer,
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """With the waiting jobs of the brand; of other brands' jobs only the number is told."""
        limit = Query(request, ["limit"]).integer("limit", 100, least=1, most=1_000)
        return _answer(_queue(name), access_of(request).scope, limit)

    @extend_schema(
        operation_id="queue_change",
        tags=["queues"],
        request=QueueChangeSerializer,
        responses=shapes.QueueDetailSerializer,
    )
    def patch(self, request: Request, name: str) -> HttpResponse:
        """Change the limit, or pause it. Brands share queues: only a superuser may."""
        queue = _queue(name)
        access = access_of(request)
        if not (access.user.is_superuser and access.can_manage):
            raise NotAllowed(
                _("All brands share the queues: only a superuser may change one. Ask yours.")
            )
        form = QueueChangeSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        if not form.validated_data:
            refuse("concurrency_limit", _("Name what to change."))
        with transaction.atomic():
            before = {field: getattr(queue, field) for field in form.validated_data}
            for field, value in form.validated_data.items():
                setattr(queue, field, value)
            queue.save(update_fields=[*form.validated_data, "updated_at"])
            changes = trail.differences(before, form.validated_data)
            trail.record("queue.changed", on=queue, changes=changes)
        bell.ring(queue.name)  # a higher limit has room at once
        return _answer(queue, access.scope, 100)


def _queue(name: str) -> Queue:
    queue: QuerySet[Queue] = Queue.objects.filter(name=name)
    found = queue.first()
    if found is None:
        raise NotFound
    return found


def _answer(queue: Queue, scope: Brand | AllBrands | None, limit: int) -> HttpResponse:
    return raw_json(rows.json_text(_shown(queue, scope, limit=limit)))


def _shown(queue: Queue, scope: Brand | AllBrands | None, *, limit: int) -> dict[str, Any]:
    found = queue_overview(queue, scope, limit=limit)
    shown = {
        "name": queue.name,
        "description": queue.description,
        "concurrency_limit": queue.concurrency_limit,
        "is_paused": queue.is_paused,
        "workers": found["workers"],
        "slots_used": found["slots_used"],
        "slots_total": found["slots_total"],
        "depth": found["depth"],
        "depth_is_capped": found["depth_is_capped"],
    }
    if not limit:
        return shown
    cards = {job.pk: card.as_dict() for job, card in found["waiting"]}
    waiting = [{**row.as_dict(), **cards[row.id]} for row in rows.rows(cards)]
    return {**shown, "waiting": waiting}
