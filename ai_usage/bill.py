"""Adds up what the attempts of a job say they used. Unknown stays unknown, and is never zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ai_core import pricing
from ai_core.pricing import CURRENCY, Priced, PriceStatus

MOST = Decimal(10) ** 9  # what no job costs: beyond it an amount is an error, and unknown
TOKENS = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")


@dataclass(kw_only=True)
class Part:
    """What one provider with one model has contributed."""

    provider: str = ""
    model: str = ""
    currency: str = CURRENCY
    calls: int = 0
    cost: Decimal = Decimal(0)
    tokens: dict[str, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class Bill:
    """The whole job's: `cost` is None as soon as one entry has no known price."""

    parts: list[Part]
    main: Part
    cost: Decimal | None
    known_cost: Decimal
    status: PriceStatus
    source: str
    version: str
    usage_source: str
    first_token_ms: int | None
    tokens: dict[str, int | None]

    @property
    def total_tokens(self) -> int | None:
        prompt, completion = self.tokens["prompt_tokens"], self.tokens["completion_tokens"]
        if prompt is None and completion is None:
            return None
        return (prompt or 0) + (completion or 0)


def bill_of(usage: Iterable[Any], *, brand_id: int, at: datetime, anew: bool = False) -> Bill:
    """Add up the entries of `AIJobData.usage`; `anew` asks the price books again."""
    entries = [entry for entry in usage if isinstance(entry, Mapping)]
    parts: dict[tuple[str, str, str], Part] = {}
    prices: list[Priced] = []
    for entry in entries:
        priced = price_of(entry, brand_id=brand_id, at=at, anew=anew)
        prices.append(priced)
        part = _part(parts, entry)
        part.calls += 1
        part.cost += priced.amount or Decimal(0)
        for name in TOKENS:
            part.tokens[name] = part.tokens.get(name, 0) + (_count(entry.get(name)) or 0)
    best = _best(entries)
    main = _part(parts, best) if best else Part()
    # Two currencies make no sum: what is in another one is in its part, and the total is unknown.
    foreign = any(part.cost and part.currency != main.currency for part in parts.values())
    known = sum((p.cost for p in parts.values() if p.currency == main.currency), Decimal(0))
    unknown = foreign or any(one.amount is None for one in prices)
    told = next((one for one in reversed(prices) if one.source), pricing.UNKNOWN)
    return Bill(
        parts=list(parts.values()) or [Part()],
        main=main,
        cost=None if unknown or known >= MOST else known,
        known_cost=min(known, MOST),
        status=PriceStatus.UNPRICED if foreign or known >= MOST else _status(prices),
        source=told.source,
        version=told.version,
        usage_source=str((best or {}).get("usage_source") or "")[:10],
        first_token_ms=_count((best or {}).get("first_token_ms")),
        tokens={name: _total(entries, name) for name in TOKENS},
    )


def price_of(
    entry: Mapping[str, Any], *, brand_id: int, at: datetime, anew: bool = False
) -> Priced:
    """What the entry says it cost; where it says nothing, or `anew`, what the price books say."""
    said = "cost" in entry or "price_status" in entry
    if anew or not said:
        asked = pricing.cost_of(entry, brand_id=brand_id, at=_moment(entry, at))
        if asked.amount is not None or not said:
            return asked
        # Nobody knows it any more: what was known when it was used still counts.
    amount = _money(entry.get("cost"))
    status = str(entry.get("price_status") or "")
    if status not in set(PriceStatus):
        status = PriceStatus.UNPRICED if amount is None else PriceStatus.PRICED
    return Priced(
        amount=amount,
        status=PriceStatus(status),
        source=str(entry.get("price_source") or "")[:60],
        version=str(entry.get("price_version") or "")[:60],
    )


def _moment(entry: Mapping[str, Any], at: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(entry.get("at")))
    except ValueError:
        return at
    return found if found.tzinfo else at


def _part(parts: dict[tuple[str, str, str], Part], entry: Mapping[str, Any]) -> Part:
    provider = str(entry.get("provider") or "")[:60]
    model = str(entry.get("model") or "")[:200]
    currency = str(entry.get("currency") or CURRENCY)[:3].upper()
    new = Part(provider=provider, model=model, currency=currency)
    return parts.setdefault((provider, model, currency), new)


def _best(entries: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The call that gave the answer, or else the last one."""
    complete = [entry for entry in entries if entry.get("status", "completed") == "completed"]
    found = complete or entries
    return found[-1] if found else None


def _status(prices: list[Priced]) -> PriceStatus:
    """The worst news is what counts."""
    found = {one.status for one in prices}
    for status in (PriceStatus.UNPRICED, PriceStatus.PRICED, PriceStatus.FREE):
        if status in found:
            return status
    return PriceStatus.NONE


def _total(entries: list[Mapping[str, Any]], name: str) -> int | None:
    known = [count for entry in entries if (count := _count(entry.get(name))) is not None]
    return sum(known) if known else None


def _count(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 2**31 else None


def _money(value: Any) -> Decimal | None:
    """An amount as it should be written, a decimal string; anything else is unknown."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    usable = amount.is_finite() and Decimal(0) <= amount < MOST
    return pricing.rounded(amount) if usable else None
