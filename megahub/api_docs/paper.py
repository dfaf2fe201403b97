"""JSON as people read it: short things on one line, long ones cut, the same rows only once."""

import json
from typing import Any

WIDTH = 100
LONGEST_TEXT = 160
MOST_ROWS = 2
MOST_WORDS = 12
BRIEF = ("id", "job_id", "status")


class Comment(str):
    """A line in place of what is left out."""


def shortened(value: Any, *, brief: bool = False, deep: bool = False) -> Any:
    """Cut long texts and lists; `brief` shows jobs inside lists by their first members."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}…"
    if isinstance(value, dict):
        if brief and deep and set(BRIEF) <= set(value):
            return {**{name: value[name] for name in BRIEF}, "…": Comment("// … as above")}
        return {name: shortened(one, brief=brief, deep=True) for name, one in value.items()}
    if isinstance(value, list):
        most = MOST_WORDS if all(not isinstance(one, dict | list) for one in value) else MOST_ROWS
        kept: list[Any] = [shortened(one, brief=brief, deep=True) for one in value[:most]]
        if len(value) > most:
            kept.append(Comment(f"// … and {len(value) - most} more"))
        return kept
    return value


def chosen(value: Any, names: Any) -> Any:
    """Only these members of an object, and a word that there are more."""
    if not names or not isinstance(value, dict):
        return value
    found = {name: value[name] for name in names}
    return found if set(found) == set(value) else {**found, "…": Comment("// …")}


def written(value: Any, indent: str = "") -> str:
    """Write JSON with comments; an object that fits one line gets one line."""
    if isinstance(value, Comment):
        return str(value)
    if not _has_comment(value):
        line = json.dumps(value, ensure_ascii=False)
        if len(line) + len(indent) <= WIDTH or not isinstance(value, dict | list):
            return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [
            one if isinstance(one, Comment) else f"{json.dumps(name)}: {written(one, inner)}"
            for name, one in value.items()
        ]
        return _lines(parts, inner, "{", f"{indent}}}")
    return _lines([written(one, inner) for one in value], inner, "[", f"{indent}]")


def _has_comment(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_comment(one) for one in value.values())
    if isinstance(value, list):
        return any(_has_comment(one) for one in value)
    return isinstance(value, Comment)


def _lines(parts: list[str], inner: str, opening: str, closing: str) -> str:
    """Fill lines with short members, so that the page stays short."""
    lines: list[str] = []
    last = len([one for one in parts if not one.startswith("//")]) - 1
    for number, part in enumerate(parts):
        piece = part if part.startswith("//") or number >= last else f"{part},"
        fits = lines and "\n" not in piece + lines[-1] and "//" not in piece[:2] + lines[-1][:2]
        if fits and len(inner) + len(lines[-1]) + 1 + len(piece) <= WIDTH:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return "\n".join([opening, *(f"{inner}{line}" for line in lines), closing])
