"""The fake provider's Anthropic side: the Messages API with the same misbehaving models."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from ai_providers.fake.behaviour import REFUSALS, text_of


async def answer(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    model = str(body.get("model"))
    if model in REFUSALS:
        return _refused(model)
    if "max_tokens" not in body or any(m["role"] == "system" for m in body["messages"]):
        return web.json_response({"type": "error", "error": {"message": "Bad."}}, status=400)
    words = text_of(model, body["messages"])[: body["max_tokens"]]
    why = "end_turn" if len(words) == len(text_of(model, body["messages"])) else "max_tokens"
    # What came from the cache is not among their input tokens.
    usage = {"input_tokens": 7, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 2}
    if not body.get("stream"):
        content = [{"type": "text", "text": " ".join(words)}]
        value = {"id": "msg_1", "model": model, "content": content, "stop_reason": why}
        return web.json_response(value | {"usage": usage | {"output_tokens": len(words)}})
    return await _streamed(request, model, words=words, why=why, usage=usage)


def _refused(model: str) -> web.Response:
    refusal = REFUSALS[model]
    error = {"type": refusal.type, "message": refusal.message}
    return web.json_response(
        {"type": "error", "error": error}, status=refusal.status, headers=dict(refusal.headers)
    )


async def _streamed(
    request: web.Request, model: str, *, words: list[str], why: str, usage: dict[str, Any]
) -> web.StreamResponse:
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await stream.prepare(request)
    head = {"id": "msg_1", "model": model, "usage": usage | {"output_tokens": 1}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": head}, {"type": "ping"}]
    for number, word in enumerate(words):
        text = word if not number else f" {word}"
        delta = {"type": "text_delta", "text": text}
        events.append({"type": "content_block_delta", "index": 0, "delta": delta})
    if model == "cut":
        del events[5:]
    elif model == "errevent":
        events[5:] = [{"type": "error", "error": {"message": "It broke inside."}}]
    else:
        end = {"type": "message_delta", "delta": {"stop_reason": why}}
        events.append(end | {"usage": {"output_tokens": len(words)}})
        events.append({"type": "message_stop"})
    for event in events:
        line = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
        await stream.write(line.encode())
    return stream
