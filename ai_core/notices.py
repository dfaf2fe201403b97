"""Small notices through Valkey: «this job changed», «look at your orders». They may get lost.

A reader that hears a notice reads the truth from PostgreSQL; one that missed it finds it at its
next look.
"""

from collections.abc import Sequence
from functools import cache

import orjson
import redis
from django.conf import settings

from ai_core.background import Background

CHANGES = "megahub:changes"
ORDERS = "megahub:orders"


@cache
def client() -> redis.Redis:
    return redis.Redis.from_url(
        str(settings.REDIS_URL),
        socket_timeout=2,
        socket_connect_timeout=1,
        health_check_interval=30,
    )


def publish(*, brand_id: int, job_id: int, kinds: Sequence[str]) -> None:
    """Tell whoever watches this job, or this brand's jobs, what kind of thing changed."""
    publish_many([(brand_id, job_id, kinds)])


def publish_many(changes: Sequence[tuple[int, int, Sequence[str]]]) -> None:
    """The same for many jobs at once: (brand, job, kinds)."""
    _messenger.later(
        *(
            (CHANGES, orjson.dumps({"brand": brand, "job": job, "kinds": list(kinds)}))
            for brand, job, kinds in changes
        )
    )


def order(job_id: int) -> None:
    """Have the process that runs this job look at its orders now."""
    _messenger.later((ORDERS, str(job_id).encode()))


def _send(messages: list[tuple[str, bytes]]) -> None:
    pipeline = client().pipeline(transaction=False)
    for channel, body in dict.fromkeys(messages):  # who hears it reads what is so, once
        pipeline.publish(channel, body)
    pipeline.execute()


_messenger = Background("notices", _send, per_second=50)
