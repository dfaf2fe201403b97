"""Releases: named deliverables of a brand that group jobs."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel


class Release(BrandScopedModel):
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="release_name_in_brand"),
            # What a job's composite foreign key points at: a job and its release share a brand.
            models.UniqueConstraint(fields=["brand", "id"], name="release_in_brand"),
        ]

    def __str__(self) -> str:
        return self.name
