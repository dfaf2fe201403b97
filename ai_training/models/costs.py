"""What a run has cost: one segment for each stretch of work at one rate."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ai_training.models.catalogue import RATE
from brands.scoping import BrandScopedModel

SECONDS: dict[str, Any] = {"max_digits": 14, "decimal_places": 3}


class CostSegment(BrandScopedModel):
    """Active seconds at a rate. They follow the core's own clock of the job: pauses, queues and
    the time in which nobody held the job are not in it."""

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="cost_segments", db_index=False
    )
    number = models.PositiveIntegerField()
    attempt = models.PositiveIntegerField()
    offer = models.ForeignKey("ai_training.ComputeOffer", on_delete=models.SET_NULL, null=True)
    resources = models.CharField(max_length=120, blank=True)
    hourly_rate = models.DecimalField(_("hourly rate"), null=True, **RATE)  # NULL: not known
    is_spot = models.BooleanField(default=False)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    seconds_before = models.DecimalField(**SECONDS)  # the job's active seconds when it began
    seconds = models.DecimalField(_("seconds"), null=True, **SECONDS)
    cost = models.DecimalField(_("cost"), null=True, **RATE)

    class Meta:
        ordering: ClassVar = ["job", "number"]
        verbose_name = _("cost segment")
        verbose_name_plural = _("cost segments")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="segment_number_in_run"),
            models.UniqueConstraint(
                fields=["job"],
                condition=models.Q(ended_at__isnull=True),
                name="one_open_segment_per_run",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(seconds__gte=0),
                name="ended_segment_has_seconds",
            ),
        ]

    def __str__(self) -> str:
        return f"segment {self.number} of job {self.job_id}"
