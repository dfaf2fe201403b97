"""A form made from a job type's JSON Schema: simple members as fields, the others as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ai_core.pages import words

LONG_TEXT = 1_000


@dataclass
class Member:
    """One member of the input as a field."""

    name: str
    label: str
    kind: str  # text, area, choice, number, integer, yes, lines, json, url
    hint: str = ""
    required: bool = False
    value: Any = ""
    choices: list[str] = field(default_factory=list)
    least: Any = None
    most: Any = None
    longest: Any = None
    problems: list[str] = field(default_factory=list)

    @property
    def field_id(self) -> str:
        return f"in-{self.name}"

    @property
    def field_name(self) -> str:
        return f"input.{self.name}"


def members(schema: Mapping[str, Any], given: Mapping[str, Any] | None) -> list[Member]:
    """Those that are required first, in the order of the schema."""
    required = set(schema.get("required", ()))
    found = [
        _member(name, rule, required=name in required, given=given)
        for name, rule in (schema.get("properties") or {}).items()
        if isinstance(rule, dict)
    ]
    return sorted(found, key=lambda one: (not one.required, one.kind == "json"))


def _member(
    name: str, rule: Mapping[str, Any], *, required: bool, given: Mapping[str, Any] | None
) -> Member:
    kind = _kind(rule)
    value = given[name] if given is not None and name in given else None
    if value is None and given is None:
        value = rule.get("default")
    title, hint = rule.get("title", ""), rule.get("description", "")
    return Member(
        name=name,
        label=_(title) if title else words.type_title(name),
        kind=kind,
        hint=_(hint) if hint else "",
        required=required,
        value=_shown(value, kind),
        choices=[str(one) for one in rule.get("enum", ())],
        least=rule.get("minimum"),
        most=rule.get("maximum"),
        longest=rule.get("maxLength"),
    )


def _kind(rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return "choice"
    kind = rule.get("type")
    if kind == "string":
        return _kind_of_text(rule)
    if kind == "array" and (rule.get("items") or {}).get("type") == "string":
        return "lines"
    return _SIMPLE.get(str(kind), "json")


_SIMPLE = {"integer": "integer", "number": "number", "boolean": "yes"}


def _kind_of_text(rule: Mapping[str, Any]) -> str:
    if rule.get("format") == "uri":
        return "url"
    is_long = rule.get("format") == "textarea" or rule.get("maxLength", 0) > LONG_TEXT
    return "area" if is_long else "text"


def _shown(value: Any, kind: str) -> Any:
    if value is None:
        return ""
    if kind == "lines":
        return "\n".join(str(one) for one in value) if isinstance(value, list) else str(value)
    if kind == "json":
        return json.dumps(value, indent=2, ensure_ascii=False)
    return value


def read(fields: list[Member], posted: Mapping[str, str]) -> dict[str, Any]:
    """Return the input that was typed; what cannot be read is noted at its field."""
    found: dict[str, Any] = {}
    for one in fields:
        text = posted.get(one.field_name, "").replace("\r\n", "\n")
        one.value = text
        if one.kind == "yes":
            one.value = one.field_name in posted
            if one.value or f"{one.field_name}.shown" in posted:
                found[one.name] = one.value
        elif text.strip():
            try:
                found[one.name] = _value(one.kind, text)
            except ValueError:
                one.problems.append(_not_readable(one.kind))
    return found


def _value(kind: str, text: str) -> Any:
    match kind:
        case "integer":
            return int(text)
        case "number":
            number = float(text)
            return int(number) if number.is_integer() else number
        case "lines":
            return [line.strip() for line in text.split("\n") if line.strip()]
        case "json":
            return json.loads(text)
        case "area":
            return text
    return text.strip()


def _not_readable(kind: str) -> str:
    return _("This is not valid JSON.") if kind == "json" else _("Enter a number.")


def place(fields: list[Member], errors: Mapping[str, Any]) -> list[str]:
    """Put each refusal at the field that it is about; return those that belong to none."""
    left = []
    by_name = {one.name: one for one in fields}
    for path, messages in errors.items():
        name = str(path).removeprefix("input_data.").partition(".")[0]
        texts = [str(one) for one in messages]
        if name in by_name:
            by_name[name].problems += texts
        else:
            left += texts
    return left
