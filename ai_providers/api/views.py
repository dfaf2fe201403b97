"""Providers of the brand, their limits, and the simplest way to ask one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ai_core.api import shapes
from ai_core.api.jobs import idempotency_key, made
from ai_core.services import JobService
from ai_providers import administration
from ai_providers.api.serializers import (
    ChatRequestSerializer,
    CheckSerializer,
    ProviderRequestSerializer,
    ProviderSerializer,
    QuotaReportSerializer,
    QuotasRequestSerializer,
)
from ai_providers.job_types import CHAT
from ai_providers.models import Provider
from brands.api.permissions import InBrand
from brands.api.scoping import BrandScopedMixin
from brands.asking import access_of
from brands.errors import BrandRequired
from brands.models import Brand
from brands.sign_in.proof import must_be_fresh


class ReadOrManage(InBrand):
    """Members see the providers; managers change them."""

    def has_permission(self, request: Request, view: Any) -> bool:
        allowed = super().has_permission(request, view)
        if request.method not in SAFE_METHODS:
            access_of(request).must_manage()
        return allowed


@extend_schema(tags=["providers"])
@extend_schema_view(
    list=extend_schema(description="Who computes answers for this brand, in their order."),
    create=extend_schema(request=ProviderRequestSerializer, responses={201: ProviderSerializer}),
    update=extend_schema(request=ProviderRequestSerializer, responses=ProviderSerializer),
    partial_update=extend_schema(request=ProviderRequestSerializer, responses=ProviderSerializer),
    destroy=extend_schema(description="Remove a provider with its key; its calls stay on record."),
)
class ProvidersView(
    BrandScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """The brand's accounts with those who compute answers."""

    permission_classes = (ReadOrManage,)
    serializer_class = ProviderSerializer
    queryset = Provider.objects.order_by("position", "name", "id")

    def create(self, request: Request) -> Response:
        wanted = ProviderRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        provider = self._saved(Provider(brand=self.brand_to_create_in()), wanted)
        return self._shown(provider, status.HTTP_201_CREATED)

    def update(self, request: Request, pk: int) -> Response:
        return self._changed(request, partial=False)

    def partial_update(self, request: Request, pk: int) -> Response:
        return self._changed(request, partial=True)

    def _changed(self, request: Request, *, partial: bool) -> Response:
        provider = self.get_object()
        wanted = ProviderRequestSerializer(data=request.data, partial=partial)
        wanted.is_valid(raise_exception=True)
        return self._shown(self._saved(provider, wanted))

    def _saved(self, provider: Provider, wanted: ProviderRequestSerializer) -> Provider:
        key = wanted.validated_data.get("api_key")
        if key is not None:
            must_be_fresh(self.request)
        return administration.save(provider, changes=wanted.changes(), api_key=key)

    def _shown(self, provider: Provider, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(provider).data, status=code)

    def perform_destroy(self, provider: Provider) -> None:
        administration.remove(provider)

    @extend_schema(request=None, responses=CheckSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: int) -> Response:
        """Call the provider now, and say what works. No tokens are used."""
        return Response(administration.check(self.get_object()))

    @extend_schema(responses=QuotaReportSerializer)
    def quota(self, request: Request, pk: int) -> Response:
        """The monthly limits that hold for this provider, and what is left of them."""
        provider = self.get_object()
        return Response(administration.quota_report(provider.brand, provider))

    @extend_schema(request=QuotasRequestSerializer, responses=QuotaReportSerializer)
    def set_quota(self, request: Request, pk: int) -> Response:
        """Set the monthly limits of this provider: one in money, one in tokens, or none."""
        provider = self.get_object()
        wanted = QuotasRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        administration.set_quotas(provider.brand, provider, wanted.validated_data["quotas"])
        return Response(administration.quota_report(provider.brand, provider))


@extend_schema(tags=["providers"])
class BrandQuotaView(APIView):
    """The limits of the brand over all its providers together."""

    permission_classes = (ReadOrManage,)

    @extend_schema(operation_id="providers_quota_of_all", responses=QuotaReportSerializer)
    def get(self, request: Request) -> Response:
        return Response(administration.quota_report(self._brand(request), None))

    @extend_schema(
        operation_id="providers_set_quota_of_all",
        request=QuotasRequestSerializer,
        responses=QuotaReportSerializer,
    )
    def put(self, request: Request) -> Response:
        brand = self._brand(request)
        wanted = QuotasRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        administration.set_quotas(brand, None, wanted.validated_data["quotas"])
        return Response(administration.quota_report(brand, None))

    def _brand(self, request: Request) -> Brand:
        brand = access_of(request).brand
        if brand is None:
            raise BrandRequired
        return brand


class ChatView(generics.GenericAPIView):
    """Ask a model: makes a job of the type chat_completion, which a worker runs at once."""

    permission_classes = (InBrand,)
    serializer_class = ChatRequestSerializer

    @extend_schema(
        operation_id="openai_chat",
        tags=["providers"],
        parameters=shapes.CREATE_HEADERS,
        request=ChatRequestSerializer,
        responses={201: shapes.JobSerializer, 200: shapes.JobSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Answers with the job; `Prefer: wait=30` waits for its result."""
        brand = access_of(request).brand_to_create_in()
        form = ChatRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = dict(form.validated_data)
        details = {name: asked.pop(name) for name in ("description", "priority") if name in asked}
        job = JobService.create_job(
            CHAT.name,
            asked,
            access_of(request).user,
            brand,
            idempotency_key=idempotency_key(request),
            **details,
        )
        return made(job, request)
