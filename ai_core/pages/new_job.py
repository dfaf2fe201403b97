"""A new job in three steps: its type, its input, and what would become of it (JOB-04).

The second step leaves a draft behind, so nothing is lost by a reload, and the third says what it
costs, how long it takes and when it would start before anything is spent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, localtime, make_aware
from django.utils.translation import gettext as _

from ai_core import job_options
from ai_core.analysis import analyse
from ai_core.execution import reach
from ai_core.models import AIJob, AIJobData, AIJobType, Release
from ai_core.models.job_types import Category
from ai_core.pages import schema_form, words
from ai_core.pages.job import find
from ai_core.pages.json_tree import pretty, tree
from ai_core.pages.reading import for_readers
from ai_core.services import JobService
from ai_core.statuses import JobStatus, Priority
from brands.access import Access
from brands.errors import BrandRequired, DomainError, NotAllowed

SHOWN_RELEASES = 100
FARTHEST = 2200  # the year; beyond it the clocks of zones run out
_FROM = ("from", "draft", "edit")


@for_readers
def new_job(request: HttpRequest, access: Access) -> HttpResponse:
    before = _before(request, access)
    if access.brand is None:
        raise BrandRequired(
            _("A new job belongs to one brand."), brand_id=before.brand_id if before else None
        )
    if not access.can_create:
        raise NotAllowed(_("You may look at the jobs of this brand, but not create any."))
    name = before.job_type.name if before else request.GET.get("type", "")
    kind = AIJobType.objects.filter(name=name, is_active=True).select_related("queue").first()
    facts: dict[str, Any] = {"crumbs": _crumbs(_("New job")), "access": access}
    if kind is None:
        return render(request, "ai_core/new_type.html", {**facts, "groups": types_by_category()})
    return _input_step(request, access, kind, before, facts)


def _before(request: HttpRequest, access: Access) -> AIJob | None:
    reference = next((found for word in _FROM if (found := request.GET.get(word))), None)
    return find(access, reference) if reference else None


def _changes_it(request: HttpRequest, job: AIJob | None) -> bool:
    """Is it this very job that the form changes, rather than a new one made from it?"""
    if job is None:
        return False
    by_word = {"draft": JobStatus.DRAFT, "edit": JobStatus.PENDING}
    return any(word in request.GET and job.status == status for word, status in by_word.items())


def types_by_category() -> list[dict[str, Any]]:
    found = AIJobType.objects.filter(is_active=True).order_by("name")
    shown = [
        {
            "name": kind.name,
            "title": words.type_title(kind.name),
            "description": _(kind.description) if kind.description else "",
            "icon": words.TYPE_ICONS.get(kind.category, "box"),
            "category": kind.category,
            "why_not": reach.why_not(kind),
            "seconds": kind.estimated_duration_seconds,
        }
        for kind in found
    ]
    return [
        {"label": category.label, "types": chosen}
        for category in Category
        if (chosen := [one for one in shown if one["category"] == category.value])
    ]


def _input_step(
    request: HttpRequest,
    access: Access,
    kind: AIJobType,
    before: AIJob | None,
    facts: dict[str, Any],
) -> HttpResponse:
    given = AIJobData.objects.get(pk=before.pk).input_data if before else None
    fields = schema_form.members(kind.input_schema, given)
    problems: list[str] = []
    details = _details(before, at=request.GET.get("at", ""))
    if request.method == "POST":
        details = request.POST.dict()
        input_data = schema_form.read(fields, request.POST)
        if not any(one.problems for one in fields):
            try:
                draft = _draft(request, access, kind, input_data, before)
                return HttpResponseRedirect(reverse("review-job", args=[draft.job_id]))
            except DomainError as error:
                problems = schema_form.place(fields, error.errors) or [str(error)]
    facts.update(
        kind=kind,
        title=words.type_title(kind.name),
        icon=words.TYPE_ICONS.get(kind.category, "box"),
        fields=[one for one in fields if one.required],
        more=[one for one in fields if not one.required],
        more_is_open=len(fields) <= 5 or any(one.problems for one in fields if not one.required),
        problems=problems,
        details=details,
        before=before,
        changes_it=_changes_it(request, before),
        priorities=[(one.word, one.label) for one in Priority],
        options=_options(request, before),
        releases=Release.objects.for_brand(access.scope)[:SHOWN_RELEASES],
    )
    status = 400 if request.method == "POST" else 200
    return render(request, "ai_core/new_input.html", facts, status=status)


def _options(request: HttpRequest, before: AIJob | None) -> list[dict[str, Any]]:
    """What apps let one choose besides; of a job that was made, they have it already."""
    if _changes_it(request, before):
        return []
    return [
        {
            "name": one.name,
            "label": one.label,
            "choices": one.choices.items(),
            "chosen": request.POST.get(one.name, ""),
        }
        for one in job_options.options()
    ]


def _details(before: AIJob | None, *, at: str) -> dict[str, Any]:
    if before is None:
        return {"priority": "normal"}
    return {
        "description": before.description,
        "priority": Priority(before.priority).word,
        "tags": ", ".join(before.tags),
        "release": str(before.release_id or ""),
        "run_after": _field_moment(_moment(at) or before.run_after),
    }


def _draft(
    request: HttpRequest,
    access: Access,
    kind: AIJobType,
    input_data: dict[str, Any],
    before: AIJob | None,
) -> AIJob:
    posted = request.POST
    wanted = {
        "description": posted.get("description", "").strip()[:500],
        "priority": posted.get("priority", "normal"),
        "tags": [tag.strip()[:40] for tag in posted.get("tags", "").split(",") if tag.strip()][:20],
        "run_after": _moment(posted.get("run_after", "")),
        "release": _release(access, posted.get("release", "")),
    }
    if wanted["priority"] not in Priority.words():
        wanted["priority"] = "normal"
    if before is not None and _changes_it(request, before):
        access.must_change(before.created_by_id)
        return JobService.change_job(before, user=access.user, input_data=input_data, **wanted)
    brand = access.brand_to_create_in()
    wanted["options"] = {
        one.name: word
        for one in job_options.options()
        if (word := posted.get(one.name, "")) in one.choices
    }
    return JobService.create_job(
        kind.name,
        input_data,
        access.user,
        brand,
        draft=True,
        origin=before,
        origin_kind="restart" if before else "",
        **wanted,
    )


def _field_moment(at: datetime | None) -> str:
    """As a field of the kind datetime-local holds it; what is over is no plan any more."""
    if at is None or at <= datetime.now(UTC):
        return ""
    return f"{localtime(at):%Y-%m-%dT%H:%M}"


def _moment(text: str) -> Any:
    try:
        found = parse_datetime(text)
    except ValueError:  # written like a moment, and none: the 31st of February
        found = None
    if found and found.year > FARTHEST:
        return None
    return make_aware(found, get_current_timezone()) if found and not found.tzinfo else found


def _release(access: Access, number: str) -> Release | None:
    if not number.isdigit():
        return None
    return Release.objects.for_brand(access.scope).filter(pk=int(number)).first()


@for_readers
def review_job(request: HttpRequest, access: Access, job_id: str) -> HttpResponse:
    """What would become of this draft; and the button that starts it."""
    job = find(access, job_id)
    if job.status != JobStatus.DRAFT:
        return HttpResponseRedirect(reverse("job", args=[job.job_id]))
    if request.method == "POST":
        access.must_change(job.created_by_id)
        try:
            JobService.submit_job(job, user=access.user)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)
        return HttpResponseRedirect(reverse("job", args=[job.job_id]))
    input_data = AIJobData.objects.get(pk=job.pk).input_data
    outlook = analyse(job, user_id=access.user.pk)
    facts = {
        "crumbs": _crumbs(job.description or words.type_title(job.job_type.name)),
        "access": access,
        "job": job,
        "title": words.type_title(job.job_type.name),
        "outlook": outlook,
        "said": {k: v for k, v in outlook.facts.items() if not isinstance(v, dict | list)},
        "refused": [one for one in outlook.blockers if one.effect == "refuses"],
        "delayed": [one for one in outlook.blockers if one.effect == "delays"],
        "input_tree": tree(input_data),
        "change_url": f"{reverse('new-job')}?{urlencode({'draft': job.job_id})}",
        "priority": Priority(job.priority).label,
        "call": request.build_absolute_uri("/ai/jobs/"),
        "call_body": pretty(
            {"job_type": job.job_type.name, "priority": Priority(job.priority).word,
             "description": job.description, "input_data": input_data}
        ),
    }  # fmt: skip
    return render(request, "ai_core/new_review.html", facts)


def _crumbs(last: str) -> list[tuple[str, str | None]]:
    return [(_("Jobs"), reverse("jobs")), (last, None)]
