"""Answers with the hub's own text engine. It quotes and counts; it writes nothing of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

from ai_core.text.analysis import ENGINE
from ai_providers import tokens
from ai_providers.asking import ChatRequest, Piece, TokenUse
from ai_providers.failures import ProviderFailure, Reason
from ai_providers.kinds.contract import Kind, Target
from ai_providers.kinds.local import gguf
from ai_providers.kinds.local.reply import reply_to


class Local(Kind):
    name = "local"
    needs_key = False
    is_free = True

    async def pieces(self, target: Target, request: ChatRequest) -> AsyncIterator[Piece]:
        if request.inputs is not None:
            raise ProviderFailure(
                Reason.MODEL_UNKNOWN, "The hub itself makes no vectors of texts: add a provider."
            )
        if target.model and target.model == gguf.model_name():
            async for piece in gguf.pieces(request):
                yield piece
            return
        if target.model != ENGINE:
            raise ProviderFailure(Reason.MODEL_UNKNOWN, f"The hub itself has one engine: {ENGINE}.")
        # A thread, so that a long text does not hold up other streams.
        text = await asyncio.to_thread(reply_to, request.messages)
        response_id = f"local-{uuid4().hex[:24]}"
        yield Piece(text=text, response_id=response_id, model=ENGINE)
        yield Piece(
            finish_reason="stop",
            use=TokenUse(
                prompt=tokens.of_messages(request.messages),
                completion=tokens.count(text),
                source="estimated",
            ),
        )
        yield Piece(done=True)

    async def models(self, target: Target) -> list[str]:
        """What a check finds; a model that cannot answer here says why."""
        name = gguf.model_name()
        if name and (why := gguf.unavailable()):
            raise ProviderFailure(Reason.MODEL_UNKNOWN, why)
        return [ENGINE, name] if name else [ENGINE]
