"""One job as a line of a list shows it: the row that the API gives, and a few facts beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from ai_core import rows
from ai_core.actions import available_actions
from ai_core.models import AIJob
from ai_core.pages import words
from ai_core.statuses import FailureClass, JobStatus, Priority
from brands.access import Access

_BESIDE = ("stage", "substatus", "cancel_reason", "run_after", "waits_for", "attempt")


@dataclass(frozen=True)
class Line:
    """A job; `row` is its JSON, `beside` what lists of the API leave out."""

    row: dict[str, Any]
    beside: dict[str, Any]
    actions: frozenset[str]
    places: dict[int, int] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.row["id"]

    @property
    def status(self) -> str:
        return self.row["status"]

    @property
    def kind(self) -> str:
        return words.type_title(self.row["job_type"]["name"])

    @property
    def name(self) -> str:
        return self.row["description"] or _named(self.row) or self.kind

    @property
    def icon(self) -> str:
        return words.TYPE_ICONS.get(self.row["job_type"]["category"], "box")

    @property
    def created_at(self) -> datetime | None:
        return words.moment(self.row["created_at"])

    @property
    def shows_progress(self) -> bool:
        return self.status in (JobStatus.RUNNING, JobStatus.PAUSED)

    @property
    def is_urgent(self) -> bool:
        return self.row["priority"] in ("high", "urgent")

    @property
    def starts_at(self) -> str:
        """The moment before which it does not start, as the browser's scripts read it."""
        later: datetime | None = self.beside["run_after"]
        return later.isoformat() if later else ""

    @property
    def priority_word(self) -> str:
        return str(Priority.from_word(self.row["priority"]).label)

    @property
    def cause(self) -> str:
        known = self.row["failure_class"]
        return str(FailureClass(known).label) if known in FailureClass.values and known else ""

    @property
    def configuration(self) -> str:
        return configuration_of(self.row)

    @property
    def resources(self) -> dict[str, str]:
        return resources_of(self.row)

    @property
    def note(self) -> str:
        """One short line under the badge: what it does, why it waits, what went wrong."""
        match self.status:
            case "running":
                return self.beside["substatus"] or words.stage_title(self.beside["stage"])
            case "paused":
                return _("paused at %(number)s %%") % {"number": self.row["progress_percentage"]}
            case "failed" | "timeout":
                return self.row["error_message"].partition("\n")[0][:120]
            case "cancelled":
                return _(self.beside["cancel_reason"]) if self.beside["cancel_reason"] else ""
            case "pending":
                return self._why_pending()
        return ""

    def _why_pending(self) -> str:
        if self.beside["waits_for"]:
            return self.beside["substatus"] or self.beside["waits_for"]
        if self.beside["run_after"]:
            return _("starts %(time)s") % {"time": words.ago(self.beside["run_after"])}
        if place := self.places.get(self.id):
            return _("#%(place)s in its queue") % {"place": place}
        return ""


def _named(row: dict[str, Any]) -> str:
    """A job whose input has a name goes by it."""
    data = row["input_data"]
    name = data.get("name") if isinstance(data, dict) else None
    return name[:200] if isinstance(name, str) else ""


def configuration_of(row: dict[str, Any]) -> str:
    """What tells this job from others of its type, in one word: a model, an image, an address."""
    data = row["input_data"] if isinstance(row["input_data"], dict) else {}
    named = [
        (row.get("openai_job") or {}).get("model"),
        *(data.get(name) for name in ("image", "model", "preset", "base_model", "url", "language")),
    ]
    return next((str(one)[:120] for one in named if one and isinstance(one, str)), "")


def resources_of(row: dict[str, Any]) -> dict[str, str]:
    data = row["input_data"] if isinstance(row["input_data"], dict) else {}
    asked = data.get("resources")
    asked = asked if isinstance(asked, dict) else {}
    place = data.get("region") if isinstance(data.get("region"), str) else ""
    if asked.get("gpu"):
        text = f"{asked['gpu']} × {asked.get('gpu_model') or 'GPU'}"
        return {"icon": "zap", "text": text[:60], "place": place or row["queue"]}
    if asked.get("cpu"):
        return {"icon": "cpu", "text": f"{asked['cpu']} CPU"[:60], "place": place or row["queue"]}
    return {"icon": "cpu", "text": row["queue"], "place": place}


def line_of(row: rows.Row, access: Access) -> Line:
    """One job of which all details are known anyway."""
    shown = row.as_dict()
    beside = {name: shown.get(name) for name in _BESIDE} | {
        "run_after": words.moment(shown.get("run_after")), "waits_for": "",
    }  # fmt: skip
    return Line(shown, beside, frozenset(available_actions(row.facts, access)))


def lines(ids: Iterable[int], access: Access) -> list[Line]:
    """Return these jobs as lines, in the order given: one query for rows, one beside it."""
    found = rows.rows(ids)
    beside = {
        one["id"]: one
        for one in AIJob.objects.filter(pk__in=[row.id for row in found]).values("id", *_BESIDE)
    }
    return [
        Line(row.as_dict(), beside[row.id], frozenset(available_actions(row.facts, access)))
        for row in found
        if row.id in beside
    ]
