"""JSON as nested lists that open and close, without a script and without end."""

from __future__ import annotations

from typing import Any

import orjson
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

MOST_NODES = 1_500
LONG = 2_000
OPEN_DEPTH = 1


class _Budget:
    def __init__(self) -> None:
        self.left = MOST_NODES


def tree(value: Any) -> SafeString:
    """Draw a value; what is too much is cut, and says so."""
    budget = _Budget()
    return mark_safe(f'<div class="tree">{_node(value, "", 0, budget)}</div>')  # noqa: S308 (every text is escaped below)


def pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()


def _node(value: Any, key: str, depth: int, budget: _Budget) -> str:
    budget.left -= 1
    label = f'<span class="tree-key">{escape(key)}</span> ' if key else ""
    if budget.left < 0:
        return f"<div>{label}…</div>" if budget.left == -1 else ""
    if isinstance(value, dict | list) and value:
        return _branch(value, label, depth, budget)
    return f"<div>{label}{_leaf(value)}</div>"


def _branch(value: dict[str, Any] | list[Any], label: str, depth: int, budget: _Budget) -> str:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    count = ngettext("%(number)s entry", "%(number)s entries", len(value)) % {"number": len(value)}
    marks = "{}" if isinstance(value, dict) else "[]"
    inner = "".join(_node(one, str(name), depth + 1, budget) for name, one in pairs)
    is_open = " open" if depth <= OPEN_DEPTH and len(value) <= 40 else ""
    return (
        f"<details{is_open} data-keeps><summary>{label}"
        f'<span class="tree-note">{marks} {escape(count)}</span></summary>'
        f'<div class="tree-in">{inner}</div></details>'
    )


def _leaf(value: Any) -> str:
    if isinstance(value, str):
        cut = "…" if len(value) > LONG else ""
        return f'<span class="tree-text">{escape(value[:LONG])}{cut}</span>'
    return f'<span class="tree-value">{escape(orjson.dumps(value, default=str).decode())}</span>'
