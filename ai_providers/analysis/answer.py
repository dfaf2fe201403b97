"""Reads a model's answer: JSON of the right shape, or a sentence that says what is wrong."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import orjson

from ai_providers.analysis.question import ANSWER

_CHECK = jsonschema.Draft202012Validator(ANSWER)
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


class Unreadable(ValueError):
    """The answer is not what was asked for."""


def read(text: str) -> dict[str, Any]:
    """Return the object, found in a fence or in a sentence, too; raise Unreadable."""
    value = _object(text)
    wrong = sorted(_CHECK.iter_errors(value), key=lambda one: list(map(str, one.absolute_path)))
    if wrong:
        raise Unreadable("; ".join(_said(one) for one in wrong[:5]))
    return value


def _said(error: jsonschema.ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path)) or "the answer"
    return f"{where}: {error.message}"[:200]


def _object(text: str) -> dict[str, Any]:
    fenced = _FENCE.search(text)
    tried = [text, fenced.group(1) if fenced else "", text[text.find("{") : text.rfind("}") + 1]]
    for candidate in tried:
        try:
            value = orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict):
            return value
    raise Unreadable("It holds no JSON object.")
