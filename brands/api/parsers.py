"""Reads the body of an API call through the strict JSON gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, ClassVar

from rest_framework.parsers import BaseParser

from brands import strict_json
from brands.errors import Invalid

_KINDS: dict[type, str] = {dict: "an object, like {…}", list: "a list, like […]"}


class StrictJSONParser(BaseParser):
    """The top level must be an object, unless the subclass of a view's own says otherwise."""

    media_type = "application/json"
    limits: ClassVar[strict_json.Limits] = strict_json.LIMITS
    top_level: ClassVar[type] = dict

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        _refuse_charset(media_type or "")
        data = stream.read(self.limits.size + 1)
        value = strict_json.loads(data, limits=self.limits)
        if not isinstance(value, self.top_level):
            raise Invalid(f"The body must be {_KINDS[self.top_level]}.", reason="top_level")
        return value


class StrictJSONListParser(StrictJSONParser):
    """For calls that take many things at once."""

    top_level = list


def _refuse_charset(media_type: str) -> None:
    """JSON is UTF-8; another charset would be read wrongly, so it is refused."""
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        charset = value.strip(' "').lower()
        if name.strip().lower() == "charset" and charset not in {"utf-8", "utf8"}:
            raise Invalid(f"The charset {charset[:40]!r} is not supported: send UTF-8.")
