"""What the gateway remembers for a moment: who answers for a model, limits, prices, circuits.

Nothing here decides alone. Keys are proved again and limits are met in the transaction that writes
the job; a route, a price or a new limit is up to `SECONDS` old, as if the call had come earlier.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from ai_core import catalogue, prepared
from ai_core.errors import JobTypeNotFound
from ai_core.models import AIJobType, Queue
from ai_providers import limits, prices, quotas, routes
from ai_providers.asking import TokenUse
from ai_providers.completing import in_database
from ai_providers.credentials import CannotOpen, open_key
from ai_providers.gateway.line import QUEUE
from ai_providers.models import ModelPrice, Provider, ProviderQuota
from ai_providers.routes import Route
from brands.models import Brand

T = TypeVar("T")
SECONDS = 1.0
MOST = 2_000

_found: dict[Hashable, tuple[float, Any]] = {}
_asking: dict[Hashable, asyncio.Future[Any]] = {}


async def remembered(key: Hashable, ask: Callable[[], T]) -> T:
    """Return what is known, or ask the database once for all who want it now."""
    found = _found.get(key)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    if key in _asking:
        return await asyncio.shield(_asking[key])
    asked = _asking[key] = asyncio.ensure_future(in_database(ask))
    try:
        value = await asyncio.shield(asked)
    finally:
        _asking.pop(key, None)
    if len(_found) >= MOST:
        _found.clear()
    _found[key] = time.monotonic() + SECONDS, value
    return value


def forget() -> None:
    """For tests, and for whoever has just changed something here."""
    _found.clear()


# ---------------------------------------------------------------------- who answers, on what terms
@dataclass(kw_only=True)
class Terms:
    """Who is asked first, and what holds for that."""

    chain: list[Route]
    limiting: list[ProviderQuota]
    price: Pricing
    is_smooth: bool  # no limit on calls, no failure lately: nobody else has to be asked
    is_rough: bool = False  # something was not as it is known here: the longer way for a moment


async def terms_of(brand: Brand, *models: str) -> Terms:
    return await remembered(("terms", brand.pk, models), lambda: _terms(brand, models))


def _terms(brand: Brand, models: tuple[str, ...]) -> Terms:
    chain = routes.find(brand, *models)
    first = chain[0]
    return Terms(
        chain=chain,
        limiting=[] if first.kind.is_free else quotas.applying(brand, first.provider),
        price=Pricing(brand, first),
        is_smooth=_is_smooth(first.provider),
    )


def _is_smooth(provider: Provider | None) -> bool:
    if provider is None:
        return True
    if provider.max_concurrency or provider.requests_per_minute:
        return False
    try:
        open_key(provider)
    except CannotOpen:
        return False  # the course knows how to say that
    return limits.health(provider)["failures"] in (0, None)


class Pricing:
    """The price of one route: an admin's row is read once, a list is asked each time."""

    def __init__(self, brand: Brand, route: Route) -> None:
        self._brand = brand
        self._route = route
        self._own = self._row()

    def _row(self) -> ModelPrice | None:
        route = self._route
        if route.kind.is_free:
            return None
        return prices.own_price(
            brand_id=self._brand.pk,
            provider=route.name,
            kind=route.kind.name,
            model=route.model,
            at=datetime.now(UTC),
        )

    def of(self, use: TokenUse, at: datetime) -> prices.Priced:
        if self._route.kind.is_free:
            return prices.FREE
        if use.prompt is None and use.completion is None:
            return prices.UNKNOWN
        if self._own is not None:
            return prices.believable(prices.by_own(self._own, use))
        route = self._route
        return prices.believable(
            prices.by_list(
                use, kind=route.kind.name, model=route.model, base_url=route.base_url, at=at
            )
        )


# ---------------------------------------------------------------------- what jobs are made of
async def kind_of(name: str) -> AIJobType:
    """The type of a job with the gateway's own queue; `births` sees to it that it is not old."""
    return await remembered(("kind", name), lambda: _kind(name))


_QUEUE_VERSION = f"""
SELECT {catalogue.VERSION.format(alias="q")} FROM ai_core_queue q WHERE q.id = %s
"""  # noqa: S608


def _kind(name: str) -> AIJobType:
    kind = catalogue.active_types([name], anew=True).get(name)
    if kind is None:
        raise JobTypeNotFound(f"Jobs of type '{name}' are switched off in this hub.")
    queue = Queue.objects.get(name=QUEUE.name)
    kind.queue = queue
    kind.versions = (kind.versions[0], prepared.rows(_QUEUE_VERSION, [queue.pk])[0][0])
    return kind
