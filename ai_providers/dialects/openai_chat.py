"""OpenAI's chat API as a client speaks it: bodies, streams, and how a cut one is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from ai_providers import wire
from ai_providers.asking import ChatRequest, Piece, TokenUse, count_in
from ai_providers.credentials import Secret
from ai_providers.dialects.refusals import clean, refusal
from ai_providers.failures import ProviderFailure, Reason
from ai_providers.kinds.contract import Target

MOST_BYTES = 32 * 2**20


def body_of(request: ChatRequest, *, model: str, limit_name: str) -> dict[str, Any]:
    body: dict[str, Any] = {**request.options, "model": model, "messages": request.messages}
    if request.max_tokens is not None:
        body[limit_name] = request.max_tokens
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.as_json:
        body.setdefault("response_format", {"type": "json_object"})
    if request.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def _headers(key: Secret) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if key:
        headers["Authorization"] = f"Bearer {key.reveal()}"
    return headers


async def pieces(target: Target, request: ChatRequest, *, limit_name: str) -> AsyncIterator[Piece]:
    body = body_of(request, model=target.model, limit_name=limit_name)
    address = f"{target.base_url.rstrip('/')}/chat/completions"
    async with wire.sent(
        "POST", address, headers=_headers(target.key), limits=target.limits, body=body
    ) as answer:
        if answer.status != 200:
            raise refusal(answer.status, answer.headers, await answer.read(65_536), key=target.key)
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            yield whole(await answer.read(MOST_BYTES))
            return
        async for piece in _streamed(answer, target.key):
            yield piece


async def vectors(target: Target, request: ChatRequest) -> AsyncIterator[Piece]:
    """Ask for the vectors of the request's texts; they are in `raw`, as the provider sent them."""
    body = {**request.options, "model": target.model, "input": list(request.inputs or ())}
    address = f"{target.base_url.rstrip('/')}/embeddings"
    async with wire.sent(
        "POST", address, headers=_headers(target.key), limits=target.limits, body=body
    ) as answer:
        data = await answer.read(MOST_BYTES)
        if answer.status != 200:
            raise refusal(answer.status, answer.headers, data[:65_536], key=target.key)
    value = _object(data)
    listed = value.get("data")
    if not isinstance(listed, list) or len(listed) != len(request.inputs or ()):
        raise ProviderFailure(Reason.GARBLED, "It did not send one vector for each text.")
    usage = value.get("usage")
    prompt = count_in(usage, "prompt_tokens")
    use = None if prompt is None else TokenUse(prompt=prompt, completion=0)
    yield Piece(
        finish_reason="stop", use=use, model=str(value.get("model") or ""), done=True, raw=value
    )


async def models(target: Target) -> list[str]:
    address = f"{target.base_url.rstrip('/')}/models"
    async with wire.sent(
        "GET", address, headers=_headers(target.key), limits=target.limits
    ) as answer:
        body = await answer.read(MOST_BYTES)
        if answer.status != 200:
            raise refusal(answer.status, answer.headers, body[:65_536], key=target.key)
    listed = _object(body).get("data")
    if not isinstance(listed, list):
        raise ProviderFailure(Reason.GARBLED, "Its list of models cannot be read.")
    return [str(one["id"]) for one in listed if isinstance(one, dict) and "id" in one]


# ---------------------------------------------------------------------- reading
def _object(data: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise ProviderFailure(Reason.GARBLED, "What it sent is no JSON object.")
    return value


def whole(data: bytes) -> Piece:
    """Read an answer that came in one body."""
    value = _object(data)
    try:
        choice = value["choices"][0]
        message = choice["message"]
        text = message.get("content") or ""
        if not isinstance(text, str):
            raise TypeError
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ProviderFailure(Reason.GARBLED, "Its answer has no message.") from None
    return Piece(
        text=text,
        tool_calls=_tool_calls(message),
        finish_reason=str(choice.get("finish_reason") or "stop"),
        use=use_of(value.get("usage")),
        response_id=str(value.get("id") or ""),
        model=str(value.get("model") or ""),
        done=True,
        raw=value,
    )


async def _streamed(answer: wire.Answered, key: Secret) -> AsyncIterator[Piece]:
    """Yield the events; an end without `[DONE]` or a reason to finish is a cut, and is told."""
    finished = False
    async for data in answer.events():
        if data == b"[DONE]":
            yield Piece(done=True)
            return
        value = _object(data)
        if value.get("error"):
            raise _error_event(value["error"], key)
        piece = chunk(value)
        finished = finished or bool(piece.finish_reason)
        yield piece
    if not finished:
        raise ProviderFailure(Reason.CUT, "It closed the stream before the answer was complete.")
    yield Piece(done=True)


def _error_event(error: Any, key: Secret) -> ProviderFailure:
    said = error.get("message", "") if isinstance(error, dict) else str(error)
    return ProviderFailure(
        Reason.SERVER_ERROR, f"It broke off: {clean(str(said), key) or 'no explanation'}"
    )


def chunk(value: dict[str, Any]) -> Piece:
    choices = value.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    choice = choice if isinstance(choice, dict) else {}
    delta = choice.get("delta")
    delta = delta if isinstance(delta, dict) else {}
    text = delta.get("content")
    return Piece(
        text=text if isinstance(text, str) else "",
        tool_calls=_tool_calls(delta),
        finish_reason=str(choice.get("finish_reason") or "") or None,
        use=use_of(value.get("usage")),
        response_id=str(value.get("id") or ""),
        model=str(value.get("model") or ""),
        raw=value,
    )


def _tool_calls(message: dict[str, Any]) -> list[dict[str, Any]] | None:
    found = message.get("tool_calls") or []
    shaped = isinstance(found, list) and all(
        isinstance(one, dict) and isinstance(one.get("function") or {}, dict) for one in found
    )
    if not shaped:
        raise ProviderFailure(Reason.GARBLED, "Its tool calls have a shape that is unknown.")
    return found or None


def use_of(usage: Any) -> TokenUse | None:
    """Read a usage object; what is missing stays unknown, and an explicit zero stays a zero."""
    if not isinstance(usage, dict):
        return None
    prompt, completion = count_in(usage, "prompt_tokens"), count_in(usage, "completion_tokens")
    if prompt is None and completion is None:
        return None
    cached = count_in(usage.get("prompt_tokens_details"), "cached_tokens")
    reasoning = count_in(usage.get("completion_tokens_details"), "reasoning_tokens")
    if cached is not None:
        cached = min(cached, prompt or 0)
    return TokenUse(prompt=prompt, completion=completion, cached=cached, reasoning=reasoning)
