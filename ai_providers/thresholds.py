"""Notes when a month of a quota has passed 50, 80 or 100 %, once each, and tells the brand.

What counts is what was used, not what is held: a hold is an estimate, and most of it comes back.
The unique index decides who was first, so two jobs that settle at once say it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ai_core import brand_notices, prepared
from ai_core.brand_notices import BrandNotice
from ai_core.pricing import CURRENCY
from ai_providers import periods
from ai_providers.models import Provider, QuotaNotice, QuotaUse
from ai_providers.models.quotas import Mode, Unit
from brands.models import Brand
from brands.prepared import Statement, array

PERCENTS = (50, 80, 100)
KIND = "quota_threshold"

_NOTE = """
INSERT INTO ai_providers_quotanotice (use_id, percent, used, "limit", noted_at)
SELECT u.id, t.percent, u.used, q."limit", clock_timestamp()
FROM ai_providers_quotause u
JOIN ai_providers_providerquota q ON q.id = u.quota_id
CROSS JOIN unnest($1::int[]) AS t(percent)
WHERE u.id = ANY ($2::bigint[]) AND q.is_active AND u.used > 0
  AND u.used * 100 >= q."limit" * t.percent
ORDER BY u.id, t.percent
ON CONFLICT DO NOTHING
RETURNING id
"""


def noting(use_ids: Iterable[int]) -> Statement:
    """What notes it; it answers with the numbers of the notices that it has made."""
    return Statement(_NOTE, (array(PERCENTS), array(sorted(use_ids))))


def note(use_ids: Iterable[int]) -> list[QuotaNotice]:
    """Note what these months have passed since the last time, and announce it."""
    return tell([row[0] for row in prepared.run(noting(use_ids))])


def tell(made: Sequence[int]) -> list[QuotaNotice]:
    """Announce notices that have just been written."""
    if not made:
        return []
    rows = list(_with_all().filter(pk__in=made).order_by("use", "percent"))
    # Who jumps over two thresholds at once is told of the higher one.
    highest = {row.use_id: row for row in rows}
    brand_notices.tell([_told(row) for row in highest.values()])
    return rows


def note_lower_limits(brand: Brand, provider: Provider | None) -> None:
    """A limit that was just set may be reached already."""
    uses = QuotaUse.objects.filter(
        quota__brand=brand, quota__provider=provider, period_start=periods.month_of(brand)
    )
    note(uses.values_list("pk", flat=True))


def recent(brand: Brand, most: int) -> list[BrandNotice]:
    """The brand's newest notices: a source of `ai_core.brand_notices`."""
    rows = _with_all().filter(use__quota__brand=brand).order_by("-noted_at", "-percent")[:most]
    return [_told(row) for row in rows]


def passed(use_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Which thresholds each of these months has passed, and when, for the quota report."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in QuotaNotice.objects.filter(use__in=use_ids).order_by("percent"):
        one = {"percent": row.percent, "noted_at": periods.written(row.noted_at)}
        found.setdefault(row.use_id, []).append(one)
    return found


def _with_all() -> Any:
    return QuotaNotice.objects.select_related("use__quota__brand", "use__quota__provider")


def _told(row: QuotaNotice) -> BrandNotice:
    quota = row.use.quota
    resets_at = periods.written(periods.resets_at(quota.brand, row.use.period_start))
    facts = {
        "quota": quota.pk,
        "percent": row.percent,
        "scope": quota.provider.name if quota.provider else "all providers",
        "unit": CURRENCY if quota.unit == Unit.MONEY else "tokens",
        "mode": quota.mode,
        "used": _amount(quota.unit, row.used),
        "limit": _amount(quota.unit, row.limit),
        "period_start": row.use.period_start.isoformat(),
        "resets_at": resets_at,
    }
    return BrandNotice(
        brand_id=quota.brand_id,
        kind=KIND,
        key=f"quota-{quota.pk}-{row.use.period_start:%Y-%m}-{row.percent}",
        at=row.noted_at,
        level="error" if row.percent >= 100 and quota.mode == Mode.HARD else "warning",
        text=_("%(percent)s %% of the monthly limit for %(scope)s is used: %(used)s of %(limit)s "
               "%(unit)s.") % facts,
        facts=facts,
    )  # fmt: skip


def _amount(unit: str, amount: Decimal) -> str:
    return f"{amount:.6f}" if unit == Unit.MONEY else f"{amount:.0f}"
