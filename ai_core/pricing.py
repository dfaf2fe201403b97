"""The door for prices: one app brings a price book, any other may ask what something costs.

Siblings never import each other, so who computes costs (providers) and who books them (usage)
meet here. An unknown price is unknown: its amount is None, and never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

CURRENCY = "USD"  # the one currency that the hub accounts in: price lists are written in it
PLACES = Decimal("0.00000001")


class PriceStatus(StrEnum):
    PRICED = "priced"
    UNPRICED = "unpriced"  # something was used, and nobody knows what it costs
    FREE = "free"  # it costs nothing, and that is known
    NONE = "not_applicable"  # nothing was used


@dataclass(frozen=True, kw_only=True)
class Priced:
    """What something costs, and who says so."""

    amount: Decimal | None
    status: PriceStatus
    source: str = ""
    version: str = ""


UNKNOWN = Priced(amount=None, status=PriceStatus.UNPRICED)

# An entry of `AIJobData.usage`, whose brand, and the moment of use → its price; None: not mine.
PriceBook = Callable[[Mapping[str, Any], int, datetime], Priced | None]

_books: list[PriceBook] = []


def register_price_book(book: PriceBook) -> None:
    if book not in _books:
        _books.append(book)


def cost_of(entry: Mapping[str, Any], *, brand_id: int, at: datetime) -> Priced:
    """Ask every book in turn what an entry of a job's usage costs at that moment."""
    for book in _books:
        found = book(entry, brand_id, at)
        if found is not None:
            return found
    return UNKNOWN


def rounded(amount: Decimal) -> Decimal:
    """Cut to the places that the database keeps, so that sums of rows are sums of prices."""
    return amount.quantize(PLACES, rounding=ROUND_HALF_EVEN)
