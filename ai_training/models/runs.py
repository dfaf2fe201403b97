"""A training as it goes: where it stands, its checkpoints, its guard rails, its curve's levels.

All hang on the job, whose status, log, events and figures are the core's.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ai_training.models.catalogue import RATE, Preset
from brands.scoping import BrandScopedModel, ThroughJobQuerySet


class TrainingRun(BrandScopedModel):
    """What a training job is besides a job; the database insists that both share a brand."""

    job = models.OneToOneField(
        "ai_core.AIJob", on_delete=models.CASCADE, primary_key=True, related_name="training_run"
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    base_model = models.CharField(_("base model"), max_length=200, blank=True)
    dataset = models.ForeignKey(
        "ai_training.Dataset", on_delete=models.SET_NULL, null=True, related_name="runs"
    )
    configuration = models.ForeignKey(
        "ai_training.TrainingConfiguration",
        on_delete=models.SET_NULL,
        null=True,
        related_name="runs",
    )
    preset = models.CharField(_("preset"), max_length=12, choices=Preset, blank=True)
    # As they were when the run was made, whatever becomes of the configuration.
    hyperparameters = models.JSONField(default=dict)
    labels = models.JSONField(default=dict)  # tags and parameters that a tracking client sets

    # ---------------------------------------------------------------- what it costs
    offer = models.ForeignKey(
        "ai_training.ComputeOffer", on_delete=models.SET_NULL, null=True, related_name="runs"
    )
    hourly_rate = models.DecimalField(null=True, **RATE)  # NULL: not known
    is_spot = models.BooleanField(default=False)
    resources = models.CharField(max_length=120, blank=True)
    budget = models.DecimalField(null=True, **RATE)
    estimate_low = models.DecimalField(null=True, **RATE)
    estimate_high = models.DecimalField(null=True, **RATE)
    estimate_seconds = models.FloatField(null=True)

    # ---------------------------------------------------------------- where it stands
    step = models.PositiveBigIntegerField(default=0)
    total_steps = models.PositiveBigIntegerField(null=True)
    epoch = models.FloatField(null=True)
    total_epochs = models.FloatField(null=True)
    best_loss = models.FloatField(null=True)  # the lowest validation loss
    best_step = models.PositiveBigIntegerField(null=True)
    latest = models.JSONField(default=dict)  # name → its newest figure
    before_latest = models.JSONField(default=dict)  # name → the one before, for trends
    latest_steps = models.JSONField(default=dict)  # name → the step of its newest figure
    rising = models.PositiveIntegerField(default=0)  # evaluations in a row that were worse
    last_report_at = models.DateTimeField(null=True)

    # ---------------------------------------------------------------- who reports, and how far
    runner = models.CharField(max_length=100, blank=True)
    lease_seconds = models.FloatField(default=300)  # silence that long means: it is lost
    last_sequence = models.BigIntegerField(null=True)
    stage_sequence = models.BigIntegerField(null=True)
    status_sequence = models.BigIntegerField(null=True)
    log_lines = models.PositiveIntegerField(default=0)

    # ---------------------------------------------------------------- levels of the curve
    level_width = models.PositiveBigIntegerField(default=0)  # steps in a bucket; 0: none yet
    level_until = models.PositiveBigIntegerField(default=0)  # buckets are complete below this step
    level_attempt = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-job"]
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")
        indexes: ClassVar = [models.Index(fields=["brand", "-job"], name="run_brand_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "job"], name="run_in_brand"),
            models.CheckConstraint(
                condition=models.Q(hourly_rate__isnull=True) | models.Q(hourly_rate__gte=0),
                name="run_rate_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"run {self.job_id}"


class Checkpoint(models.Model):
    """A place to go on from. The file is an artifact of the job, or lies with the runner."""

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="checkpoints", db_index=False
    )
    step = models.PositiveBigIntegerField()
    epoch = models.FloatField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    path = models.CharField(max_length=500, blank=True)
    size = models.PositiveBigIntegerField(null=True)
    metrics = models.JSONField(default=dict)
    is_best = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["step"]
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "step"], name="checkpoint_once_per_step"),
        ]

    def __str__(self) -> str:
        return f"step {self.step}"


class GuardRail(models.Model):
    """A condition that a run must not meet, and what happens when it does."""

    class Kind(models.TextChoices):
        MAX_COST = "max_cost", _("Cost over a limit")
        NAN_LOSS = "nan_loss", _("Loss is not a number")
        RISING = "rising_validation", _("Validation loss keeps rising")
        STALLED = "stalled", _("No progress")

    class Action(models.TextChoices):
        WARN = "warn", _("Warn")
        PAUSE = "pause", _("Pause")
        CANCEL = "cancel", _("Cancel")

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="guard_rails", db_index=False
    )
    kind = models.CharField(max_length=17, choices=Kind)
    limit = models.DecimalField(null=True, **RATE)  # money, evaluations or minutes
    action = models.CharField(max_length=6, choices=Action)
    fired_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["kind"]
        verbose_name = _("guard rail")
        verbose_name_plural = _("guard rails")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "kind"], name="guard_once_per_kind"),
            models.CheckConstraint(
                condition=models.Q(kind="nan_loss") | models.Q(limit__gt=0),
                name="guard_has_a_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.action}"


class MetricLevel(models.Model):
    """The lowest and the highest figure in a stretch of steps, so that long curves draw fast."""

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=100)
    bucket = models.PositiveBigIntegerField()
    points = models.PositiveIntegerField()
    low = models.FloatField()
    low_step = models.PositiveBigIntegerField()
    high = models.FloatField()
    high_step = models.PositiveBigIntegerField()

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "name", "bucket"], name="level_bucket_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.bucket}"
