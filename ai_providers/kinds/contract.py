"""What every kind of provider can do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from ai_core.outbound import Limits
from ai_providers.asking import ChatRequest, Piece
from ai_providers.credentials import Secret


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom to ask: an address, a key, and a model under the name that the provider uses."""

    base_url: str
    key: Secret
    model: str
    limits: Limits


class Kind:
    """One way of speaking to a provider. Both methods raise ProviderFailure."""

    name: ClassVar[str]
    default_base_url: ClassVar[str] = ""
    needs_key: ClassVar[bool] = True
    is_free: ClassVar[bool] = False
    price_list: ClassVar[str] = ""
    """The provider's id in genai-prices; empty: found by its address."""

    def pieces(self, target: Target, request: ChatRequest) -> AsyncIterator[Piece]:
        """Ask, and yield the answer as it comes; it ends with a piece that says `done`."""
        raise NotImplementedError

    async def models(self, target: Target) -> list[str]:
        """Ask which models there are; that also proves address and key."""
        raise NotImplementedError
