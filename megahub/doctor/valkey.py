"""Valkey or Redis: reachable, new enough, and not throwing bells away."""

from __future__ import annotations

from collections.abc import Iterator

import redis
from django.conf import settings

from brands.findings import Checkup, Finding, broken, fine, odd
from megahub.monitoring.valkey import client

OLDEST = (6, 2)
FULL = 0.9


def server() -> Iterator[Finding]:
    try:
        facts = client(settings.REDIS_URL).info()
    except redis.RedisError as error:
        yield broken(
            "Valkey",
            f"does not answer ({type(error).__name__}): bells, live pages and limits are slower "
            "or off, jobs run",
            mend="start it, or mend REDIS_URL",
        )
        return
    version = str(facts.get("valkey_version") or facts.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        yield broken("Valkey", f"version {version} is too old", mend="use 6.2 or newer")
    else:
        yield fine("Valkey", f"version {version}, {facts['used_memory_human']} used")
    if facts.get("maxmemory_policy", "noeviction") != "noeviction":
        yield odd(
            "Valkey",
            f"maxmemory-policy is {facts['maxmemory_policy']}: limits of providers may vanish",
            mend="set it to noeviction",
        )
    most = int(facts.get("maxmemory") or 0)
    if most and int(facts["used_memory"]) > most * FULL:
        yield odd("Valkey", "its memory is nearly full", mend="raise maxmemory")


CHECKUPS: list[Checkup] = [server]
