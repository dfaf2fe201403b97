"""The door for what a brand's people should hear of: a limit is nearly reached, for instance.

An app announces its notices here and says where the recent ones stand; whoever shows or sends
them (the bell in the pages, e-mail, webhooks) listens, and never learns whose they are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.dispatch import Signal
from django.utils.functional import Promise

if TYPE_CHECKING:
    from brands.models import Brand

log = logging.getLogger(__name__)

# Sent with `notices`, a list of BrandNotice, in the transaction in which they came about; each
# receiver in a savepoint of its own. They do database work only.
brand_noticed = Signal()


@dataclass(frozen=True, kw_only=True)
class BrandNotice:
    """Something that happened to a brand. `key` is the same whenever the same thing is told."""

    brand_id: int
    kind: str
    """A typed name like `quota_threshold`: what people choose to be told, or not."""
    key: str
    at: datetime
    level: str
    """`info`, `warning` or `error`."""
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    people: tuple[int, ...] = ()
    """Whom it concerns besides the managers."""


# A brand, how many at most → its newest notices, newest first.
Source = Callable[["Brand", int], Sequence[BrandNotice]]

_sources: list[Source] = []
_kinds: dict[str, str | Promise] = {}


def register_kind(kind: str, title: str | Promise) -> None:
    """Say what a kind of notice is about, for people who choose what to be told."""
    _kinds[kind] = title


def kinds() -> Mapping[str, str | Promise]:
    return dict(_kinds)


def register_source(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def recent(brand: Brand, *, most: int = 20) -> list[BrandNotice]:
    """Return the newest notices of a brand, from every app that has some."""
    found = [notice for source in _sources for notice in source(brand, most)]
    return sorted(found, key=lambda notice: notice.at, reverse=True)[:most]


def tell(notices: Sequence[BrandNotice]) -> None:
    """Announce notices that have just come about; a broken listener undoes nothing."""
    if not notices:
        return
    for receiver in brand_noticed._live_receivers(sender=None)[0]:
        try:
            with transaction.atomic():
                receiver(signal=brand_noticed, sender=None, notices=list(notices))
        except Exception:
            log.exception("a receiver of notices failed", extra={"receiver": repr(receiver)})
