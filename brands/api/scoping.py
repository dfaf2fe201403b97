"""The one mixin that narrows an API view to the caller's brand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brands.access import Access
from brands.api.permissions import InBrand
from brands.asking import access_of
from brands.models import Brand


class BrandScopedMixin:
    """Give the view an unnarrowed `queryset`; nothing of another brand comes out of it."""

    permission_classes: Sequence[Any] = (InBrand,)
    queryset: Any

    @property
    def access(self) -> Access:
        return access_of(self.request)  # type: ignore[attr-defined]

    def get_queryset(self) -> Any:
        queryset = super().get_queryset()  # type: ignore[misc]
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.for_brand(self.access.scope)

    def brand_to_create_in(self) -> Brand:
        return self.access.brand_to_create_in()

    def perform_create(self, serializer: Any) -> None:
        serializer.save(brand=self.brand_to_create_in())
