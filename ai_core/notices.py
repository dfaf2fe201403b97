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

_messenger = Background("notices")


@cache
def client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1, health_check_interval=30
    )


def publish(*, brand_id: int, job_id: int, kinds: Sequence[str]) -> None:
    """Tell whoever watches this job, or this brand's jobs, what kind of thing changed."""
    body = orjson.dumps({"brand": brand_id, "job": job_id, "kinds": list(kinds)})
    _messenger.later(lambda: client().publish(CHANGES, body))


def publish_many(bodies: Sequence[tuple[int, int, Sequence[str]]]) -> None:
    """The same for many jobs at once, in one round trip: (brand, job, kinds)."""

    def send() -> None:
        pipeline = client().pipeline(transaction=False)
        for brand_id, job_id, kinds in bodies:
            pipeline.publish(
                CHANGES, orjson.dumps({"brand": brand_id, "job": job_id, "kinds": list(kinds)})
            )
        pipeline.execute()

    if bodies:
        _messenger.later(send)


def order(job_id: int) -> None:
    """Have the process that runs this job look at its orders now."""
    body = str(job_id).encode()
    _messenger.later(lambda: client().publish(ORDERS, body))
