"""What a caller asks of a stream in the query string, refused where it is not understood."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from brands.errors import Invalid, UnknownFilter

ALWAYS = ("brand", "kinds", "last_event_id")
JOBS_AT_MOST = 200
TAIL_AT_MOST = 10_000


@dataclass(frozen=True)
class Asked:
    brand: str = ""
    kinds: frozenset[str] | None = None
    last_event_id: str = ""
    tail: int | None = None
    jobs: tuple[str, ...] | None = None


def asked(scope: Any, *, valid: Iterable[str], kinds: Iterable[str]) -> Asked:
    """Read the parameters; the header Last-Event-ID, which a browser sends, comes first."""
    query = scope["query_string"].decode("latin-1")
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=500):
        found.setdefault(name, []).append(value)
    _refuse_unknown(found, {*ALWAYS, *valid})
    header = [value for name, value in scope["headers"] if name.lower() == b"last-event-id"]
    last = header[0].decode("latin-1") if header else "".join(found.get("last_event_id", [])[-1:])
    return Asked(
        brand="".join(found.get("brand", [])[-1:]),
        kinds=_kinds(_words(found.get("kinds", ())), set(kinds)),
        last_event_id=last.strip(),
        tail=_tail(found["tail"][-1]) if "tail" in found else None,
        jobs=_jobs(_words(found["job"])) if "job" in found else None,
    )


def _words(values: Iterable[str]) -> list[str]:
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


def _refuse_unknown(found: Iterable[str], valid: set[str]) -> None:
    for name in found:
        if name not in valid:
            nearest = next(iter(difflib.get_close_matches(name, sorted(valid), n=1)), None)
            raise UnknownFilter(
                _("There is no filter '%(name)s'.") % {"name": name[:80]},
                unknown=name[:80],
                nearest=nearest,
                valid=sorted(valid),
            )


def _kinds(words: list[str], valid: set[str]) -> frozenset[str] | None:
    for word in words:
        if word not in valid:
            raise _invalid("kinds", _("There is no kind '%(word)s'.") % {"word": word[:80]}, valid)
    return frozenset(words) or None


def _tail(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 6 or int(text) > TAIL_AT_MOST:
        raise _invalid("tail", _("Enter a number from 0 to %(most)s.") % {"most": TAIL_AT_MOST})
    return int(text)


def _jobs(words: list[str]) -> tuple[str, ...]:
    if not 0 < len(words) <= JOBS_AT_MOST:
        raise _invalid("job", _("Name 1 to %(most)s jobs.") % {"most": JOBS_AT_MOST})
    return tuple(dict.fromkeys(words))


def _invalid(name: str, sentence: str, valid: Iterable[str] = ()) -> Invalid:
    facts: dict[str, Any] = {"valid": sorted(valid)} if valid else {}
    return Invalid(f"{name}: {sentence}", errors={name: [sentence]}, **facts)
