"""Making and changing a schedule: the type, its input as the wizard asks for it, and when."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core.models import AIJobType
from ai_core.pages import schema_form, words
from ai_core.pages.new_job import types_by_category
from ai_core.statuses import Priority
from ai_schedules import cron, rhythms, schedules
from ai_schedules.models import Schedule
from ai_schedules.pages.schedules import local_runs, schedule_of
from brands.access import Access
from brands.errors import DomainError, Invalid
from brands.pages.reading import for_readers

OWN = ("name", "cron", "time_zone", "description", "missed", "overlap", "most_missed", "tags")


@for_readers
def new_schedule(request: HttpRequest, access: Access) -> HttpResponse:
    brand = access.brand_to_create_in()
    rows = AIJobType.objects.filter(name=request.GET.get("type", ""), is_active=True)
    kind = rows.first()
    crumbs = [(_("Schedules"), reverse("schedules")), (_("New schedule"), None)]
    facts: dict[str, Any] = {"crumbs": crumbs, "access": access}
    if kind is None:
        return render(request, "ai_schedules/types.html", {**facts, "groups": types_by_category()})
    given = {
        "cron": "0 7 * * 1-5", "time_zone": brand.time_zone, "missed": "skip", "overlap": "skip",
        "most_missed": "10", "priority": "normal",
    }  # fmt: skip
    schedule = Schedule(brand=brand, created_by=access.user, job_type=kind)
    return _edited(request, schedule, given, facts, None)


@for_readers
def edit_schedule(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    schedule = schedule_of(access, number)
    access.must_change(schedule.created_by_id)
    here = reverse("schedule", args=[schedule.pk])
    crumbs = [(_("Schedules"), reverse("schedules")), (schedule.name, here), (_("Change"), None)]
    given = {name: str(getattr(schedule, name)) for name in OWN}
    given |= {"priority": Priority(schedule.priority).word, "tags": ", ".join(schedule.tags)}
    facts = {"crumbs": crumbs, "access": access}
    return _edited(request, schedule, given, facts, schedule.input_data)


def _edited(
    request: HttpRequest,
    schedule: Schedule,
    given: dict[str, str],
    facts: dict[str, Any],
    before: dict[str, Any] | None,
) -> HttpResponse:
    fields = schema_form.members(schedule.job_type.input_schema, before)
    errors: dict[str, list[str]] = {}
    problems: list[str] = []
    if request.method == "POST":
        given = {**given, **request.POST.dict()}
        input_data = schema_form.read(fields, request.POST)
        if not any(one.problems for one in fields):
            try:
                saved = _saved(schedule, {**_wanted(given), "input_data": input_data})
                return HttpResponseRedirect(reverse("schedule", args=[saved.pk]))
            except DomainError as error:
                errors = dict(error.errors)
                mine = {name: errors[name] for name in errors if name in given}
                others = {name: said for name, said in errors.items() if name not in mine}
                problems = schema_form.place(fields, others)
                problems += [] if errors else [str(error)]
    facts |= {
        "schedule": schedule,
        "kind": schedule.job_type,
        "title": words.type_title(schedule.job_type.name),
        "fields": [one for one in fields if one.required],
        "more": [one for one in fields if not one.required],
        "more_is_open": len(fields) <= 5 or any(one.problems for one in fields),
        "given": given,
        "errors": errors,
        "problems": problems,
        "priorities": [(one.word, one.label) for one in Priority],
        "missed_rules": Schedule.Missed.choices,
        "overlap_rules": Schedule.Overlap.choices,
        "common": rhythms.COMMON,
        "zones": sorted(available_timezones()),
        "back": reverse("schedule", args=[schedule.pk]) if schedule.pk else reverse("schedules"),
        **_preview(given["cron"], given["time_zone"]),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "ai_schedules/edit.html", facts, status=status)


def _wanted(given: dict[str, str]) -> dict[str, Any]:
    number = given.get("most_missed", "")
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= 100):
        sentence = _("Enter a whole number from %(least)s to %(most)s.") % {"least": 1, "most": 100}
        raise Invalid(sentence, errors={"most_missed": [sentence]})
    name = given.get("name", "").strip()
    if not 1 <= len(name) <= 120:
        sentence = _("Give it a name of 1 to 120 characters.")
        raise Invalid(sentence, errors={"name": [sentence]})
    tags = [tag.strip()[:40] for tag in given.get("tags", "").split(",") if tag.strip()]
    priority = given.get("priority", "")
    return {
        "name": name,
        "cron": given.get("cron", ""),
        "time_zone": given.get("time_zone", ""),
        "description": given.get("description", "").strip()[:500],
        "priority": priority if priority in Priority.words() else "normal",
        "tags": list(dict.fromkeys(tags))[:20],
        "missed": _known(given.get("missed"), Schedule.Missed),
        "overlap": _known(given.get("overlap"), Schedule.Overlap),
        "most_missed": int(number),
    }


def _known(word: str | None, choices: Any) -> str:
    return word if word is not None and word in choices.values else "skip"


def _saved(schedule: Schedule, wanted: dict[str, Any]) -> Schedule:
    if schedule.pk:
        return schedules.change(schedule, **wanted)
    return schedules.add(
        schedule.brand, user=schedule.created_by, job_type=schedule.job_type.name, **wanted
    )


@for_readers
def preview(request: HttpRequest, access: Access) -> HttpResponse:
    """The next runs of what is being typed."""
    facts = _preview(request.GET.get("cron", ""), request.GET.get("time_zone", ""))
    return render(request, "ai_schedules/runs.html", facts)


def _preview(text: str, zone: str) -> dict[str, Any]:
    try:
        known = cron.checked(text, zone)
    except Invalid as error:
        problem = next(iter(error.errors.values()))[0]
        return {"runs": [], "runs_problem": problem, "zone": zone, "said": ""}
    runs = local_runs(known, zone)
    return {"runs": runs, "runs_problem": "", "zone": zone, "said": rhythms.in_words(known)}
