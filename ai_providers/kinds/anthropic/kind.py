"""Speaks to Anthropic."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ai_providers import wire
from ai_providers.asking import ChatRequest, Piece
from ai_providers.dialects.refusals import refusal
from ai_providers.failures import ProviderFailure, Reason
from ai_providers.kinds.anthropic import messages
from ai_providers.kinds.contract import Kind, Target

VERSION = "2023-06-01"
MOST_BYTES = 32 * 2**20


class Anthropic(Kind):
    name = "anthropic"
    default_base_url = "https://api.anthropic.com"
    price_list = "anthropic"

    async def pieces(self, target: Target, request: ChatRequest) -> AsyncIterator[Piece]:
        if request.inputs is not None:
            raise ProviderFailure(Reason.MODEL_UNKNOWN, "Anthropic has no vectors of texts.")
        body = messages.body_of(request, model=target.model)
        address = f"{_root(target)}/v1/messages"
        async with wire.sent(
            "POST", address, headers=_headers(target), limits=target.limits, body=body
        ) as answer:
            if answer.status != 200:
                said = await answer.read(65_536)
                raise refusal(answer.status, answer.headers, said, key=target.key)
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                yield messages.whole(await answer.read(MOST_BYTES))
                return
            reader = messages.Reader(target.key)
            async for data in answer.events():
                if (piece := reader.read(data)) is not None:
                    yield piece
                if reader.ended:
                    return
        raise ProviderFailure(Reason.CUT, "It closed the stream before the answer was complete.")

    async def models(self, target: Target) -> list[str]:
        address = f"{_root(target)}/v1/models?limit=1000"
        async with wire.sent(
            "GET", address, headers=_headers(target), limits=target.limits
        ) as answer:
            body = await answer.read(MOST_BYTES)
            if answer.status != 200:
                raise refusal(answer.status, answer.headers, body[:65_536], key=target.key)
        listed = messages.object_of(body).get("data")
        if not isinstance(listed, list):
            raise ProviderFailure(Reason.GARBLED, "Its list of models cannot be read.")
        return [str(one["id"]) for one in listed if isinstance(one, dict) and "id" in one]


def _root(target: Target) -> str:
    return target.base_url.rstrip("/").removesuffix("/v1")


def _headers(target: Target) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "anthropic-version": VERSION,
        "x-api-key": target.key.reveal(),
    }
