"""One job: its page, in tabs that each have an address."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core import page_parts, rows
from ai_core.models import AIJob, Artifact, JobEvent, JobLog
from ai_core.pages import words
from ai_core.pages.failures import failure_of
from ai_core.pages.job_tabs import TABS
from ai_core.pages.lines import Line, line_of
from ai_core.pages.reading import answer, for_readers
from ai_core.pages.removed import notes_of
from ai_core.pages.section_words import told
from ai_core.statuses import FINAL, JobStatus
from ai_core.waiting import waiting_card
from brands.access import Access
from brands.errors import NotFound

STAGE_ICONS = {
    "pending": "circle-dashed",
    "active": "loader-circle",
    "completed": "check",
    "failed": "x",
    "recovering": "rotate-ccw",
}


@for_readers
def job_page(
    request: HttpRequest, access: Access, job_id: str, tab: str = "overview"
) -> HttpResponse:
    job = find(access, job_id)
    row = rows.details([job.pk])[0]
    shown = row.as_dict()
    line = line_of(row, access)
    parts = page_parts.parts_of(request, access, job, tab)
    facts: dict[str, Any] = {
        "crumbs": [(_("Jobs"), reverse("jobs")), (line.name, None)],
        "access": access,
        "job": job,
        "row": shown,
        "line": line,
        "tab": tab,
        "query": request.GET,
        "tabs": _tabs(job, tab),
        "is_final": job.status in FINAL,
        "waiting": waiting_card(job) if job.status not in FINAL else None,
        "failure": failure_of(shown, job),
        "stages": _stages(shown, job),
        "remaining": _remaining(shown),
        "main_action": _main_action(line),
        "parts": parts,
        "removed_notes": notes_of(shown["removed"]),
        "own_actions": any(part.actions for part, _own in parts),
        "own_measures": any(part.measures for part, _own in parts),
        "sections": _sections(shown, told_elsewhere={part.name for part, _own in parts}),
    }
    facts.update(TABS[tab](request, job, shown))
    return answer(request, f"ai_core/job_{tab}.html", facts, part=f"ai_core/job_{tab}.html")


def find(access: Access, reference: str) -> AIJob:
    found = (
        AIJob.objects.for_brand(access.scope)
        .named(reference)
        .select_related("job_type", "brand", "queue", "created_by", "release", "origin", "moved_by")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def _tabs(job: AIJob, current: str) -> list[dict[str, Any]]:
    counts = {
        "events": JobEvent.objects.filter(job=job).count(),
        "logs": JobLog.objects.filter(job=job).count(),
        "artifacts": Artifact.objects.filter(job=job).count(),
    }
    labels = {
        "overview": _("Overview"), "events": _("Event log"), "logs": _("Logs"),
        "artifacts": _("Artifacts"), "configuration": _("Configuration"), "history": _("History"),
    }  # fmt: skip
    base = f"/jobs/{quote(job.job_id)}/"
    return [
        {"name": name, "label": label, "url": base if name == "overview" else f"{base}{name}/",
         "count": counts.get(name), "is_current": name == current}
        for name, label in labels.items()
    ]  # fmt: skip


def _stages(row: dict[str, Any], job: AIJob) -> list[dict[str, Any]]:
    """The stages that ran, and those of the type that are still to come."""
    known = {one["name"]: one for one in row["stages"]}
    names = [*known, *(name for name in job.job_type.stages if name not in known)]
    names.sort(key=lambda name: _place(name, job.job_type.stages))
    return [
        {
            "name": name,
            "title": words.stage_title(name),
            "state": (found := known.get(name, {})).get("state", "pending"),
            "icon": STAGE_ICONS[found.get("state", "pending")],
            "seconds": found.get("seconds"),
            "substatus": found.get("substatus", ""),
        }
        for name in names
    ]


def _place(name: str, order: list[str]) -> int:
    return order.index(name) if name in order else len(order)


def _remaining(row: dict[str, Any]) -> float | None:
    """From its real speed; nothing is said before there is something to say."""
    spent, done = row["execution_time_seconds"], row["progress_percentage"]
    if row["status"] != JobStatus.RUNNING or not spent or not 3 <= done < 100:
        return None
    return float(spent) * (100 - done) / done


def _main_action(line: Line) -> str:
    """The one button that stands out: what people most probably want next."""
    for name in ("submit", "resume", "retry", "cancel", "restart"):
        if name in line.actions:
            return name
    return ""


def _sections(
    row: dict[str, Any], *, told_elsewhere: set[str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """What extensions say about this job, whoever they are."""
    found = []
    for name in ("openai_job", "usage", "training"):
        said = None if name in told_elsewhere else row.get(name)
        if isinstance(said, dict) and (plain := told(said)):
            found.append((words.type_title(name), plain))
    return found
