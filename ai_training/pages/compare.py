"""Up to ten runs over one another: curves, costs, and what sets their settings apart (MON-16)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core.pages import words
from ai_training import runs, trackers
from ai_training.models import CostSegment, TrainingRun
from ai_training.pages import figures
from brands.access import Access
from brands.pages.reading import for_readers

LEAST = 2


@for_readers
def compare_page(request: HttpRequest, access: Access) -> HttpResponse:
    asked = _references(request.GET.getlist("ids"))
    found = _runs(access, asked[: runs.MOST_COMPARED])
    only = request.GET.get("only") == "differences"
    facts: dict[str, Any] = {
        "crumbs": [(_("Trainings"), reverse("trainings")), (_("Compare"), None)],
        "access": access,
        "missing": len(asked[: runs.MOST_COMPARED]) - len(found),
        "left_out": len(asked) - len(asked[: runs.MOST_COMPARED]),
        "only": only,
        "ids": ",".join(str(run.pk) for run in found),
    }
    if len(found) >= LEAST:
        rows = [_said(row) for row in runs.differences(found)]
        facts |= {
            "runs": _heads(found),
            "rows": [row for row in rows if row["differs"] or not only],
            "differences": sum(row["differs"] for row in rows),
            "names": {run.pk: name_of(run) for run in found},
        }
    return render(request, "ai_training/compare.html", facts)


def name_of(run: TrainingRun) -> str:
    return run.name or run.job.description or words.type_title(run.job.job_type.name)


def _references(given: list[str]) -> list[str]:
    texts = [one.strip() for text in given for one in text[:2_000].split(",")]
    return list(dict.fromkeys(one for one in texts if one))


def _runs(access: Access, references: list[str]) -> list[TrainingRun]:
    """Those that this person may see, in the order in which they were named."""
    plain = [int(one) for one in references if one.isascii() and one.isdigit() and len(one) < 19]
    seen = TrainingRun.objects.for_brand(access.scope).filter(
        Q(pk__in=plain) | Q(job__job_id__in=references), job__deleted_at__isnull=True
    )
    seen = seen.select_related("job__job_type", "dataset", "configuration", "offer")
    by_name = {}
    for run in seen:
        by_name[str(run.pk)] = by_name[run.job.job_id] = run
    found = dict.fromkeys(by_name[one].pk for one in references if one in by_name)
    return [by_name[str(number)] for number in found]


def _heads(found: list[TrainingRun]) -> list[dict[str, Any]]:
    segments: dict[int, list[CostSegment]] = {}
    for one in CostSegment.objects.filter(job__in=[run.pk for run in found]).order_by("number"):
        segments.setdefault(one.job_id, []).append(one)
    return [_head(run, segments.get(run.pk, []), tone) for tone, run in enumerate(found)]


def _head(run: TrainingRun, segments: list[CostSegment], tone: int) -> dict[str, Any]:
    tracker = trackers.Tracker(run=run, job=run.job, segments=segments)
    return {
        "run": run,
        "name": name_of(run),
        "tone": tone,
        "cost": tracker.spent,
        "seconds": tracker.as_dict()["active_seconds"],
        "best": figures.written("validation_loss", run.best_loss),
        "best_step": run.best_step,
        "latest": figures.written("training_loss", run.latest.get("training_loss")),
    }


def _said(row: dict[str, Any]) -> dict[str, Any]:
    name = row["name"].removeprefix("hyperparameters.")
    values = [_text(value) for value in row["values"]]
    return {"name": figures.setting_title(name), "values": values, "differs": row["differs"]}


def _text(value: Any) -> str:
    if value is None:
        return words.UNKNOWN
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)[:240]
    return f"{value:g}" if isinstance(value, float) else str(value)[:240]
