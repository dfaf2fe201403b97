"""How Valkey is doing, and how many bells lie there unheard."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import redis
from django.conf import settings
from prometheus_client.core import GaugeMetricFamily, Metric

from ai_core.models import Queue

SECONDS = 1.0


@cache
def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, decode_responses=True
    )


def bells(queues: list[str]) -> dict[str, int]:
    """How many bells lie in Celery's list of each queue."""
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    with client(settings.REDIS_URL).pipeline(transaction=False) as pipe:
        for name in queues:
            pipe.llen(f"{prefix}{name}")
        return dict(zip(queues, pipe.execute() if queues else [], strict=True))


def measure() -> Iterator[Metric]:
    queues = list(Queue.objects.order_by("name").values_list("name", flat=True))
    up = GaugeMetricFamily("megahub_valkey_up", "Whether Valkey answers (1) or not (0).")
    waiting = GaugeMetricFamily(
        "megahub_bells",
        "Wake-ups that no worker has heard yet. They carry nothing; many mean no worker listens.",
        labels=["queue"],
    )
    try:
        facts: dict[str, Any] = client(settings.REDIS_URL).info()
        found = bells(queues)
    except redis.RedisError:
        up.add_metric([], 0)
        yield up
        return
    up.add_metric([], 1)
    for name, count in found.items():
        waiting.add_metric([name], count)
    yield up
    yield waiting
    yield GaugeMetricFamily(
        "megahub_valkey_memory_bytes", "Memory that Valkey uses.", value=facts["used_memory"]
    )
    yield GaugeMetricFamily(
        "megahub_valkey_memory_most_bytes",
        "Memory that Valkey may use; 0: no limit.",
        value=facts.get("maxmemory", 0),
    )
    yield GaugeMetricFamily(
        "megahub_valkey_clients", "Connections to Valkey.", value=facts["connected_clients"]
    )
