"""Prices that an admin has written down; they come before any list that ships with the hub."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 8}


class ModelPrice(models.Model):
    """What a million tokens cost, from a day on; a later row takes over and changes no history."""

    provider = models.CharField(
        _("provider or kind"),
        max_length=60,
        blank=True,
        help_text=_("A provider's name, or a kind such as openai; empty: any."),
    )
    only_for = models.ForeignKey(
        "brands.Brand",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("brand"),
        help_text=_("Empty: every brand."),
    )
    model = models.CharField(_("model"), max_length=200)
    input_per_million = models.DecimalField(_("input, per million tokens"), **_MONEY)
    output_per_million = models.DecimalField(_("output, per million tokens"), **_MONEY)
    cached_per_million = models.DecimalField(
        _("cached input, per million tokens"), null=True, blank=True, **_MONEY
    )
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now)
    source = models.CharField(_("where it was read"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["model", "-valid_from"]
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        indexes: ClassVar = [models.Index(fields=["model", "-valid_from"], name="price_of_model")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(input_per_million__gte=0, output_per_million__gte=0)
                & (models.Q(cached_per_million__isnull=True) | models.Q(cached_per_million__gte=0)),
                name="price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider or '*'}/{self.model}"
