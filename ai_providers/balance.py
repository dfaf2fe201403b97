"""Proves that every month's figures are the sums of its holds, and puts right what is not."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

_DRIFT = """
SELECT u.id, b.slug, coalesce(p.name, ''), q.unit, u.period_start, u.held, u.used,
  coalesce(sum(h.amount) FILTER (WHERE h.state = 'held'), 0) AS open,
  coalesce(sum(h.spent) FILTER (WHERE h.state = 'settled'), 0) AS settled
FROM ai_providers_quotause u
JOIN ai_providers_providerquota q ON q.id = u.quota_id
JOIN brands_brand b ON b.id = q.brand_id
LEFT JOIN ai_providers_provider p ON p.id = q.provider_id
LEFT JOIN ai_providers_quotahold h ON h.use_id = u.id
GROUP BY u.id, b.slug, p.name, q.unit
HAVING u.held <> coalesce(sum(h.amount) FILTER (WHERE h.state = 'held'), 0)
    OR u.used <> coalesce(sum(h.spent) FILTER (WHERE h.state = 'settled'), 0)
ORDER BY u.id
"""

# What a hold has spent is what the calls of its job have used, as far as they are still there.
_UNTOLD = """
SELECT h.id, h.job_id, q.unit, h.spent, sum(
  CASE WHEN q.unit = 'money'
    THEN CASE WHEN c.price_status = 'unpriced' THEN coalesce(c.cost, c.expected_cost, 0)
      ELSE coalesce(c.cost, 0) END
    ELSE CASE WHEN c.status = 'lost' THEN c.expected_tokens
      ELSE coalesce(c.prompt_tokens, 0) + coalesce(c.completion_tokens, 0) END END)
FROM ai_providers_quotahold h
JOIN ai_providers_quotause u ON u.id = h.use_id
JOIN ai_providers_providerquota q ON q.id = u.quota_id
JOIN brands_brand b ON b.id = q.brand_id
JOIN ai_providers_providercall c ON c.job_id = h.job_id AND c.status <> 'running'
  AND c.kind <> 'local' AND (q.provider_id IS NULL OR c.provider_id = q.provider_id)
  AND c.started_at >= h.created_at - interval '1 minute'
  AND date_trunc('month', c.started_at AT TIME ZONE b.time_zone)::date = u.period_start
GROUP BY h.id, h.job_id, q.unit, h.spent
HAVING h.spent <> sum(
  CASE WHEN q.unit = 'money'
    THEN CASE WHEN c.price_status = 'unpriced' THEN coalesce(c.cost, c.expected_cost, 0)
      ELSE coalesce(c.cost, 0) END
    ELSE CASE WHEN c.status = 'lost' THEN c.expected_tokens
      ELSE coalesce(c.prompt_tokens, 0) + coalesce(c.completion_tokens, 0) END END)
ORDER BY h.id
"""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A month whose figures are not the sums of its rows."""

    use_id: int
    label: str
    held: Decimal
    used: Decimal
    should_hold: Decimal
    should_use: Decimal

    def __str__(self) -> str:
        return (
            f"{self.label}: held {self.held} but its holds are {self.should_hold}; "
            f"used {self.used} but its settled holds are {self.should_use}"
        )


def drifts() -> list[Drift]:
    with connection.cursor() as cursor:
        cursor.execute(_DRIFT)
        rows = cursor.fetchall()
    return [
        Drift(
            use_id=use_id,
            label=f"{brand} · {provider or 'all providers'} · {unit} · {period:%Y-%m}",
            held=held,
            used=used,
            should_hold=open_,
            should_use=settled,
        )
        for use_id, brand, provider, unit, period, held, used, open_, settled in rows
    ]


def untold() -> list[str]:
    """Holds that have not spent what the calls of their job have used."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTOLD)
        return [
            f"hold {hold} of job {job} ({unit}): spent {spent}, its calls used {used}"
            for hold, job, unit, spent, used in cursor.fetchall()
        ]


@transaction.atomic
def repair() -> int:
    """Set every month that drifted to the sums of its rows; nothing moves meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE ai_providers_quotause, ai_providers_quotahold IN EXCLUSIVE MODE")
        found = drifts()
        for one in found:
            cursor.execute(
                "UPDATE ai_providers_quotause SET held = %s, used = %s WHERE id = %s",
                [one.should_hold, one.should_use, one.use_id],
            )
    return len(found)
