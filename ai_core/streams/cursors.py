"""Where a reader is: what stands in `id:` of every event, and comes back as Last-Event-ID.

A cursor names positions and digests, never times, so two readers that have seen the same have
the same cursor; that is what lets them share one read.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Self

from django.utils.translation import gettext as _

from brands.errors import Invalid

LONGEST = 300
_NUMBERS = re.compile(r"[0-9a-f]{1,16}(?:-[0-9a-f]{1,16})*", re.ASCII)


class JobCursor(NamedTuple):
    """How far a reader has come with one job; zero stands for nothing yet."""

    job: int
    log: int = 0
    event: int = 0
    metric: int = 0  # the newest row; a row that was written again shows in the next two
    metric_attempt: int = 0
    metric_at: int = 0  # microseconds
    artifact: int = 0
    artifacts: int = 0  # digest of all up to `artifact`: one may be replaced
    stages: int = 0  # digests of what is shown whole
    progress: int = 0
    status: int = 0

    def __str__(self) -> str:
        return "j1-" + "-".join([f"{number:x}" for number in self])

    @property
    def is_fresh(self) -> bool:
        return not self.status

    @classmethod
    def parse(cls, text: str, *, job: int) -> Self:
        numbers = _numbers(text, "j1-", length=len(cls._fields))
        if numbers[0] != job:
            raise _not_a_cursor()
        return cls(*numbers)


class BrandCursor(NamedTuple):
    """Every status event up to this id is known to the reader."""

    event: int

    def __str__(self) -> str:
        return f"b1-{self.event:x}"

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(*_numbers(text, "b1-", length=1))


def _numbers(text: str, prefix: str, *, length: int) -> list[int]:
    body = text.removeprefix(prefix)
    if len(text) > LONGEST or body == text or not _NUMBERS.fullmatch(body):
        raise _not_a_cursor()
    numbers = [int(word, 16) for word in body.split("-")]
    if len(numbers) != length or max(numbers) >= 2**63:
        raise _not_a_cursor()
    return numbers


def _not_a_cursor() -> Invalid:
    sentence = _("This is not an id of an event of this stream. Leave it out to begin anew.")
    return Invalid(f"last_event_id: {sentence}", errors={"last_event_id": [str(sentence)]})
