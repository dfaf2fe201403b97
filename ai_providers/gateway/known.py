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

from django.db.models import Model
from django.db.models.base import ModelState

from ai_core import catalogue, prepared
from ai_core.errors import JobTypeNotFound
from ai_core.models import AIJob, AIJobType, Queue
from ai_core.statuses import JobStatus
from ai_providers import limits, prices, quotas, routes
from ai_providers.asking import TokenUse
from ai_providers.completing import in_database
from ai_providers.credentials import CannotOpen, Secret, open_key
from ai_providers.gateway.line import QUEUE
from ai_providers.models import ModelPrice, Provider, ProviderCall, ProviderQuota
from ai_providers.models.quotas import Mode
from ai_providers.routes import Route
from brands.access import Access
from brands.models import Brand

T = TypeVar("T")
Row = TypeVar("Row", bound=Model)
SECONDS = 1.0
KIND_SECONDS = 30.0
MOST = 2_000

_found: dict[Hashable, tuple[float, Any]] = {}
_asking: dict[Hashable, asyncio.Future[Any]] = {}


async def remembered(key: Hashable, ask: Callable[[], T], *, seconds: float = SECONDS) -> T:
    """Return what is known, or ask the database once for all who want it now.

    What will soon be too old is asked for while it is still good, so that nobody waits.
    """
    until, value = _found.get(key, (0.0, None))
    left = until - time.monotonic()
    if left < seconds / 2 and key not in _asking:
        _asking[key] = asyncio.ensure_future(_ask(key, ask, seconds))
        _asking[key].add_done_callback(_heard)
    return value if left > 0 else await asyncio.shield(_asking[key])


async def _ask(key: Hashable, ask: Callable[[], T], seconds: float) -> T:
    begun, ours = time.monotonic(), asyncio.current_task()
    try:
        value = await in_database(ask)
        if len(_found) >= MOST:
            _found.clear()
        if _asking.get(key) is ours:  # else what was read has been forgotten meanwhile
            _found[key] = begun + seconds, value
        return value
    finally:
        if _asking.get(key) is ours:
            del _asking[key]


def _heard(asked: asyncio.Future[Any]) -> None:
    """What went wrong while nobody waited is heard by whoever asks when it is too old."""
    if not asked.cancelled():
        asked.exception()


def forget() -> None:
    """For tests, and for whoever has just changed something here."""
    _found.clear()
    _asking.clear()  # what is under way may have read the old


# ---------------------------------------------------------------------- who answers, on what terms
@dataclass(kw_only=True)
class Terms:
    """Who is asked first, and what holds for that."""

    chain: list[Route]
    limiting: list[ProviderQuota]
    price: Pricing
    is_smooth: bool  # no limit on calls, no failure or rest lately: nobody else has to be asked
    key: Secret | None  # opened once for all of these calls
    blank_call: ProviderCall  # what they have in common: to copy it is quicker than to make each
    is_rough: bool = False  # something was not as it is known here: the longer way for a moment


async def terms_of(brand: Brand, *models: str) -> Terms:
    return await remembered(("terms", brand.id, models), lambda: _terms(brand, models))


def _terms(brand: Brand, models: tuple[str, ...]) -> Terms:
    chain = routes.find(brand, *models)
    first = chain[0]
    limiting = [] if first.kind.is_free else quotas.applying(brand, first.provider)
    key = _key(first.provider)
    return Terms(
        chain=chain,
        limiting=limiting,
        price=Pricing(brand, first),
        is_smooth=key is not None and _is_smooth(first.provider),
        key=key,
        blank_call=_blank_call(brand, first, limiting),
    )


def _key(provider: Provider | None) -> Secret | None:
    try:
        return Secret("") if provider is None else open_key(provider)
    except CannotOpen:
        return None  # the course knows how to say that


def _is_smooth(provider: Provider | None) -> bool:
    if provider is None:
        return True
    if provider.max_concurrency or provider.requests_per_minute:
        return False
    return not limits.is_troubled(provider)


def _blank_call(brand: Brand, route: Route, limiting: list[ProviderQuota]) -> ProviderCall:
    call = ProviderCall(
        brand=brand,
        number=1,
        provider=route.provider,
        provider_name=route.name,
        kind=route.kind.name,
        model=route.model,
    )
    call.may_run_over = all(quota.mode != Mode.HARD for quota in limiting)
    return call


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
            brand_id=self._brand.id,
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
def fresh(row: Row) -> Row:
    """Copy a row that is still to be saved; `copy` looks at each of its values for that."""
    state = ModelState()
    state.fields_cache = dict(row._state.fields_cache)
    found: Row = object.__new__(type(row))
    found.__dict__.update(row.__dict__, _state=state)
    return found


async def kind_of(name: str) -> AIJobType:
    """The type of a job with the gateway's own queue; `births` sees to it that it is not old."""
    return await remembered(("kind", name), lambda: _kind(name), seconds=KIND_SECONDS)


def blank_job(kind: AIJobType, access: Access) -> AIJob:
    """What the jobs of one caller have in common: to copy it is quicker than to make each anew."""
    brand = access.brand_to_create_in()
    place = "blank", kind.id, kind.versions, brand.id, access.user.id
    until, job = _found.get(place, (0.0, None))
    if until < time.monotonic() or job is None:
        job = AIJob(
            job_type=kind, brand=brand, created_by=access.user, moved_by=access.user,
            status=JobStatus.PENDING, is_async=False, queue=kind.queue,
            timeout_seconds=kind.timeout_seconds,
        )  # fmt: skip
        _found[place] = time.monotonic() + SECONDS, job
    return fresh(job)


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
