"""Spares providers: calls at once, calls a minute, and a circuit that opens when one is down.

All processes share these figures through Valkey. Without Valkey every call is let through: the
limits protect providers and waiting times, while money is protected by PostgreSQL.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import redis
from django.conf import settings

from ai_providers.failures import ProviderFailure, Reason
from ai_providers.models import Provider

log = logging.getLogger(__name__)
SCRIPTS = Path(__file__).parent / "lua"
PREFIX = "megahub:provider"
FAILURES_THAT_OPEN = 5
FIRST_REST_MS = 5_000
LONGEST_REST_MS = 60_000
PATIENCE_SECONDS = 0.5  # a call is not kept waiting for its own protection
LEASE_MS = 900_000  # the place of a process that died is free again after this


class Verdict(NamedTuple):
    """May the call begin? If not, why, and when to ask again."""

    reason: Reason | None
    wait: float


WELCOME = Verdict(None, 0.0)


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        decode_responses=True,
    )


@cache
def _script(url: str, name: str) -> Any:
    return _client(url).register_script((SCRIPTS / f"{name}.lua").read_text())


def _keys(provider: Provider) -> dict[str, str]:
    """One set of figures per provider and key: a new key begins with a clean record."""
    facts = f"{provider.pk}:{provider.sealed_key}:{provider.base_url}"
    who = f"{provider.pk}:{hashlib.sha256(facts.encode()).hexdigest()[:16]}"
    # The braces keep them on one node of a cluster.
    return {
        name: f"{PREFIX}:{{{who}}}:{name}" for name in ("circuit", "running", "minute", "probe")
    }


def admit(provider: Provider | None, call_id: str) -> Verdict:
    """Ask for a place; `report` gives it back."""
    if provider is None:
        return WELCOME
    keys = _keys(provider)
    try:
        word, wait = _script(settings.REDIS_URL, "admit")(
            keys=[keys["circuit"], keys["running"], keys["minute"], keys["probe"]],
            args=[
                call_id,
                provider.max_concurrency or 0,
                provider.requests_per_minute or 0,
                LEASE_MS,
                FAILURES_THAT_OPEN,
            ],
        )
    except redis.RedisError as error:
        log.warning("limits of providers are not watched: %s", type(error).__name__)
        return WELCOME
    if word == "ok":
        return WELCOME
    reason = Reason.CIRCUIT_OPEN if word == "open" else Reason.BUSY
    return Verdict(reason, int(wait) / 1000)


def report(provider: Provider | None, call_id: str, failure: ProviderFailure | None = None) -> None:
    """Say that a call has ended, and how."""
    if provider is None:
        return
    keys = _keys(provider)
    how = "well"
    if failure is not None:
        how = "badly" if failure.meaning.hurts else "neither"
    asked = failure.retry_after if failure is not None else None
    try:
        _script(settings.REDIS_URL, "report")(
            keys=[keys["circuit"], keys["running"], keys["probe"]],
            args=[
                call_id,
                how,
                FAILURES_THAT_OPEN,
                FIRST_REST_MS,
                LONGEST_REST_MS,
                int((asked or 0) * 1000),
            ],
        )
    except redis.RedisError as error:
        log.warning("limits of providers are not watched: %s", type(error).__name__)


def leave(provider: Provider | None, call_id: str) -> None:
    """Give the place back without having called."""
    if provider is not None:
        report(provider, call_id, ProviderFailure(Reason.BUSY, ""))


def is_troubled(provider: Provider) -> bool:
    """Has it failed lately, or asked for a rest? Then `admit` knows more."""
    try:
        return bool(_client(settings.REDIS_URL).exists(_keys(provider)["circuit"]))
    except redis.RedisError:
        return False


def health(provider: Provider) -> dict[str, Any]:
    """What the circuit knows; None where Valkey does not answer."""
    return health_of([provider])[provider.pk]


def health_of(providers: Sequence[Provider]) -> dict[int, dict[str, Any]]:
    """The same of many at once, in one call of Valkey."""
    try:
        with _client(settings.REDIS_URL).pipeline(transaction=False) as pipe:
            for provider in providers:
                keys = _keys(provider)
                pipe.hgetall(keys["circuit"])
                pipe.zcard(keys["running"])
            found = pipe.execute() if providers else []
    except redis.RedisError:
        unknown = {"circuit": None, "failures": None, "running": None}
        return {provider.pk: dict(unknown) for provider in providers}
    pairs = zip(found[::2], found[1::2], strict=True)
    return {
        provider.pk: _health(facts, running)
        for provider, (facts, running) in zip(providers, pairs, strict=True)
    }


def _health(facts: Mapping[str, str], running: int) -> dict[str, Any]:
    failures = int(facts.get("failures", 0))
    open_ = failures >= FAILURES_THAT_OPEN
    return {"circuit": "open" if open_ else "closed", "failures": failures, "running": running}


def minute_left(provider: Provider) -> tuple[int, int] | None:
    """How many calls a minute there may be, and how many are left of them just now."""
    if not provider.requests_per_minute:
        return None
    try:
        taken = _client(settings.REDIS_URL).zcard(_keys(provider)["minute"])
    except redis.RedisError:
        return None
    return provider.requests_per_minute, max(provider.requests_per_minute - int(taken), 0)
