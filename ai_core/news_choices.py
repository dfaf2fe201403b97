"""The door for what a person wants to see in the bell: whoever keeps such wishes answers here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brands.access import Access


@dataclass(frozen=True, kw_only=True)
class NewsChoices:
    """Kinds like `job.started` or `quota.threshold`, and numbers of jobs."""

    unwanted_kinds: frozenset[str] = frozenset()
    silent_jobs: frozenset[int] = frozenset()
    watched_jobs: frozenset[int] = frozenset()
    """Also of other people."""


_source: list[Callable[[Access], NewsChoices]] = []


def register(source: Callable[[Access], NewsChoices]) -> None:
    _source[:] = [source]


def choices_of(access: Access) -> NewsChoices:
    return _source[0](access) if _source else NewsChoices()
