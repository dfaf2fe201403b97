"""What tokens cost: what an admin has written first, the list that ships second, else unknown."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Any

from django.db.models import Q

from ai_core.pricing import UNKNOWN, Priced, PriceStatus, rounded
from ai_providers.asking import TokenUse, count_in
from ai_providers.kinds import kinds
from ai_providers.models import ModelPrice

log = logging.getLogger(__name__)
MILLION = Decimal(1_000_000)
MOST = Decimal(10) ** 9
FREE = Priced(amount=Decimal(0), status=PriceStatus.FREE, source="local", version="")
NOTHING = Priced(amount=Decimal(0), status=PriceStatus.NONE)


def price(  # noqa: PLR0913  (each of them decides which price counts)
    use: TokenUse,
    *,
    brand_id: int,
    provider: str,
    kind: str,
    model: str,
    base_url: str = "",
    at: datetime,
) -> Priced:
    """Return what this many tokens cost at that moment."""
    if kind in kinds() and kinds()[kind].is_free:
        return FREE
    if use.prompt is None and use.completion is None:
        return UNKNOWN
    own = own_price(brand_id=brand_id, provider=provider, kind=kind, model=model, at=at)
    if own is not None:
        return believable(by_own(own, use))
    return believable(by_list(use, kind=kind, model=model, base_url=base_url, at=at))


def believable(found: Priced) -> Priced:
    """An amount that no call can cost is an error in a price list, and unknown."""
    return UNKNOWN if found.amount is not None and found.amount >= MOST else found


def own_price(
    *, brand_id: int, provider: str, kind: str, model: str, at: datetime
) -> ModelPrice | None:
    """The most particular row counts: brand before all, provider before kind before any."""
    rows = ModelPrice.objects.filter(
        Q(only_for=brand_id) | Q(only_for=None),
        model__iexact=model,
        provider__in=[provider, kind, ""],
        valid_from__lte=at,
    )

    def rank(row: ModelPrice) -> tuple[bool, int, datetime]:
        nearness = {provider: 2, kind: 1}.get(row.provider, 0)
        return row.only_for_id is not None, nearness, row.valid_from

    return max(rows, key=rank, default=None)


def by_own(row: ModelPrice, use: TokenUse) -> Priced:
    cached = min(use.cached or 0, use.prompt or 0)
    cached_price = (
        row.input_per_million if row.cached_per_million is None else row.cached_per_million
    )
    amount = (
        ((use.prompt or 0) - cached) * row.input_per_million
        + cached * cached_price
        + (use.completion or 0) * row.output_per_million
    ) / MILLION
    return Priced(
        amount=rounded(amount),
        status=PriceStatus.PRICED,
        source="admin",
        version=f"{row.pk}@{row.valid_from:%Y-%m-%d}",
    )


@cache
def _list_version() -> str:
    return version("genai-prices")


def by_list(use: TokenUse, *, kind: str, model: str, base_url: str, at: datetime) -> Priced:
    from genai_prices import Usage, calc_price  # noqa: PLC0415  (26 MB, and only when asked)

    listed_as = kinds()[kind].price_list if kind in kinds() else ""
    where: dict[str, Any] = (
        {"provider_id": listed_as} if listed_as else {"provider_api_url": base_url}
    )
    if not listed_as and not base_url:
        return UNKNOWN
    try:
        found = calc_price(
            Usage(
                input_tokens=use.prompt or 0,
                output_tokens=use.completion or 0,
                cache_read_tokens=min(use.cached or 0, use.prompt or 0),
            ),
            model.strip(),
            genai_request_timestamp=at,
            **where,
        )
    except (LookupError, ValueError):
        return UNKNOWN
    if not found.total_price and use.total:
        return UNKNOWN  # the list says 0 for what it prices by the hour
    return Priced(
        amount=rounded(found.total_price),
        status=PriceStatus.PRICED,
        source="genai-prices",
        version=_list_version(),
    )


def book(entry: Mapping[str, Any], brand_id: int, at: datetime) -> Priced | None:
    """The price book of this app: it prices entries of kind `llm` (door: `ai_core.pricing`)."""
    if entry.get("kind") != "llm":
        return None
    return price(
        TokenUse(
            prompt=count_in(entry, "prompt_tokens"),
            completion=count_in(entry, "completion_tokens"),
            cached=count_in(entry, "cached_tokens"),
        ),
        brand_id=brand_id,
        provider=str(entry.get("provider") or ""),
        kind=str(entry.get("provider_kind") or ""),
        model=str(entry.get("model") or ""),
        base_url=str(entry.get("base_url") or ""),
        at=at,
    )
