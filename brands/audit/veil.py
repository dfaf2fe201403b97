"""Takes secrets out of what is written down: by the name they have, and by the shape they have."""

from __future__ import annotations

import re
from typing import Any

VEIL = "…"
LONGEST = 300
MOST = 50
_NAMES = re.compile(
    r"pass(word|phrase)|secret|token(?!s)|digest|sealed|credential|private|otp|api_?key|authorization"
    r"|cookie|signature",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"mh_[a-z0-9]{10}_[A-Za-z0-9_-]{20,}"  # our keys
    r"|\bsk-[A-Za-z0-9_-]{8,}"  # a provider's
    r"|\bwhsec_[A-Za-z0-9+/=]{8,}"
    r"|\bBearer\s+\S+"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JWT
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",  # a password within an address
)


def names_secret(name: str) -> bool:
    return bool(_NAMES.search(name))


def veiled_text(text: str) -> str:
    return _SHAPES.sub(VEIL, text)


def veiled(value: Any, *, name: str = "") -> Any:
    """Return the value as it may be kept: without secrets, and not longer than one reads."""
    if name and names_secret(name):
        return VEIL if value not in (None, "", False) and value is not True else value
    if isinstance(value, dict):
        pairs = list(value.items())[:MOST]
        return {str(key): veiled(inner, name=str(key)) for key, inner in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [veiled(inner) for inner in list(value)[:MOST]]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = veiled_text(str(value).replace("\0", ""))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}{VEIL}"
