"""The door for what else may be said of a job when it is made: an app keeps it in its own tables.

Each option is a choice between words, is a member of the creating call and a field of the wizard,
and is kept in the transaction in which the job is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from ai_core.models import AIJob


@dataclass(frozen=True, kw_only=True)
class JobOption:
    name: str
    label: str | Promise
    choices: Mapping[str, str | Promise]
    help_text: str
    keep: Callable[[Sequence[tuple[AIJob, str]]], None]


_options: dict[str, JobOption] = {}


def register(option: JobOption) -> None:
    if option.name in _options:
        raise ValueError(f"There are two options named {option.name!r}")
    _options[option.name] = option


def options() -> list[JobOption]:
    return list(_options.values())


def keep(chosen: Sequence[tuple[AIJob, Mapping[str, str]]]) -> None:
    """Hand each option what was chosen of it; jobs for which nothing was, cost nothing."""
    for option in _options.values():
        theirs = [(job, words[option.name]) for job, words in chosen if words.get(option.name)]
        if theirs:
            option.keep(theirs)
