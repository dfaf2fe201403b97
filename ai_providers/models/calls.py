"""Every attempt to get an answer from a provider, with what became of it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel


class CallStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Done")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")  # cancelled, timed out, client gone
    LOST = "lost", _("Lost")  # its worker died: nobody knows what it has cost


class ProviderCall(BrandScopedModel):
    """One try. `absorbed`: it failed, and a later try answered; nobody outside noticed."""

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="provider_calls", db_index=False
    )
    attempt = models.PositiveIntegerField()
    number = models.PositiveSmallIntegerField()
    provider = models.ForeignKey(
        "ai_providers.Provider", on_delete=models.SET_NULL, null=True, related_name="calls"
    )
    provider_name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    model = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=CallStatus, default=CallStatus.RUNNING)
    reason = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=500, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    absorbed = models.BooleanField(default=False)
    response_id = models.CharField(max_length=120, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True)
    completion_tokens = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)
    reasoning_tokens = models.PositiveIntegerField(null=True)
    usage_source = models.CharField(max_length=10, default="none")
    expected_tokens = models.PositiveIntegerField(default=0)
    expected_cost = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    cost = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    price_status = models.CharField(max_length=14, default="not_applicable")
    price_source = models.CharField(max_length=60, blank=True)
    price_version = models.CharField(max_length=60, blank=True)
    # Not kept: False while a hard limit holds just so much for this call.
    may_run_over = False
    started_at = models.DateTimeField()
    first_token_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["job", "number"]
        verbose_name = _("provider call")
        verbose_name_plural = _("provider calls")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="call_number_in_job"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["started_at"],
                name="call_running",
                condition=models.Q(status="running"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_name}/{self.model}: {self.status}"
