"""Anthropic's Messages format: our words into theirs, and theirs into ours."""

from __future__ import annotations

from typing import Any

import orjson

from ai_providers.asking import MOST_TOKENS, ChatRequest, Piece, TokenUse, count_in
from ai_providers.credentials import Secret
from ai_providers.dialects.refusals import clean
from ai_providers.failures import ProviderFailure, Reason

DEFAULT_MAX_TOKENS = 4096  # the format demands a limit
REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_SAME = ("top_p", "metadata")
_UNTRANSLATED = ("tools", "tool_choice", "functions", "response_format")


def body_of(request: ChatRequest, *, model: str) -> dict[str, Any]:
    for name in _UNTRANSLATED:
        if request.options.get(name):
            raise ProviderFailure(
                Reason.INPUT_REFUSED,
                f"'{name}' cannot be sent to Anthropic by this hub: leave it out.",
            )
    system = [_text(m) for m in request.messages if m.get("role") in ("system", "developer")]
    turns = [
        {"role": m["role"], "content": _text(m)}
        for m in request.messages
        if m.get("role") in ("user", "assistant")
    ]
    body: dict[str, Any] = {
        "model": model,
        "messages": turns,
        "max_tokens": request.max_tokens or DEFAULT_MAX_TOKENS,
        "stream": request.stream,
    }
    if system:
        body["system"] = "\n\n".join(system)
    if request.temperature is not None:
        body["temperature"] = min(request.temperature, 1.0)
    stop = request.options.get("stop")
    if stop:
        body["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    body |= {name: request.options[name] for name in _SAME if name in request.options}
    return body


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text", "") for part in parts if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def object_of(data: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise ProviderFailure(Reason.GARBLED, "What it sent is no JSON object.")
    return value


def whole(data: bytes) -> Piece:
    value = object_of(data)
    content = value.get("content")
    if not isinstance(content, list):
        raise ProviderFailure(Reason.GARBLED, "Its answer has no content.")
    texts = [str(b.get("text", "")) for b in content if isinstance(b, dict)]
    return Piece(
        text="".join(texts),
        finish_reason=REASONS.get(str(value.get("stop_reason")), "stop"),
        use=_use(value.get("usage")),
        response_id=str(value.get("id") or ""),
        model=str(value.get("model") or ""),
        done=True,
    )


class Reader:
    """Reads a stream's events; the tokens come in two halves, at its beginning and its end."""

    def __init__(self, key: Secret) -> None:
        self.ended = False
        self._key = key
        self._usage: dict[str, Any] = {}

    def read(self, data: bytes) -> Piece | None:
        event = object_of(data)
        match event.get("type"):
            case "message_start":
                message = event.get("message") or {}
                self._usage |= message.get("usage") or {}
                return Piece(
                    response_id=str(message.get("id") or ""),
                    model=str(message.get("model") or ""),
                    use=_use(self._usage),
                )
            case "content_block_delta":
                text = (event.get("delta") or {}).get("text")
                return Piece(text=text) if isinstance(text, str) else None
            case "message_delta":
                self._usage |= event.get("usage") or {}
                why = (event.get("delta") or {}).get("stop_reason")
                return Piece(
                    finish_reason=REASONS.get(str(why), "stop") if why else None,
                    use=_use(self._usage),
                )
            case "message_stop":
                self.ended = True
                return Piece(done=True)
            case "error":
                raise self._broken_off(event.get("error") or {})
        return None

    def _broken_off(self, error: dict[str, Any]) -> ProviderFailure:
        said = clean(str(error.get("message") or ""), self._key) or "no explanation"
        return ProviderFailure(Reason.SERVER_ERROR, f"It broke off: {said}")


def _use(usage: Any) -> TokenUse | None:
    """Their input tokens leave out what came from or went into the cache; ours count all."""
    if not isinstance(usage, dict) or "input_tokens" not in usage:
        return None
    cached = count_in(usage, "cache_read_input_tokens") or 0
    written = count_in(usage, "cache_creation_input_tokens") or 0
    new = count_in(usage, "input_tokens")
    if new is not None and new + cached + written >= MOST_TOKENS:
        new = None
    return TokenUse(
        prompt=None if new is None else new + cached + written,
        completion=count_in(usage, "output_tokens"),
        cached=cached if new is not None else None,
    )
