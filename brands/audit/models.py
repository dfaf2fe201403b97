"""An entry of the audit trail: the database refuses to change or delete it (sql/audit.sql)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel


class Door(models.TextChoices):
    """By which way somebody came in."""

    BROWSER = "browser", _("Browser")
    API = "api", _("API")
    ADMIN = "admin", _("Admin")
    COMMAND = "command", _("Command line")
    SYSTEM = "system", _("The hub itself")


class AuditEntry(BrandScopedModel):
    """What somebody did. It keeps names beside numbers, since it outlives whom it speaks of."""

    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    # None: it concerns no single brand, and only superusers see it.
    brand = models.ForeignKey(  # type: ignore[assignment]
        "brands.Brand",
        on_delete=models.DO_NOTHING,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
    )
    user_id = models.BigIntegerField(_("person's number"), null=True)
    username = models.CharField(_("person"), max_length=150, blank=True)
    key_prefix = models.CharField(_("API key"), max_length=10, blank=True)
    door = models.CharField(_("door"), max_length=8, choices=Door)
    address = models.GenericIPAddressField(_("address"), null=True)
    request_id = models.CharField(_("request"), max_length=128, blank=True)
    kind = models.CharField(_("kind"), max_length=30)
    action = models.CharField(_("action"), max_length=60)
    object_id = models.CharField(_("object's number"), max_length=64, blank=True)
    object_name = models.CharField(_("object"), max_length=200, blank=True)
    changes = models.JSONField(_("changes"), default=dict)

    class Meta:
        app_label = "brands"
        ordering: ClassVar = ["-id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes: ClassVar = [
            models.Index(fields=["brand", "-id"], name="audit_of_brand"),
            models.Index(fields=["kind", "object_id", "-id"], name="audit_of_object"),
            models.Index(fields=["user_id", "-id"], name="audit_of_person"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.username or self.door} {self.action} {self.object_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only ever new: the database would refuse anything else."""
        super().save(*args, **{**kwargs, "force_insert": True})
