"""Speaks to OpenAI."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ai_providers.asking import ChatRequest, Piece
from ai_providers.dialects import openai_chat
from ai_providers.kinds.contract import Kind, Target


class OpenAI(Kind):
    name = "openai"
    default_base_url = "https://api.openai.com/v1"
    price_list = "openai"

    def pieces(self, target: Target, request: ChatRequest) -> AsyncIterator[Piece]:
        if request.inputs is not None:
            return openai_chat.vectors(target, request)
        # Its newer models refuse the older name of this limit.
        return openai_chat.pieces(target, request, limit_name="max_completion_tokens")

    async def models(self, target: Target) -> list[str]:
        return await openai_chat.models(target)
