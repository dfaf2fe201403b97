"""That a month of a quota has passed a threshold: said once, and never again in that month."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

_AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 8}


class QuotaNotice(models.Model):
    """One row per month, quota and threshold: the unique index is what makes it once."""

    use = models.ForeignKey(
        "ai_providers.QuotaUse", on_delete=models.CASCADE, related_name="notices"
    )
    percent = models.PositiveSmallIntegerField(_("percent"))
    # As they were at that moment: the limit may change later.
    used = models.DecimalField(_("used"), **_AMOUNT)
    limit = models.DecimalField(_("limit"), **_AMOUNT)
    noted_at = models.DateTimeField(_("noted at"))

    class Meta:
        ordering: ClassVar = ["-noted_at", "-percent"]
        verbose_name = _("quota notice")
        verbose_name_plural = _("quota notices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["use", "percent"], name="one_notice_per_threshold"),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %: {self.used} of {self.limit}"
