"""What can be asked for: the job types, with their input, their pace and how they fare."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core import tally
from ai_core.execution import reach, registry
from ai_core.models import AIJobType
from ai_core.pages import schema_form, words
from ai_core.pages.json_tree import tree
from ai_core.pages.reading import for_readers
from ai_core.waiting import paces_of
from brands.access import Access
from brands.errors import NotFound


@for_readers
def job_types(request: HttpRequest, access: Access) -> HttpResponse:
    kinds = list(AIJobType.objects.select_related("queue").order_by("category", "name"))
    counts = _counts(access)
    paces = paces_of([kind.pk for kind in kinds])
    shown = [
        {
            **_shown(kind),
            "usual": paces[kind.pk].usual,
            "counts": counts.get(kind.pk, {}),
            "total": sum(counts.get(kind.pk, {}).values()),
            "success": _success(counts.get(kind.pk, {})),
        }
        for kind in kinds
    ]
    facts = {"crumbs": [(_("Job types"), None)], "access": access, "kinds": shown}
    return render(request, "ai_core/job_types.html", facts)


@for_readers
def job_type(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    kind = AIJobType.objects.filter(name=name).select_related("queue").first()
    if kind is None:
        raise NotFound
    counts = _counts(access).get(kind.pk, {})
    facts = {
        "crumbs": [(_("Job types"), reverse("job-types")), (words.type_title(name), None)],
        "access": access,
        "kind": _shown(kind),
        "row": kind,
        "members": schema_form.members(kind.input_schema, None),
        "schema_tree": tree(kind.input_schema),
        "pace": paces_of([kind.pk])[kind.pk],
        "counts": counts,
        "total": sum(counts.values()),
        "success": _success(counts),
        "stages": [words.stage_title(stage) for stage in kind.stages],
    }
    return render(request, "ai_core/job_type.html", facts)


def _shown(kind: AIJobType) -> dict[str, Any]:
    executor = registry.executor_named(kind.executor)
    why_not = reach.why_not(kind)
    return {
        "pk": kind.pk,
        "name": kind.name,
        "title": words.type_title(kind.name),
        "description": _(kind.description) if kind.description else "",
        "icon": words.TYPE_ICONS.get(kind.category, "box"),
        "category": kind.get_category_display(),
        "queue": kind.queue.name,
        "timeout": kind.timeout_seconds,
        "is_active": kind.is_active,
        "why_not": why_not,
        "can_pause": bool(executor and executor.can_pause),
    }


def _counts(access: Access) -> dict[int, dict[str, int]]:
    """By type and status, from the sums: a brand's million jobs are not counted for a page."""
    found: dict[int, dict[str, int]] = {}
    for pile in tally.piles(access.scope):
        of_type = found.setdefault(pile.job_type, {})
        of_type[pile.status] = of_type.get(pile.status, 0) + pile.jobs
    return found


def _success(counts: dict[str, int]) -> float | None:
    good = counts.get("completed", 0)
    ended = good + counts.get("failed", 0) + counts.get("timeout", 0)
    return good / ended if ended else None
