"""Prints tables for people and JSON for programs; nothing from the hub can drive the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

_GAP = "  "


def as_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    cells = [list(heads), *[[plain(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        line = _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())


def pairs(facts: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, those without a value left out."""
    shown = [(name, plain(value)) for name, value in facts if value not in (None, "", [], {})]
    width = max((len(name) for name, _value in shown), default=0)
    for name, value in shown:
        print(f"{name.ljust(width)}{_GAP}{value}")


def plain(value: Any) -> str:
    """Write a value on one line, without anything that a terminal would obey."""
    if value is None:
        return "-"
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else " " for one in str(value))


def log_line(line: dict[str, Any]) -> str:
    """Write a line of a job's log; what is piped on is left as it came."""
    message = str(line["message"])
    if sys.stdout.isatty():
        message = "".join(one if one.isprintable() or one == "\t" else "�" for one in message)
    return f"{local(line['time'])} {line['level'].upper():<7} {message}"


def local(moment: str | None) -> str:
    """Write a moment of the hub's in the time of this machine."""
    if not moment:
        return "-"
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
