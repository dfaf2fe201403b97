"""Makes of any value what JSON can say: tensors become numbers, what is no number says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def figures(values: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as JSON can say them; whatever has `item()` (a tensor) is asked for its number."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        number = value.item() if hasattr(value, "item") else value
        if number is not None:
            number = float(number)
            number = number if number - number == 0 else str(number)
        found[name] = number
    return found


def plain(value: Any) -> Any:
    """What JSON can say; anything else as its text, figures that are no numbers as null."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value - value != 0:
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
