"""How much a brand may use in a calendar month: limits, what is used and held, and who holds it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel

_AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 8}


class Unit(models.TextChoices):
    MONEY = "money", _("Money")
    TOKENS = "tokens", _("Tokens")


class Mode(models.TextChoices):
    HARD = "hard", _("Hard: refuse what does not fit")
    SOFT = "soft", _("Soft: let it pass and warn")
    SHADOW = "shadow", _("Shadow: only count")


class ProviderQuota(BrandScopedModel):
    """A monthly limit of a brand, for one provider or for all of them together."""

    provider = models.ForeignKey(
        "ai_providers.Provider",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="quotas",
        verbose_name=_("provider"),
        help_text=_("Empty: all providers together."),
    )
    unit = models.CharField(_("unit"), max_length=6, choices=Unit)
    limit = models.DecimalField(_("limit per month"), **_AMOUNT)
    mode = models.CharField(_("mode"), max_length=6, choices=Mode, default=Mode.HARD)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["brand", "provider", "unit"]
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand", "provider", "unit"],
                nulls_distinct=False,
                name="one_quota_per_provider_and_unit",
            ),
            models.CheckConstraint(condition=Q(limit__gte=0), name="quota_not_negative"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="quota_mode_is_known"),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="quota_unit_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} · {self.provider or '*'} · {self.limit} {self.unit}"


class QuotaUse(models.Model):
    """One month of a quota. A new month is a new row, so nothing has to be reset."""

    quota = models.ForeignKey(ProviderQuota, on_delete=models.CASCADE, related_name="uses")
    period_start = models.DateField()  # the first day of the month, where the brand is
    used = models.DecimalField(default=0, **_AMOUNT)
    held = models.DecimalField(default=0, **_AMOUNT)

    class Meta:
        ordering: ClassVar = ["quota", "-period_start"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quota", "period_start"], name="one_use_per_month"),
            models.CheckConstraint(condition=Q(held__gte=0), name="quota_held_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.period_start:%Y-%m}: {self.used} + {self.held}"


class QuotaHold(models.Model):
    """What one job keeps of one month's quota until it is over; then what it really used."""

    class State(models.TextChoices):
        HELD = "held", _("Held")
        SETTLED = "settled", _("Settled")

    # one_hold_per_job begins with it
    use = models.ForeignKey(
        QuotaUse, on_delete=models.CASCADE, related_name="holds", db_index=False
    )
    # A purged job leaves its settled hold behind: the month's sum needs it.
    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.SET_NULL, null=True, related_name="quota_holds"
    )
    amount = models.DecimalField(default=0, **_AMOUNT)
    spent = models.DecimalField(default=0, **_AMOUNT)
    state = models.CharField(max_length=7, choices=State, default=State.HELD)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["use", "job"], name="one_hold_per_job"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(spent__gte=0), name="hold_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state="held") | Q(amount=F("spent")), name="settled_hold_is_spent"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["job"], name="hold_open", condition=Q(state="held")),
        ]

    def __str__(self) -> str:
        return f"{self.state}: {self.amount}"
