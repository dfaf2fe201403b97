"""A result as people read it: texts, tables and figures first, and the whole of it as a tree.

Nothing here knows a job type: a list of alike objects is a table, an object of plain values is a
list of figures, a long string is a text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ai_core.pages import words

MOST_ROWS = 50
MOST_COLUMNS = 6
LONG_TEXT = 80
MOST_TEXT = 20_000
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Block:
    kind: str  # text, table, facts
    title: str
    text: str = ""
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    left_out: int = 0


def blocks_of(result: Any) -> list[Block]:
    """Return what of a result can be shown at a glance, the texts first."""
    if not isinstance(result, dict):
        return []
    found = list(_walk(result, "", depth=0))
    order = {"text": 0, "facts": 1, "table": 2}
    return sorted(found, key=lambda block: order[block.kind])[:12]


def _walk(value: dict[str, Any], title: str, *, depth: int) -> list[Block]:
    found: list[Block] = []
    facts = []
    for key, inner in value.items():
        name = words.type_title(str(key))
        if isinstance(inner, str) and len(inner) > LONG_TEXT:
            shown = title if title and key in ("text", "content", "completion") else name
            found.append(Block("text", shown, text=inner[:MOST_TEXT]))
        elif isinstance(inner, _PLAIN):
            facts.append([name, inner])
        elif _is_table(inner):
            found.append(_table(name, inner))
        elif isinstance(inner, dict) and depth < 1:
            found += _walk(inner, name, depth=depth + 1)
    facts = [fact for fact in facts if fact[1] is not None and fact[1] != ""]
    if facts:
        found.append(Block("facts", title, rows=facts[:24], left_out=max(0, len(facts) - 24)))
    return found


def _is_table(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) for one in value[:MOST_ROWS])
        and any(isinstance(inner, _PLAIN) for inner in value[0].values())
    )


def _table(title: str, rows: list[dict[str, Any]]) -> Block:
    columns = [key for key, inner in rows[0].items() if isinstance(inner, _PLAIN)][:MOST_COLUMNS]
    return Block(
        "table",
        title,
        columns=[words.type_title(str(key)) for key in columns],
        rows=[[row.get(key) for key in columns] for row in rows[:MOST_ROWS]],
        left_out=max(0, len(rows) - MOST_ROWS),
    )
