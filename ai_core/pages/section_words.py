"""What an extension says of a job, as people read it: amounts, spans and shares by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from ai_core.pages import words

# Said elsewhere on the page, or of use to programs only.
LEFT_OUT = frozenset(
    {"currency", "success", "success_rate", "execution_time_seconds", "price_version", "id"}
)
MOST = 16


def told(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The members that say something, each with its value in words."""
    shown = dict(said)
    if shown.get("known_cost") == shown.get("total_cost"):
        shown.pop("known_cost", None)
    found = [
        (words.type_title(name), _in_words(name, value))
        for name, value in shown.items()
        if name not in LEFT_OUT and _says_something(value)
    ]
    return found[:MOST]


def _says_something(value: Any) -> bool:
    return value not in (None, "", 0) and not isinstance(value, dict | list)


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name.endswith("_cost"):
        return words.money(value)
    if name.endswith("_seconds"):
        return words.duration(value)
    if name.endswith("_ms"):
        return words.duration(float(value) / 1000)
    if isinstance(value, int | float):
        return str(number_format(value, force_grouping=True))
    text = str(value)
    return _(text.replace("_", " ")) if text.isidentifier() else text
