"""Artifacts: the files that a job leaves, kept even when it was cancelled half-way."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.scoping import ThroughJobQuerySet


class Artifact(models.Model):
    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="artifacts", db_index=False
    )
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(max_length=40, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    path = models.CharField(max_length=300, unique=True)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    is_partial = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("artifact")
        verbose_name_plural = _("artifacts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["job", "name", "attempt"], name="artifact_once_per_attempt"
            ),
        ]

    def __str__(self) -> str:
        return self.name
