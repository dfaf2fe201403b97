"""Errors of providers and quotas that callers of the API see; each says what to do next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from ai_providers.periods import written
from brands.errors import DomainError


class QuotaExceeded(DomainError):
    """A monthly limit of the brand leaves no room; `limit`, `used`, `held` and `resets_at` say."""

    code, status = "QUOTA_EXCEEDED", 429

    def __init__(self, **facts: Any) -> None:
        resets_at: datetime = facts["resets_at"]
        seconds = max(int((resets_at - datetime.now(UTC)).total_seconds()), 1)
        self.seconds = seconds
        super().__init__(
            _(
                "Monthly quota exceeded for %(scope)s (brand %(brand)s: used %(used)s, "
                "held %(held)s, limit %(limit)s %(unit)s; resets %(resets)s)."
            )
            % {**facts, "resets": written(resets_at)},
            headers={"Retry-After": str(seconds)},
            **{**facts, "resets_at": written(resets_at)},
        )


class PriceUnknown(DomainError):
    """Nobody knows what this model costs, and a hard limit in money has to know."""

    code, status = "PRICE_UNKNOWN", 402


class ModelUnknown(DomainError):
    """No active provider of the brand has this model."""

    code, status = "MODEL_NOT_FOUND", 400


class ProviderRefused(DomainError):
    """The provider did not do it; `provider` and `upstream_status` say who and how."""

    code, status = "PROVIDER_ERROR", 502


class ProviderSilent(DomainError):
    """The provider did not answer in time."""

    code, status = "PROVIDER_TIMEOUT", 504
