"""Jobs beside each other: every fact as a line of cells, and whether the jobs differ in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ai_core.pages import words
from ai_core.statuses import FailureClass, JobStatus, Priority

LONGEST = 240
DEEPEST = 4
MOST_LINES = 300


@dataclass(frozen=True)
class Cells:
    """One fact of several jobs; a job that lacks it has None."""

    name: str
    values: tuple[str | None, ...]
    is_code: bool = False

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1

    @property
    def shown(self) -> list[str]:
        return [_short(words.UNKNOWN if one in (None, "") else str(one)) for one in self.values]

    @property
    def says_nothing(self) -> bool:
        return not any(one not in (None, "") for one in self.values)


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    lines: tuple[Cells, ...]
    left_out: int = 0

    @property
    def differences(self) -> int:
        return sum(line.differs for line in self.lines)


def sections_of(jobs: Sequence[dict[str, Any]]) -> list[Section]:
    """What can be compared of these jobs, each as `rows.details` tells it; empty parts are out."""
    found = [
        Section("facts", _("Facts"), tuple(one for one in _facts(jobs) if not one.says_nothing)),
        _paths("input", _("Input"), [job["input_data"] for job in jobs]),
        _paths("result", _("Result"), [job["result_data"] for job in jobs]),
        _paths("beside", _("Model, provider and use"), [_beside(job) for job in jobs]),
    ]
    return [one for one in found if one.lines]


def changes(before: dict[str, Any], now: dict[str, Any]) -> list[Cells]:
    """What may have made the difference: input, settings, model, provider (BEY-05)."""
    pair = (before, now)
    told = [
        Cells(_("Time-out"), tuple(words.duration(job["timeout_seconds"]) for job in pair)),
        Cells(_("Queue"), tuple(job["queue"] for job in pair)),
        Cells(_("Priority"), tuple(_priority(job) for job in pair)),
        *_paths("input", "", [job["input_data"] for job in pair]).lines,
        *_paths("beside", "", [{k: v for k, v in _beside(job).items() if k in _CAUSES}
                               for job in pair]).lines,
    ]  # fmt: skip
    return [line for line in told if line.differs]


_CAUSES = frozenset(
    {"openai_job.model", "openai_job.temperature", "openai_job.max_tokens",
     "usage.model", "usage.provider_name", "training.preset", "training.dataset"}
)  # fmt: skip
# Figures that say how it went, which the facts above or the result tell better.
_SAID_ELSEWHERE = frozenset({"usage.execution_time_seconds", "usage.success", "usage.success_rate"})


def _facts(jobs: Sequence[dict[str, Any]]) -> Iterator[Cells]:
    def line(name: str, values: Iterable[Any]) -> Cells:
        return Cells(name, tuple(None if one is None else str(one) for one in values))

    def moment(key: str) -> list[str]:
        return [words.absolute(words.moment(job[key])) for job in jobs]

    yield line(_("Status"), [JobStatus(job["status"]).label for job in jobs])
    yield line(_("Type"), [words.type_title(job["job_type"]["name"]) for job in jobs])
    yield line(_("Cost"), [words.money(job.get("cost")) for job in jobs])
    yield line(_("Duration"), [words.duration(job["execution_time_seconds"]) for job in jobs])
    yield line(_("Progress"), [f"{job['progress_percentage']} %" for job in jobs])
    yield line(_("Priority"), [_priority(job) for job in jobs])
    yield line(_("Queue"), [job["queue"] for job in jobs])
    yield line(_("Created by"), [(job["created_by"] or {}).get("username") for job in jobs])
    yield line(_("Created"), moment("created_at"))
    yield line(_("Started"), moment("started_at"))
    yield line(_("Finished"), moment("completed_at"))
    yield line(_("Attempts"), [job["attempt"] for job in jobs])
    yield line(_("Time-out"), [words.duration(job["timeout_seconds"]) for job in jobs])
    yield line(_("Release"), [(job["release"] or {}).get("name") for job in jobs])
    yield line(_("Tags"), [", ".join(job["tags"]) for job in jobs])
    if any(job["failure_class"] for job in jobs):
        yield line(_("Cause"), [_cause(job) for job in jobs])
        yield line(_("Message"), [job["error_message"] for job in jobs])
    if len({job["brand"]["id"] for job in jobs}) > 1:
        yield line(_("Brand"), [job["brand"]["name"] for job in jobs])


def _priority(job: dict[str, Any]) -> str:
    return str(Priority.from_word(job["priority"]).label)


def _cause(job: dict[str, Any]) -> str:
    known = job["failure_class"]
    return str(FailureClass(known).label) if known in FailureClass.values and known else known


def _beside(job: dict[str, Any]) -> dict[str, Any]:
    """What extensions say of a job, whoever they are; times of it are no setting."""
    found: dict[str, Any] = {}
    for name in ("openai_job", "usage", "training"):
        if isinstance(job.get(name), dict):
            found |= dict(flat(job[name], name))
    return {key: value for key, value in found.items() if key not in _SAID_ELSEWHERE}


def _paths(key: str, title: str, values: Sequence[Any]) -> Section:
    tables = [dict(flat(value)) for value in values]
    names = list(dict.fromkeys(name for table in tables for name in table))
    found = (Cells(name, tuple(table.get(name) for table in tables), is_code=True)
             for name in names)  # fmt: skip
    lines = [line for line in found if not line.says_nothing]
    return Section(key, title, tuple(lines[:MOST_LINES]), max(0, len(lines) - MOST_LINES))


def flat(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """`{"a": {"b": 1}}` → `("a.b", "1")`; a list, and what lies deep, is one text."""
    if isinstance(value, dict) and value and depth < DEEPEST:
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}" if path else str(name), depth + 1)
    elif value is not None and (path or value):
        yield path or "·", value if isinstance(value, str) else orjson.dumps(value).decode()


def _short(text: str) -> str:
    """A long list is told by its length, a long text by its beginning."""
    if len(text) > LONGEST and text.startswith("["):
        with suppress(orjson.JSONDecodeError):
            number = len(orjson.loads(text))
            said = ngettext("%(number)s entry", "%(number)s entries", number)
            return said % {"number": number}
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)})"
