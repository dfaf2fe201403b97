"""What jobs used and cost this month, from the sums of days.

A new month begins at zero, which Prometheus takes for a restart of a counter; within a month only
a repricing lowers a cost, so that one is a gauge.
"""

from collections.abc import Iterator

from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

_MONTH = """
WITH month AS (
  SELECT s.* FROM brands_brand b CROSS JOIN LATERAL (
    SELECT brand_id, job_type, provider, currency, jobs, completed, failed, cancelled, timeout,
      unpriced, prompt_tokens, completion_tokens, cost
    FROM ai_usage_dailyusage d WHERE d.brand_id = b.id
      AND d.day >= date_trunc('month', statement_timestamp())::date) s
  UNION ALL
  SELECT brand_id, job_type, provider, currency, jobs, completed, failed, cancelled, timeout,
    unpriced, prompt_tokens, completion_tokens, cost
  FROM ai_usage_usagedelta WHERE day >= date_trunc('month', statement_timestamp())::date)
SELECT b.slug, m.job_type, m.provider, m.currency, sum(m.completed), sum(m.failed),
  sum(m.cancelled), sum(m.timeout), sum(m.prompt_tokens), sum(m.completion_tokens), sum(m.cost),
  sum(m.unpriced)
FROM month m JOIN brands_brand b ON b.id = m.brand_id GROUP BY 1, 2, 3, 4
"""
_ENDINGS = ("completed", "failed", "cancelled", "timeout")


def measure() -> Iterator[Metric]:
    jobs = CounterMetricFamily(
        "megahub_jobs_ended",
        "Jobs that ended since the month began.",
        labels=["brand", "job_type", "status"],
    )
    tokens = CounterMetricFamily(
        "megahub_tokens",
        "Tokens used since the month began.",
        labels=["brand", "provider", "direction"],
    )
    cost = GaugeMetricFamily(
        "megahub_cost_month",
        "What this month has cost so far, as far as prices are known.",
        labels=["brand", "provider", "currency"],
    )
    unpriced = GaugeMetricFamily(
        "megahub_jobs_unpriced_month",
        "Jobs of this month whose price is not known.",
        labels=["brand", "provider"],
    )
    families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {
        "jobs": jobs, "tokens": tokens, "cost": cost, "unpriced": unpriced,
    }  # fmt: skip
    for family, labels, figure in _figures():
        families[family].add_metric(labels, figure)
    yield from families.values()


def _figures() -> Iterator[tuple[str, list[str], float]]:
    """Add up what differs only in what a family does not tell apart."""
    sums: dict[tuple[str, ...], float] = {}
    with connection.cursor() as cursor:
        cursor.execute(_MONTH)
        for brand, job_type, provider, currency, *figures in cursor.fetchall():
            *endings, prompt, completion, cost, unpriced = map(float, figures)
            told = [
                *[
                    (("jobs", brand, job_type, status), count)
                    for status, count in zip(_ENDINGS, endings, strict=True)
                ],
                (("tokens", brand, provider, "in"), prompt),
                (("tokens", brand, provider, "out"), completion),
                (("cost", brand, provider, currency), cost),
                (("unpriced", brand, provider), unpriced),
            ]
            for key, figure in told:
                sums[key] = sums.get(key, 0.0) + figure
    for (family, *labels), figure in sums.items():
        yield family, labels, figure
