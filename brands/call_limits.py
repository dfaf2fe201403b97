"""How many calls a key and a brand may make within a minute: one script in Valkey decides.

A minute begins with the first call. While Valkey is silent each process counts for itself; a call
that may spend money is refused then, since nobody can say how many others are let in meanwhile.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from brands.access import Access
from brands.errors import DomainError, ServiceUnavailable

MINUTE_MS = 60_000
SILENCE_SECONDS = 1.0
MOST_PLACES = 10_000
_PREFIX = "megahub:calls:"
# Looks at all places first and counts only when all have room: in one step, for everybody.
_SCRIPT = """
local wait, tightest, limit, reset = 0, nil, 0, 0
for i, place in ipairs(KEYS) do
  local used = tonumber(redis.call('GET', place) or '0')
  if used >= tonumber(ARGV[i]) then wait = math.max(wait, redis.call('PTTL', place)) end
end
for i, place in ipairs(KEYS) do
  local used = tonumber(redis.call('GET', place) or '0')
  if wait == 0 then
    used = redis.call('INCR', place)
    if used == 1 then redis.call('PEXPIRE', place, 60000) end
  end
  local left = math.max(0, tonumber(ARGV[i]) - used)
  if not tightest or left < tightest then
    tightest, limit, reset = left, tonumber(ARGV[i]), redis.call('PTTL', place)
  end
end
return {wait, tightest, limit, reset}
"""
_SPENDS = re.compile(
    r"/v1/|/ai/openai/|/ai/jobs/(bulk/|bulk_action/)?\Z|/(retry|restart|submit)/?\Z"
    r"|/api/(wizard/|training/)?jobs\Z|/ai/training/runs/\Z|/ai/job\Z"
)


class RateLimited(DomainError):
    """Too many calls by this key or this brand; try again after `Retry-After` seconds."""

    code, status = "RATE_LIMITED", 429


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of the tighter of the two limits."""

    wait_ms: int
    left: int
    limit: int
    reset_ms: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(_seconds(self.reset_ms)),
        }


def is_on() -> bool:
    return bool(settings.KEY_CALLS_PER_MINUTE or settings.BRAND_CALLS_PER_MINUTE)


def may_spend(method: str, path: str) -> bool:
    return method == "POST" and bool(_SPENDS.search(path))


def take(access: Access, *, spends: bool) -> Standing | None:
    """Count one call of a program, or raise RateLimited; None where nothing is limited."""
    places = _places(access)
    if not places:
        return None
    standing = _asked(places)
    if standing is None:
        if spends:
            raise ServiceUnavailable(
                _("Calls cannot be counted right now, so none that may cost money is let in.")
            )
        standing = _local.take(places)
    if standing.wait_ms:
        wait = _seconds(standing.wait_ms)
        raise RateLimited(
            _("Too many calls: %(limit)s a minute. Try again in %(wait)s s.")
            % {"limit": standing.limit, "wait": wait},
            headers={**standing.headers, "Retry-After": str(wait)},
            limit=standing.limit,
        )
    return standing


def _places(access: Access) -> dict[str, int]:
    if access.key is None:
        return {}
    kind = type(access.key).__name__.lower()
    wanted = {
        f"{_PREFIX}{kind}:{access.key.pk}": settings.KEY_CALLS_PER_MINUTE,
        f"{_PREFIX}brand:{access.key.brand_id}": settings.BRAND_CALLS_PER_MINUTE,
    }
    return {place: most for place, most in wanted.items() if most}


# ---------------------------------------------------------------------- in Valkey
_silent_until = 0.0


@cache
def _script() -> Any:
    client = redis.Redis.from_url(
        str(settings.REDIS_URL), socket_timeout=0.5, socket_connect_timeout=0.5
    )
    return client.register_script(_SCRIPT)


def _asked(places: dict[str, int]) -> Standing | None:
    """One round trip; after a failure nobody waits for another one for a second."""
    global _silent_until  # noqa: PLW0603 - one moment, for all threads
    if time.monotonic() < _silent_until:
        return None
    try:
        return Standing(*_script()(keys=list(places), args=list(places.values())))
    except RedisError:
        _silent_until = time.monotonic() + SILENCE_SECONDS
        return None


# ---------------------------------------------------------------------- where Valkey is silent
class _Local:
    """The same rule for the calls of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, tuple[int, float]] = {}

    def take(self, places: dict[str, int]) -> Standing:
        now = time.monotonic()
        with self._lock:
            if len(self._used) > MOST_PLACES:
                self._used.clear()
            held = {place: self._held(place, now) for place in places}
            waits = [(ends - now) * 1000 for place, (used, ends) in held.items()
                     if used >= places[place]]  # fmt: skip
            if not waits:
                held = {place: (used + 1, ends) for place, (used, ends) in held.items()}
                self._used.update(held)
        tight = min(places, key=lambda place: places[place] - held[place][0])
        left = max(0, places[tight] - held[tight][0])
        reset = int((held[tight][1] - now) * 1000)
        return Standing(max(1, int(max(waits))) if waits else 0, left, places[tight], reset)

    def _held(self, place: str, now: float) -> tuple[int, float]:
        used, ends = self._used.get(place, (0, 0.0))
        return (used, ends) if ends > now else (0, now + MINUTE_MS / 1000)


_local = _Local()


def _seconds(milliseconds: int) -> int:
    return max(1, -(-milliseconds // 1000))
