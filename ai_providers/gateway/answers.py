"""How answers look on the wire: OpenAI's bodies and chunks, under the job's own id."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from ai_providers import periods
from ai_providers.asking import Answer, Piece, TokenUse
from ai_providers.gateway.holding import Held
from ai_providers.models import ProviderCall
from ai_providers.models.quotas import Unit
from ai_providers.quotas import ZERO
from ai_providers.routes import LOCAL
from brands.models import Brand

DONE = b"data: [DONE]\n\n"
STREAM_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-store, no-transform"),
    (b"content-encoding", b"identity"),
    (b"x-accel-buffering", b"no"),
)


def alias(job_id: str) -> str:
    """OpenAI's name for a completion; the job's own random part makes it findable."""
    return f"chatcmpl-{job_id.removeprefix('ai_job_')}"


def event(value: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"


class Chunks:
    """Turns the pieces of one stream into chunks with one id, one time and one model."""

    def __init__(self, job_id: str, model: str, *, include_usage: bool) -> None:
        self._head: dict[str, Any] = {
            "id": alias(job_id),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._include_usage = include_usage
        self._has_begun = False
        self.usage: dict[str, Any] | None = None

    def of(self, piece: Piece) -> bytes | None:
        """Return the event for a piece, or nothing where it says nothing to a client."""
        raw = piece.raw
        if raw is None:
            choices = self._made(piece)
        else:
            self.usage = raw.get("usage") or self.usage
            choices = raw.get("choices") or []
            if not self._has_begun and piece.model:
                self._head["model"] = piece.model
        if not choices:
            return None
        self._has_begun = True
        value = {**self._head, "choices": choices}
        if raw is not None and raw.get("system_fingerprint"):
            value["system_fingerprint"] = raw["system_fingerprint"]
        if self._include_usage:
            value["usage"] = None
        return event(value)

    def _made(self, piece: Piece) -> list[dict[str, Any]]:
        delta: dict[str, Any] = {} if self._has_begun else {"role": "assistant", "content": ""}
        if piece.text:
            delta["content"] = piece.text
        if piece.tool_calls:
            delta["tool_calls"] = piece.tool_calls
        if not delta and not piece.finish_reason:
            return []
        return [{"index": 0, "delta": delta, "finish_reason": piece.finish_reason}]

    def end(self, call: ProviderCall) -> bytes:
        if not self._include_usage:
            return DONE
        usage = self.usage or usage_of(call)
        return event({**self._head, "choices": [], "usage": usage}) + DONE


def usage_of(call: ProviderCall) -> dict[str, Any]:
    """What was counted, by the provider or by us, in OpenAI's words."""
    use = TokenUse(prompt=call.prompt_tokens, completion=call.completion_tokens)
    return {
        "prompt_tokens": use.prompt or 0,
        "completion_tokens": use.completion or 0,
        "total_tokens": use.total or 0,
    }


def whole(answer: Answer, call: ProviderCall, *, job_id: str) -> bytes:
    """The body of an answer that is sent in one piece."""
    value = dict(answer.raw) if answer.raw else _made_whole(answer, call)
    if value.get("object") != "list":
        value["id"] = alias(job_id)
        value.setdefault("object", "chat.completion")
        value.setdefault("created", int(time.time()))
    value["usage"] = value.get("usage") or usage_of(call)
    value["megahub"] = {
        "job_id": job_id,
        "provider": call.provider_name,
        "cost": None if call.cost is None else str(call.cost),
        "price_status": str(call.price_status),
        "attempts": call.number,
    }
    return orjson.dumps(value)


def _made_whole(answer: Answer, call: ProviderCall) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": None}
    if answer.tool_calls:
        message["tool_calls"] = answer.tool_calls
    choice = {"index": 0, "message": message, "logprobs": None}
    return {
        "model": answer.model or call.model,
        "choices": [{**choice, "finish_reason": answer.finish_reason or "stop"}],
    }


def result(answer: Answer, call: ProviderCall) -> dict[str, Any]:
    """What the job keeps; the same as when a worker asks (`executors.result_of`)."""
    use = TokenUse(prompt=call.prompt_tokens, completion=call.completion_tokens)
    usage = {
        "prompt_tokens": use.prompt,
        "completion_tokens": use.completion,
        "total_tokens": use.total,
        "source": call.usage_source,
    }
    found = {"model": call.model, "provider": call.provider_name, "usage": usage}
    vectors = (answer.raw or {}).get("data")
    if isinstance(vectors, list):
        return {**found, "count": len(vectors), "response_id": answer.response_id}
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.tool_calls:
        message["tool_calls"] = answer.tool_calls
    return {
        **found,
        "content": answer.text,
        "message": message,
        "finish_reason": answer.finish_reason or "stop",
        "engine": call.model if call.kind == LOCAL else "",
        "response_id": answer.response_id,
    }


# ---------------------------------------------------------------------- headers
def headers(call: ProviderCall, *, job_id: str, has_ended: bool) -> list[tuple[str, str]]:
    """What every answer of a job says about it; the cost only once it is known."""
    found = [
        ("x-megahub-job-id", job_id),
        ("x-megahub-provider", call.provider_name),
        ("x-megahub-attempts", str(call.number)),
    ]
    if has_ended and call.cost is not None:
        found.append(("x-megahub-cost", str(call.cost)))
    return found


def rate_headers(minute: tuple[int, int] | None) -> list[tuple[str, str]]:
    """What is left of the provider's calls a minute, where it has such a limit."""
    if minute is None:
        return []
    limit, left = minute
    return [
        ("x-ratelimit-limit-requests", str(limit)),
        ("x-ratelimit-remaining-requests", str(left)),
        ("x-ratelimit-reset-requests", "60s"),
    ]


def limit_headers(holds: Iterable[Held], brand: Brand) -> list[tuple[str, str]]:
    """What is left of the month, as the row said that let this call in."""
    found: list[tuple[str, str]] = []
    for held in holds:
        left = max(held.left, ZERO)
        if held.unit == Unit.MONEY:
            found.append(("x-megahub-quota-remaining", f"{left:.6f}"))
            continue
        month = periods.month_of(brand)
        seconds = (periods.resets_at(brand, month) - datetime.now(UTC)).total_seconds()
        found += [
            ("x-ratelimit-limit-tokens", str(int(held.limit))),
            ("x-ratelimit-remaining-tokens", str(int(left))),
            ("x-ratelimit-reset-tokens", f"{max(int(seconds), 1)}s"),
        ]
    return found
