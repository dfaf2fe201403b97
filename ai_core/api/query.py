"""Reads the parameters of calls that are no lists of jobs; each bad one is refused by its name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.request import Request

from brands.api.filters import refuse_unknown
from brands.errors import Invalid

_LARGEST = 2**63 - 1
_LONGEST = 200


class Query:
    """The parameters of one call: nothing but `names` may be there."""

    def __init__(self, request: Request, names: Iterable[str]) -> None:
        self.given = request.query_params
        refuse_unknown(request, names)

    def integer(self, name: str, default: int, *, least: int = 0, most: int = _LARGEST) -> int:
        text = self.given.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()) or len(text) > 19:
            refuse(name, _("Enter a whole number."))
        number = int(text)
        if not least <= number <= most:
            refuse(
                name,
                _("Enter a whole number from %(least)s to %(most)s.")
                % {"least": least, "most": most},
            )
        return number

    def words(self, name: str, valid: Iterable[str]) -> list[str]:
        known = list(valid)
        words = [word.strip() for word in self.given.get(name, "").split(",") if word.strip()]
        for word in words:
            if word not in known:
                allowed = ", ".join(known)
                refuse(name, _("Valid: %(allowed)s.") % {"allowed": allowed}, valid=known)
        return words

    def word(self, name: str, valid: Iterable[str], default: str) -> str:
        return (self.words(name, valid) or [default])[0]

    def text(self, name: str) -> str:
        text = self.given.get(name, "").strip()
        if "\0" in text or len(text) > _LONGEST:
            refuse(name, _("Enter at most %(most)s characters.") % {"most": _LONGEST})
        return text

    def moment(self, name: str) -> datetime | None:
        text = self.given.get(name)
        if not text:
            return None
        head, space, tail = text.rpartition(" ")
        if space and "T" in head and tail[:2].isdigit():
            text = f"{head}+{tail}"  # a plus sign that arrived as a space
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
        if found is None:
            refuse(name, _("Enter a date and time like 2026-01-31T14:30:00Z."))
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def refuse(name: str, sentence: str, **facts: Any) -> NoReturn:
    raise Invalid(f"{name}: {sentence}", errors={name: [sentence]}, **facts)
