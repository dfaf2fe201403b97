"""How long a brand keeps what jobs leave: one rule for each kind of content."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel

MOST_DAYS = 36_500
MOST_JOBS = 100_000


class Content(models.TextChoices):
    """What can be removed while the job, its final events and its bill stay."""

    INPUTS = "inputs", _("Inputs and checkpoints")
    RESULTS = "results", _("Results")
    LOGS = "logs", _("Logs")
    EVENTS = "events", _("Events besides the changes of status")
    METRICS = "metrics", _("Metrics")
    ARTIFACTS = "artifacts", _("Files")


class RetentionRule(BrandScopedModel):
    """Content of jobs that ended `days` ago, or before the `newest` of them, is removed."""

    kind = models.CharField(_("content"), max_length=10, choices=Content)
    days = models.PositiveIntegerField(
        _("days"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )  # fmt: skip
    newest = models.PositiveIntegerField(
        _("newest jobs"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_JOBS)],
    )  # fmt: skip
    # How far the sweepers are, by the end of jobs: what ended before needs no second look.
    done_until = models.DateTimeField(null=True, editable=False)
    done_job = models.BigIntegerField(default=0, editable=False)
    removed_jobs = models.BigIntegerField(default=0, editable=False)

    class Meta:
        ordering: ClassVar = ["brand", "kind"]
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "kind"], name="one_retention_rule_per_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=Content.values), name="retention_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(days__gte=1) | Q(newest__gte=1), name="retention_has_a_measure"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.days or '∞'} days, {self.newest or '∞'} jobs"
