"""What a training is made of, kept per brand: datasets, LoRA configurations, compute offers."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel

RATE: dict[str, Any] = {"max_digits": 14, "decimal_places": 6}


class Named(BrandScopedModel):
    """A row that people choose by its name; a retired one stays for the runs that used it."""

    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Dataset(Named):
    """Rows to learn from: a file that was uploaded and read, or the address of one elsewhere."""

    class Format(models.TextChoices):
        JSONL = "jsonl", "JSON Lines"
        CSV = "csv", "CSV"

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        INVALID = "invalid", _("Invalid")
        UNSEEN = "unseen", _("Not looked at")

    format = models.CharField(_("format"), max_length=5, choices=Format)
    state = models.CharField(_("state"), max_length=7, choices=State)
    path = models.CharField(max_length=300, blank=True, editable=False)
    reference = models.CharField(
        _("reference"),
        max_length=500,
        blank=True,
        help_text=_("Where a runner finds it; the hub never opens this address."),
    )
    size = models.PositiveBigIntegerField(_("size (bytes)"), null=True)
    rows = models.PositiveBigIntegerField(_("rows"), null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    columns = models.JSONField(_("columns"), default=list)
    preview = models.JSONField(_("preview"), default=list)
    problems = models.JSONField(_("problems"), default=list)

    class Meta(Named.Meta):
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="dataset_name_in_brand"),
            models.UniqueConstraint(fields=["brand", "id"], name="dataset_in_brand"),
            models.CheckConstraint(
                condition=models.Q(path="") ^ models.Q(reference=""),
                name="dataset_is_a_file_or_a_reference",
            ),
        ]


class Preset(models.TextChoices):
    CONSERVATIVE = "conservative", _("Conservative")
    BALANCED = "balanced", _("Balanced")
    AGGRESSIVE = "aggressive", _("Aggressive")
    OWN = "own", _("Own")


class TrainingConfiguration(Named):
    """How to learn: the hyperparameters of a LoRA training, begun from one of three presets."""

    preset = models.CharField(_("preset"), max_length=12, choices=Preset, default=Preset.OWN)
    base_model = models.CharField(_("base model"), max_length=200, blank=True)
    hyperparameters = models.JSONField(_("hyperparameters"), default=dict)
    guard_rails = models.JSONField(_("guard rails"), default=dict, blank=True)

    class Meta(Named.Meta):
        verbose_name = _("training configuration")
        verbose_name_plural = _("training configurations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="configuration_name_in_brand"),
            models.UniqueConstraint(fields=["brand", "id"], name="configuration_in_brand"),
        ]


class ComputeOffer(Named):
    """Machines that can be had, and what an hour of them costs, all of them together."""

    class Kind(models.TextChoices):
        GPU = "gpu", "GPU"
        CPU = "cpu", "CPU"

    class Pricing(models.TextChoices):
        SPOT = "spot", _("Spot")
        ON_DEMAND = "on_demand", _("On demand")

    provider = models.CharField(_("provider"), max_length=60, blank=True)
    region = models.CharField(_("region"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=3, choices=Kind)
    model = models.CharField(_("model"), max_length=80, blank=True, help_text=_("Such as A100."))
    count = models.PositiveSmallIntegerField(_("count"), default=1)
    memory_gb = models.PositiveIntegerField(_("memory (GB)"), null=True, blank=True)
    hourly_rate = models.DecimalField(
        _("hourly rate"), null=True, blank=True, help_text=_("Empty: not known."), **RATE
    )
    pricing = models.CharField(
        _("pricing"), max_length=9, choices=Pricing, default=Pricing.ON_DEMAND
    )

    class Meta(Named.Meta):
        verbose_name = _("compute offer")
        verbose_name_plural = _("compute offers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="offer_name_in_brand"),
            models.UniqueConstraint(fields=["brand", "id"], name="offer_in_brand"),
            models.CheckConstraint(
                condition=models.Q(hourly_rate__isnull=True) | models.Q(hourly_rate__gte=0),
                name="offer_rate_not_negative",
            ),
            models.CheckConstraint(condition=models.Q(count__gte=1), name="offer_has_a_machine"),
        ]

    @property
    def resources(self) -> str:
        return f"{self.count} × {self.model or self.get_kind_display()}"
