"""The door through which extensions add to the page of a job: cards, buttons, styles, scripts.

An app registers its part in its `ai_extension.py`; the core's pages never learn whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from ai_core.models import AIJob
    from brands.access import Access

# What the templates of the part read as `own`; None: this job has no such part.
Find = Callable[[HttpRequest, "Access", "AIJob", str], Mapping[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class JobPart:
    """Templates for places of the page; they see all that the page sees, and `own` besides."""

    name: str
    """Of the section whose plain card it replaces."""
    find: Find
    """Called with the request, the access, the job and the name of the tab."""
    actions: str = ""
    """Buttons of the head, in place of the core's own `resume`."""
    alerts: str = ""
    """What needs a decision: above everything, on every tab."""
    measures: str = ""
    """Figures beside the progress, instead of the core's."""
    main: str = ""
    """Before the log, on the overview."""
    below: str = ""
    """After the log, on the overview."""
    side: str = ""
    """First in the narrow column of the overview."""
    dialogs: str = ""
    """Outside of what the page keeps replacing."""
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    """Modules; plain scripts that they need come by `libraries`."""
    libraries: tuple[str, ...] = ()


_parts: dict[str, JobPart] = {}


def register(part: JobPart) -> None:
    if part.name in _parts:
        raise ValueError(f"There are two parts named {part.name!r}")
    _parts[part.name] = part


def parts_of(
    request: HttpRequest, access: Access, job: AIJob, tab: str
) -> list[tuple[JobPart, Mapping[str, Any]]]:
    """The parts that this job has, each with what it found."""
    found = ((part, part.find(request, access, job, tab)) for part in _parts.values())
    return [(part, own) for part, own in found if own is not None]
