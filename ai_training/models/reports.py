"""Who may report about a run, and which reports have come already."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.scoping import ThroughJobQuerySet


class SigningSecret(models.Model):
    """One of a run's secrets for signed webhooks, sealed; several are valid during a rotation."""

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="signing_secrets"
    )
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("signing secret")
        verbose_name_plural = _("signing secrets")

    def __str__(self) -> str:
        return f"secret {self.pk} of job {self.job_id}"


class Delivery(models.Model):
    """A report that has been written down: the same one again changes nothing."""

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message_id = models.CharField(max_length=200)
    sequence = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "message_id"], name="delivery_once_per_run"),
        ]

    def __str__(self) -> str:
        return self.message_id
