"""Checks the input of a job against its type's JSON Schema, and names the path that fails."""

from functools import lru_cache
from typing import Any

import orjson
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ai_core.errors import InvalidInput

MOST_PROBLEMS = 20


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Draft202012Validator:
    return Draft202012Validator(orjson.loads(schema))


def problems(schema: dict[str, Any], input_data: Any) -> dict[str, list[str]]:
    """Return what is wrong, by dotted path; empty when nothing is."""
    if not isinstance(input_data, dict):
        return {"input_data": [_("Send an object.")]}
    if not schema:
        return {}
    found: dict[str, list[str]] = {}
    for count, error in enumerate(_validator(orjson.dumps(schema)).iter_errors(input_data)):
        if count >= MOST_PROBLEMS:
            break
        found.setdefault(_path(error), []).append(_sentence(error))
    return found


def check(schema: dict[str, Any], input_data: Any) -> None:
    found = problems(schema, input_data)
    if found:
        first = next(iter(found))
        raise InvalidInput(
            _("The input is not valid: %(path)s: %(message)s")
            % {"path": first, "message": found[first][0]},
            errors=found,
        )


def _path(error: ValidationError) -> str:
    path = ["input_data", *(str(part) for part in error.absolute_path)]
    if error.validator == "required":
        missing = next((name for name in error.validator_value if name not in error.instance), None)
        if missing:
            path.append(missing)
    return ".".join(path)


def _sentence(error: ValidationError) -> str:
    match error.validator:
        case "required":
            return _("This field is required.")
        case "additionalProperties":
            return error.message[:300]
        case "enum":
            allowed = ", ".join(str(value) for value in error.validator_value)
            return _("Must be one of: %(allowed)s.") % {"allowed": allowed}
        case _:
            return error.message[:300]
