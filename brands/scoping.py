"""Where rows are narrowed to a brand: one method, one base class, and no brand means no rows."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from brands.models import Brand


class AllBrands(Enum):
    """What a superuser who has named no brand may see; it must be said, it is never assumed."""

    ALL = "all"


ALL_BRANDS = AllBrands.ALL


class BrandScopedQuerySet(models.QuerySet):
    """A queryset that can be narrowed to what a caller may see."""

    def for_brand(self, scope: Brand | AllBrands | None) -> Self:
        if scope is None:
            return self.none()
        if scope is ALL_BRANDS:
            return self.all()
        return self.filter(brand=scope)


class OwnOrSharedQuerySet(BrandScopedQuerySet):
    """Rows of one brand, and those without a brand, which are everyone's."""

    def for_brand(self, scope: Brand | AllBrands | None) -> Self:
        if scope is None or scope is ALL_BRANDS:
            return super().for_brand(scope)
        return self.filter(models.Q(brand=scope) | models.Q(brand=None))


class ThroughJobQuerySet(models.QuerySet):
    """Rows that belong to a job, and through it to a brand."""

    def for_brand(self, scope: Brand | AllBrands | None) -> Self:
        if scope is None:
            return self.none()
        if scope is ALL_BRANDS:
            return self.all()
        return self.filter(job__brand=scope)


class BrandScopedModel(models.Model):
    """A row that belongs to one brand. Every model with a brand extends this; a test insists."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+")

    objects = BrandScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class OwnOrSharedModel(models.Model):
    """A row of one brand, or with no brand of all of them (a price that an admin entered)."""

    brand = models.ForeignKey(
        "brands.Brand", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects = OwnOrSharedQuerySet.as_manager()

    class Meta:
        abstract = True
