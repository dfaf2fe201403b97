"""What each job has used and cost, and the sums of days."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 8}


class AIJobUsage(BrandScopedModel):
    """One job's bill, written in the transaction of its end, whatever that end was."""

    job = models.OneToOneField(
        "ai_core.AIJob", on_delete=models.CASCADE, primary_key=True, related_name="usage"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    job_type = models.CharField(_("job type"), max_length=60)
    ending = models.CharField(_("ending"), max_length=10)
    success = models.BooleanField(_("success"))
    provider_name = models.CharField(_("provider"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=200, blank=True)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    prompt_tokens = models.PositiveBigIntegerField(_("prompt tokens"), null=True)
    completion_tokens = models.PositiveBigIntegerField(_("completion tokens"), null=True)
    total_tokens = models.PositiveBigIntegerField(_("tokens"), null=True)
    cached_tokens = models.PositiveBigIntegerField(null=True)
    reasoning_tokens = models.PositiveBigIntegerField(null=True)
    total_cost = models.DecimalField(
        _("cost"), null=True, help_text=_("Empty: a price is not known."), **MONEY
    )
    known_cost = models.DecimalField(_("cost as far as known"), default=0, **MONEY)
    currency = models.CharField(_("currency"), max_length=3)
    price_status = models.CharField(_("price"), max_length=14)
    price_source = models.CharField(max_length=60, blank=True)
    price_version = models.CharField(max_length=60, blank=True)
    usage_source = models.CharField(max_length=10, blank=True)
    execution_time_seconds = models.FloatField(_("execution time"), default=0)
    first_token_ms = models.PositiveIntegerField(null=True)
    day = models.DateField(_("day"))  # where the brand is
    ended_at = models.DateTimeField()
    # What this row has added to the sums of days: taken back when it changes.
    parts = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-ended_at"]
        verbose_name = _("usage of a job")
        verbose_name_plural = _("usage of jobs")
        indexes: ClassVar = [
            # The export of a brand, and repricing since a day.
            models.Index(fields=["brand", "day"], name="usage_of_brand"),
            models.Index(fields=["ended_at"], name="usage_ended"),
        ]

    def __str__(self) -> str:
        return f"usage of job {self.job_id}"


class Figures(BrandScopedModel):
    """What is counted per day, and by what it can be grouped."""

    day = models.DateField()
    job_type = models.CharField(max_length=60)
    provider = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=200, blank=True)
    # Kept when the person is gone: the sums stay true.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
    )
    currency = models.CharField(max_length=3)
    jobs = models.BigIntegerField(default=0)
    completed = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    cancelled = models.BigIntegerField(default=0)
    timeout = models.BigIntegerField(default=0)
    unpriced = models.BigIntegerField(default=0)
    calls = models.BigIntegerField(default=0)
    prompt_tokens = models.BigIntegerField(default=0)
    completion_tokens = models.BigIntegerField(default=0)
    cached_tokens = models.BigIntegerField(default=0)
    reasoning_tokens = models.BigIntegerField(default=0)
    cost = models.DecimalField(default=0, max_digits=24, decimal_places=8)
    seconds = models.FloatField(default=0)

    class Meta:
        abstract = True


KEYS = ("brand_id", "day", "job_type", "provider", "model", "created_by_id", "currency")
COUNTS = (
    "jobs", "completed", "failed", "cancelled", "timeout", "unpriced", "calls", "prompt_tokens",
    "completion_tokens", "cached_tokens", "reasoning_tokens", "cost", "seconds",
)  # fmt: skip


class UsageDelta(Figures):
    """What has not been folded into its day yet. Only added to, so that no row is hot."""

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.day}: {self.jobs} jobs"


class DailyUsage(Figures):
    """The sum of a day for a brand, type, provider, model and user."""

    class Meta:
        ordering: ClassVar = ["-day"]
        verbose_name = _("usage of a day")
        verbose_name_plural = _("usage of days")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "brand", "day", "job_type", "provider", "model", "created_by", "currency",
                ],
                nulls_distinct=False,
                name="one_sum_per_day_and_kind",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.day} · {self.job_type} · {self.provider}/{self.model}"
