"""Finishes the OpenAPI document: all errors are one shared answer with one list of codes."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.urls import get_resolver

from brands.errors import declared_errors
from megahub.api.errors import CODES

_REFERENCE = {"$ref": "#/components/responses/Error"}
_BRAND = {"$ref": "#/components/parameters/Brand"}
# What the framework's own errors mean; the others say it in their docstring.
_MEANINGS = {
    "METHOD_NOT_ALLOWED": "The address does not answer that method; `Allow` says which it does.",
    "NOT_ACCEPTABLE": "The call answers JSON only.",
    "LENGTH_REQUIRED": "Send Content-Length.",
    "UNSUPPORTED_MEDIA_TYPE": "Send application/json, not compressed.",
    "RATE_LIMITED": "Too many calls; try again after `Retry-After` seconds.",
    "INTERNAL_ERROR": "Our fault; name `request_id` when you report it.",
}


def codes() -> dict[str, tuple[int, str]]:
    """Return every error code with its status and what it means."""
    found = {code: (status, _MEANINGS.get(code, "")) for status, code in CODES.items()}
    _ = get_resolver().url_patterns  # loads every door, and with it every error that it declares
    for kind in declared_errors():
        if not apps.is_installed(kind.__module__.partition(".")[0]):
            continue
        meaning = (kind.__doc__ or "").strip().partition("\n")[0]
        if kind.code not in found or not found[kind.code][1]:
            found[kind.code] = (kind.status, meaning)
    found.pop("ERROR", None)
    return dict(sorted(found.items(), key=lambda item: (item[1][0], item[0])))


def describe_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing hook: add the shared answer and point every operation to it."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = _error_schema()
    components.setdefault("responses", {})["Error"] = {
        "description": _list_of_codes(),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    components.setdefault("parameters", {})["Brand"] = _brand_header()
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            operation["responses"].setdefault("default", _REFERENCE)
            if operation.get("security"):
                operation.setdefault("parameters", []).append(_BRAND)
    return result


def _brand_header() -> dict[str, Any]:
    return {
        "name": "X-Brand",
        "in": "header",
        "required": False,
        "description": "Slug or id of the brand; a key has its own and needs none.",
        "schema": {"type": "string"},
    }


def _error_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Further members are facts of the code, like `limit_bytes`.",
        "required": ["detail", "error_code"],
        "properties": {
            "detail": {"type": "string", "description": "A sentence for people."},
            "error_code": {"type": "string", "enum": list(codes())},
            "errors": {
                "type": "object",
                "description": "Invalid fields by dotted path.",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
        },
        "additionalProperties": True,
    }


def _list_of_codes() -> str:
    return f"An error.\n\n{table_of_codes()}"


def table_of_codes() -> str:
    """Return the list in Markdown, as the document and `docs/errors.md` show it."""
    rows = [f"| `{code}` | {status} | {text} |" for code, (status, text) in codes().items()]
    return "\n".join(["| code | status | when |", "| --- | --- | --- |", *rows])
