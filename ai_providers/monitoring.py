"""What an operator's monitoring wants to know of providers, their calls and the quotas."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

from ai_providers import limits
from ai_providers.models import Provider

WINDOW = "5 minutes"
NEWEST = 5000

_QUOTAS = """
SELECT b.slug, coalesce(p.name, ''), q.unit, q.mode, q."limit",
  coalesce(u.used, 0), coalesce(u.held, 0)
FROM ai_providers_providerquota q JOIN brands_brand b ON b.id = q.brand_id
LEFT JOIN ai_providers_provider p ON p.id = q.provider_id
LEFT JOIN ai_providers_quotause u ON u.quota_id = q.id
  AND u.period_start = date_trunc('month', statement_timestamp() AT TIME ZONE b.time_zone)::date
WHERE q.is_active
"""

# The newest calls by number: there is no index by time, and none is needed.
_CALLS = f"""
SELECT b.slug, x.provider_name, x.status, count(*),
  max(extract(epoch FROM x.ended_at - x.started_at))
FROM (SELECT * FROM ai_providers_providercall ORDER BY id DESC LIMIT {NEWEST}) x
JOIN brands_brand b ON b.id = x.brand_id
WHERE x.started_at > statement_timestamp() - interval '{WINDOW}'
GROUP BY 1, 2, 3
"""  # noqa: S608  (constants of this module)


def measure() -> Iterator[Metric]:
    yield from _quotas()
    yield from _calls()
    yield from _circuits()


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _quotas() -> Iterator[Metric]:
    labels = ["brand", "provider", "unit", "mode"]
    families = [
        GaugeMetricFamily(f"megahub_quota_{name}", text, labels=labels)
        for name, text in (
            ("limit", "What a brand may use this month; provider is empty for all together."),
            ("used", "What it has used this month."),
            ("held", "What jobs that are not over keep for themselves."),
        )
    ]
    for brand, provider, unit, mode, *figures in _rows(_QUOTAS):
        for family, figure in zip(families, figures, strict=True):
            family.add_metric([brand, provider, unit, mode], float(figure))
    yield from families


def _calls() -> Iterator[Metric]:
    calls = GaugeMetricFamily(
        "megahub_recent_provider_calls",
        f"Calls that began in the last {WINDOW}, of the newest {NEWEST}.",
        labels=["brand", "provider", "status"],
    )
    slowest = GaugeMetricFamily(
        "megahub_recent_provider_slowest_seconds",
        "The longest of them that has ended.",
        labels=["brand", "provider", "status"],
    )
    for brand, provider, status, count, longest in _rows(_CALLS):
        calls.add_metric([brand, provider, status], count)
        if longest is not None:
            slowest.add_metric([brand, provider, status], float(longest))
    yield from (calls, slowest)


def _circuits() -> Iterator[Metric]:
    open_ = GaugeMetricFamily(
        "megahub_provider_circuit_open",
        "Whether calls to a provider are held back because it failed (1).",
        labels=["brand", "provider"],
    )
    checked = GaugeMetricFamily(
        "megahub_provider_check_ok",
        "Whether the last check of a provider's key worked (1), where there was one.",
        labels=["brand", "provider"],
    )
    providers = list(Provider.objects.filter(is_active=True).select_related("brand"))
    known = limits.health_of(providers)
    for provider in providers:
        labels = [provider.brand.slug, provider.name]
        if known[provider.pk]["circuit"] is not None:
            open_.add_metric(labels, int(known[provider.pk]["circuit"] == "open"))
        if provider.check_ok is not None:
            checked.add_metric(labels, int(provider.check_ok))
    yield from (open_, checked)
