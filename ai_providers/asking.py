"""What is asked of a model, and what comes back: the same words for every kind of provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_TOKENS = 2**31  # of one call; more is no count


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """A question. `options` holds what only some providers know, under OpenAI's names."""

    messages: list[dict[str, Any]]
    inputs: tuple[str, ...] | None = None
    """Texts to turn into vectors, instead of a conversation to go on with."""
    model: str = ""
    """As asked for: `m-1`, `acme/m-1`, or empty for the brand's first."""
    fallbacks: tuple[str, ...] = ()
    """Further models to try, in this order, when nobody answers for the first."""
    max_tokens: int | None = None
    temperature: float | None = None
    options: dict[str, Any] = field(default_factory=dict)
    as_json: bool = False
    """The answer is to be one JSON object; the messages say so, too."""
    stream: bool = True
    """Have it sent piece by piece: then a stop saves money, and silence is noticed."""


@dataclass(frozen=True, kw_only=True)
class TokenUse:
    """Tokens as a provider counts them; cached and reasoning tokens are among the others."""

    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None
    reasoning: int | None = None
    source: str = "provider"  # or estimated

    @property
    def total(self) -> int | None:
        if self.prompt is None and self.completion is None:
            return None
        return (self.prompt or 0) + (self.completion or 0)


@dataclass(slots=True, kw_only=True)
class Piece:
    """What one event of an answer brings. `raw` is the chunk in OpenAI's shape, if it has one."""

    text: str = ""
    tool_calls: list[dict[str, Any]] | None = None
    finish_reason: str | None = None
    use: TokenUse | None = None
    response_id: str = ""
    model: str = ""
    done: bool = False
    raw: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class Answer:
    """A whole answer, or as much of it as there was when it broke off."""

    text: str = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    finish_reason: str = ""
    use: TokenUse | None = None
    response_id: str = ""
    model: str = ""
    ended: bool = False
    raw: dict[str, Any] | None = None
    notes: list[dict[str, Any]] = field(default_factory=list)
    engine: str = ""
    _texts: list[str] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        if piece.text:
            self._texts.append(storable(piece.text))
        if piece.tool_calls:
            _merge(self.tool_calls, piece.tool_calls)
        if piece.finish_reason:
            self.finish_reason = storable(piece.finish_reason)[:30]
        self.use = piece.use or self.use
        self.response_id = self.response_id or storable(piece.response_id)[:120]
        self.model = self.model or storable(piece.model)[:200]
        self.ended = self.ended or piece.done or bool(piece.finish_reason)

    def close(self) -> Answer:
        """Join the pieces; call it once, at the end."""
        self.text += "".join(self._texts)
        self._texts.clear()
        return self


def count_in(found: Any, name: str) -> int | None:
    """A number of tokens as a provider says it; what is none, or beyond belief, is unknown."""
    value = found.get(name) if isinstance(found, dict) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < MOST_TOKENS else None


def storable(text: str) -> str:
    """Without NUL, which no database column takes."""
    return text.replace("\0", "")


def _merge(calls: list[dict[str, Any]], deltas: list[dict[str, Any]]) -> None:
    """Put the pieces of streamed tool calls together, each by its index."""
    for delta in deltas:
        index = delta.get("index", len(calls))
        if not isinstance(index, int) or not 0 <= index < 256:
            continue
        while len(calls) <= index:
            calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        call, function = calls[index], delta.get("function") or {}
        call["id"] = call["id"] or storable(str(delta.get("id") or ""))
        call["function"]["name"] += storable(str(function.get("name") or ""))
        call["function"]["arguments"] += storable(str(function.get("arguments") or ""))
