"""What an operator's monitoring wants to know of webhooks and mails: what waits to go out."""

from collections.abc import Iterator

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

_WAITING = """
SELECT webhook_id IS NOT NULL, count(*),
  coalesce(extract(epoch FROM statement_timestamp() - min(due_at)), 0)
FROM ai_notices_delivery WHERE state = 'waiting' GROUP BY 1
"""


def measure() -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "megahub_deliveries_waiting",
        "Webhook calls and mails that wait to go out, or to be tried again.",
        labels=["way"],
    )
    overdue = GaugeMetricFamily(
        "megahub_deliveries_overdue_seconds",
        "How long the first of them has been due; 0: none is.",
        labels=["way"],
    )
    found = {"webhook": (0, 0.0), "mail": (0, 0.0)}
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        for is_webhook, count, late in cursor.fetchall():
            found["webhook" if is_webhook else "mail"] = (count, max(0.0, float(late)))
    for way, (count, late) in found.items():
        waiting.add_metric([way], count)
        overdue.add_metric([way], late)
    yield from (waiting, overdue)
