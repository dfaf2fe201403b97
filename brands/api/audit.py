"""The audit trail for programs: a list, and the same as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from brands.api.filters import refuse_unknown
from brands.api.pagination import Cursor
from brands.api.permissions import Manages
from brands.api.scoping import BrandScopedMixin
from brands.audit import reading
from brands.audit.models import AuditEntry
from brands.errors import Invalid

ASKED = ("kind", "person", "object_id", "search", "from", "to")
_PARAMETERS = [
    OpenApiParameter("kind", str, description="job, api_key, member, provider, quota, sign_in, …"),
    OpenApiParameter("person", str, description="Username of who did it."),
    OpenApiParameter("object_id", str, description="Number of what it was done to."),
    OpenApiParameter("search", str, description="In names and actions; a request id in full."),
    OpenApiParameter("from", str, description="First day, like 2026-01-31."),
    OpenApiParameter("to", str, description="Last day."),
]


class AuditEntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = AuditEntry
        fields = reading.COLUMNS


class AuditCursor(Cursor):
    fields: ClassVar = ("at", "id")


class AuditBase(BrandScopedMixin, generics.GenericAPIView):
    permission_classes = (Manages,)
    serializer_class = AuditEntrySerializer
    pagination_class: ClassVar[Any] = AuditCursor
    filter_backends: ClassVar[Any] = []
    queryset = AuditEntry.objects.all()

    def found(self, request: Request) -> Any:
        refuse_unknown(request, ASKED)
        return reading.narrowed(self.get_queryset(), request.query_params.dict())


class AuditView(AuditBase):
    """Who did what in this brand; for managers."""

    @extend_schema(
        operation_id="audit_list",
        tags=["audit"],
        parameters=_PARAMETERS,
        responses=AuditEntrySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Newest first; walk on with `next`. Entries are never changed or deleted by hand."""
        page = self.paginate_queryset(self.found(request))
        return self.get_paginated_response(AuditEntrySerializer(page, many=True).data)


class AuditExportView(AuditBase):
    """The same as a file."""

    pagination_class = None

    @extend_schema(
        operation_id="audit_export",
        tags=["audit"],
        parameters=[*_PARAMETERS, OpenApiParameter("format", str, enum=["csv", "json"])],
        responses={
            (200, "text/csv"): str,
            (200, "application/json"): AuditEntrySerializer(many=True),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """All entries that the same filters show; no cell of the CSV begins like a formula."""
        return as_file(self.found(request), request.query_params.get("format", "csv"))


def as_file(found: Any, form: str) -> HttpResponseBase:
    if form not in ("csv", "json"):
        raise Invalid(_("The format is csv or json."), errors={"format": ["csv, json"]})
    answer: Any = StreamingHttpResponse(
        (reading.as_csv if form == "csv" else reading.as_json)(found),
        content_type="text/csv; charset=utf-8" if form == "csv" else "application/json",
    )
    name = f"audit-{datetime.now(UTC):%Y%m%d-%H%M%S}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
