"""Who am I, which brands are mine, who works there, and the keys of programs."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from brands import keys
from brands.access import Access
from brands.api.permissions import AtTheBrowserOrManages, Known, Manages
from brands.api.scoping import BrandScopedMixin
from brands.api.serializers import (
    ApiKeyRequestSerializer,
    ApiKeySerializer,
    BrandSerializer,
    MemberSerializer,
    MeSerializer,
    NewApiKeySerializer,
)
from brands.asking import access_of
from brands.models import ApiKey, Brand, Membership, Role
from brands.sign_in.proof import must_be_fresh


class MeView(APIView):
    """Who the hub takes you for, and how far you reach."""

    permission_classes = (Known,)

    @extend_schema(responses=MeSerializer, tags=["brands"])
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(access_of(request)).data)


@extend_schema(tags=["brands"])
class BrandsView(generics.ListAPIView):
    """The brands that you may choose with X-Brand; a key has exactly one."""

    permission_classes = (Known,)
    serializer_class = BrandSerializer
    queryset = Brand.objects.none()

    def get_queryset(self) -> QuerySet[Brand]:
        if getattr(self, "swagger_fake_view", False):
            return Brand.objects.none()
        return brands_of(access_of(self.request))


def brands_of(access: Access) -> QuerySet[Brand]:
    """Return the active brands that the caller may name, each with their role in it."""
    mine = Membership.objects.filter(user=access.user.pk)
    brands = Brand.objects.filter(is_active=True)
    role: Any = Value(Role.MANAGER.value, output_field=CharField())
    if not access.user.is_superuser:
        brands = brands.filter(pk__in=mine.values("brand"))
        role = Subquery(mine.filter(brand=OuterRef("pk")).values("role")[:1])
    brands = brands.annotate(role=role)
    if access.key is not None:
        brands = brands.filter(pk=access.key.brand_id)
    return brands.order_by("name", "id")


@extend_schema(tags=["brands"])
class MembersView(BrandScopedMixin, generics.ListAPIView):
    """Who works in this brand; for managers."""

    permission_classes = (Manages,)
    serializer_class = MemberSerializer
    queryset = Membership.objects.select_related("user").order_by("user__username", "id")


@extend_schema_view(
    list=extend_schema(tags=["API keys"]),
    create=extend_schema(
        tags=["API keys"],
        request=ApiKeyRequestSerializer,
        responses={201: NewApiKeySerializer},
        description="Make a key: `token` is shown this once. It never reaches further than you.",
    ),
    destroy=extend_schema(tags=["API keys"], description="Revoke a key, from the next call on."),
)
class ApiKeysView(
    BrandScopedMixin, mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet
):
    """Your keys in this brand; a manager sees and revokes everyone's."""

    permission_classes = (AtTheBrowserOrManages,)
    serializer_class = ApiKeySerializer
    queryset = ApiKey.objects.select_related("user").order_by("-created_at", "-id")

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        if getattr(self, "swagger_fake_view", False) or self.access.can_manage:
            return found
        return found.filter(user=self.access.user)

    def create(self, request: Request) -> Response:
        must_be_fresh(request)
        brand = self.access.brand_to_hold_keys_in()
        wanted = ApiKeyRequestSerializer(data=request.data, context={"access": self.access})
        wanted.is_valid(raise_exception=True)
        new = keys.issue(
            user=self.access.user,
            brand=brand,
            name=wanted.validated_data["name"],
            right=wanted.validated_data["right"],
            expires_at=wanted.validated_data.get("expires_at"),
        )
        body = {**ApiKeySerializer(new.key).data, "token": new.token}
        answer = Response(body, status=status.HTTP_201_CREATED)
        answer["Cache-Control"] = "no-store"
        return answer

    def perform_destroy(self, key: ApiKey) -> None:
        """Revoke it: the row stays, so that what it did can still be traced to it."""
        keys.revoke(key)
