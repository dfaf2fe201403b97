"""The one gate for JSON from outside: what passes can be stored, read back and shown."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, NoReturn

from brands.errors import Invalid, PayloadTooLarge

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_DIGITS_OF_64_BIT = 20
_LEAST, _MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be; `items` counts members of lists and objects together."""

    size: int = 1_048_576
    depth: int = 64
    items: int = 100_000


LIMITS = Limits()


class BadJSON(Invalid):
    """The document is not JSON that the hub can keep; `reason` says which rule it breaks."""

    def __init__(self, reason: str, sentence: str, **facts: Any) -> None:
        super().__init__(sentence, reason=reason, **facts)


def loads(data: bytes, *, limits: Limits = LIMITS) -> Any:
    """Read one JSON document, or raise `BadJSON` or `PayloadTooLarge`; nothing else."""
    if len(data) > limits.size:
        raise PayloadTooLarge(limit_bytes=limits.size)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJSON("not_utf8", f"The body is not UTF-8 at byte {error.start}.") from None
    _check_shape(text, limits)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        raise BadJSON(
            "syntax",
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            line=error.lineno,
            column=error.colno,
        ) from None
    if "\\u" in text:  # only an escape can smuggle in what the decoder refuses
        _check_strings(value)
    return value


def check_value(value: Any, *, limits: Limits = LIMITS) -> None:
    """Refuse a Python value (an executor's result) that JSON and PostgreSQL cannot both keep."""
    left = limits.items
    room = limits.size
    stack: list[tuple[Any, int]] = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if item is None or isinstance(item, bool):
            continue
        if isinstance(item, str):
            _check_text(item)
            room -= len(item)
        elif isinstance(item, int):
            _check_int(item)
        elif isinstance(item, float):
            _check_float(item)
        elif isinstance(item, dict | list | tuple):
            left -= len(item)
            if depth >= limits.depth:
                _too_deep(limits)
            stack.extend((child, depth + 1) for child in _children(item))
        else:
            raise BadJSON("type", f"A value of type {type(item).__name__} is not JSON.")
        if left < 0:
            _too_many(limits)
        if room < 0:
            raise PayloadTooLarge(limit_bytes=limits.size)


def _children(item: dict | list | tuple) -> list[Any]:
    if not isinstance(item, dict):
        return list(item)
    for key in item:
        if not isinstance(key, str):
            raise BadJSON("key", f"A key of type {type(key).__name__} is not JSON: use strings.")
    return [*item.keys(), *item.values()]


def _check_shape(text: str, limits: Limits) -> None:
    """Measure depth and width before parsing, so that a bomb costs nothing but this look."""
    bare = _STRING.sub("", text)
    openings = bare.count("[") + bare.count("{")
    if openings + bare.count(",") > limits.items:
        _too_many(limits)
    if openings <= limits.depth:
        return
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > limits.depth:
            _too_deep(limits)


def _check_strings(value: Any) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            _check_text(item)
        elif isinstance(item, dict | list):
            stack.extend(_children(item))


def _check_text(text: str) -> None:
    if found := _FORBIDDEN.search(text):
        name = "NUL" if found.group() == "\0" else "half of a surrogate pair"
        raise BadJSON("character", f"A text contains {name}, which cannot be stored.")


def _check_int(number: int) -> None:
    if not _LEAST <= number <= _MOST:
        raise BadJSON("number", "A whole number needs more than 64 bits: send it as a text.")


def _check_float(number: float) -> None:
    if not math.isfinite(number):
        raise BadJSON("number", "NaN and infinite numbers are not JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        times = Counter(key for key, _value in pairs)
        twice = times.most_common(1)[0][0]
        raise BadJSON("duplicate_key", f"The key {twice[:80]!r} is given twice in one object.")
    return result


def _constant(name: str) -> NoReturn:
    raise BadJSON("number", f"{name} is not JSON.")


def _float(text: str) -> float:
    number = float(text)
    _check_float(number)
    return number


def _int(text: str) -> int:
    if len(text) > _DIGITS_OF_64_BIT:
        raise BadJSON("number", "A whole number needs more than 64 bits: send it as a text.")
    number = int(text)
    _check_int(number)
    return number


def _too_deep(limits: Limits) -> NoReturn:
    raise BadJSON("depth", f"The document is nested deeper than {limits.depth} levels.")


def _too_many(limits: Limits) -> NoReturn:
    raise BadJSON("items", f"The document has more than {limits.items:,} members.")
