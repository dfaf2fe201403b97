"""Speaks OpenAI's chat API to any address."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ai_providers.asking import ChatRequest, Piece
from ai_providers.dialects import openai_chat
from ai_providers.kinds.contract import Kind, Target


class OpenAICompatible(Kind):
    name = "openai_compatible"
    needs_key = False  # a server of one's own often has none

    def pieces(self, target: Target, request: ChatRequest) -> AsyncIterator[Piece]:
        if request.inputs is not None:
            return openai_chat.vectors(target, request)
        return openai_chat.pieces(target, request, limit_name="max_tokens")

    async def models(self, target: Target) -> list[str]:
        return await openai_chat.models(target)
