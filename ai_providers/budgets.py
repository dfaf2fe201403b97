"""The brand's monthly limits as others show them, through the core's door for budgets."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet

from ai_core.budgets import Budget
from ai_core.pricing import CURRENCY
from ai_providers import periods, thresholds
from ai_providers.models import Provider, ProviderQuota, QuotaNotice, QuotaUse
from ai_providers.models.quotas import Mode, Unit
from brands.models import Brand


def budgets(brand: Brand) -> list[Budget]:
    """Three queries, however many limits there are."""
    month = periods.month_of(brand)
    quotas = list(
        ProviderQuota.objects.for_brand(brand).filter(is_active=True).select_related("provider")
    )
    uses = {
        use.quota_id: use for use in QuotaUse.objects.filter(quota__brand=brand, period_start=month)
    }
    # A limit that was raised since leaves notices that no longer hold.
    told = QuotaNotice.objects.filter(
        use__in=[use.pk for use in uses.values()],
        use__used__gte=F("use__quota__limit") * F("percent") / 100,
    )
    highest = {notice.use_id: notice for notice in told.order_by("percent")}
    resets_at = periods.resets_at(brand, month)
    found = []
    for quota in quotas:
        use = uses.get(quota.pk)
        notice = highest.get(use.pk) if use else None
        found.append(
            Budget(
                id=quota.pk,
                name=quota.provider.name if quota.provider else "",
                unit=CURRENCY if quota.unit == Unit.MONEY else "tokens",
                limit=quota.limit,
                used=use.used if use else Decimal(0),
                held=use.held if use else Decimal(0),
                is_hard=quota.mode == Mode.HARD,
                mode=quota.mode,
                period=f"{month:%Y-%m}",
                resets_at=resets_at,
                provider=quota.provider_id,
                passed=notice.percent if notice else 0,
                passed_at=notice.noted_at if notice else None,
            )
        )
    return found


@transaction.atomic
def set_limit(
    brand: Brand, provider: Provider | None, *, unit: str, limit: Decimal, mode: str
) -> ProviderQuota:
    """Make this the month's limit; one that ended earlier goes on counting where it was."""
    quota, _created = ProviderQuota.objects.update_or_create(
        brand=brand,
        provider=provider,
        unit=unit,
        defaults={"limit": limit, "mode": mode, "is_active": True},
    )
    thresholds.note_lower_limits(brand, provider)
    return quota


def end_limit(quotas: QuerySet[ProviderQuota]) -> int:
    """Stop limiting; what was counted stays."""
    return quotas.update(is_active=False)
