"""The schedules of the brand, and one of them: when it comes, what it made, and its buttons."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ai_core.pages import words
from ai_core.pages.json_tree import tree
from ai_core.statuses import Priority
from ai_schedules import cron, owners, schedules
from ai_schedules.models import Schedule, Tick
from ai_schedules.rhythms import in_words
from brands.access import Access
from brands.errors import DomainError, NotFound
from brands.pages.reading import for_readers

SHOWN = 50
RUNS_SHOWN = 5
WHY = {
    "missed": gettext_lazy("it was missed"),
    "overlap": gettext_lazy("the job before still ran"),
    "one_waits": gettext_lazy("another one waits already"),
    "paused": gettext_lazy("it was paused meanwhile"),
}


def local_runs(expression: str, zone: str) -> list[datetime]:
    """The next runs as the clocks of the zone will show them."""
    return [
        run.astimezone(ZoneInfo(zone)) for run in cron.upcoming(expression, zone, count=RUNS_SHOWN)
    ]


def schedule_of(access: Access, number: int) -> Schedule:
    rows = Schedule.objects.for_brand(access.scope).select_related(
        "job_type", "created_by", "brand"
    )
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound
    return found


@for_readers
def schedules_page(request: HttpRequest, access: Access) -> HttpResponse:
    newest = Tick.objects.filter(schedule=OuterRef("pk")).order_by("-at")
    rows = Schedule.objects.for_brand(access.scope).select_related("job_type", "brand")
    rows = rows.annotate(last_became=Subquery(newest.values("became")[:1]))
    facts = {
        "crumbs": [(_("Schedules"), None)],
        "access": access,
        "rows": [
            (one, words.type_title(one.job_type.name), in_words(one.cron))
            for one in rows.order_by("name")
        ],
        "became": Tick.Became,
    }
    return render(request, "ai_schedules/schedules.html", facts)


@for_readers
def schedule_page(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    schedule = schedule_of(access, number)
    ticks = Tick.objects.filter(schedule=schedule).select_related("job").order_by("-at", "-id")
    facts: dict[str, Any] = {
        "crumbs": [(_("Schedules"), reverse("schedules")), (schedule.name, None)],
        "access": access,
        "schedule": schedule,
        "kind": words.type_title(schedule.job_type.name),
        "priority": Priority(schedule.priority).label,
        "runs": local_runs(schedule.cron, schedule.time_zone),
        "said": in_words(schedule.cron),
        "ticks": [(row, WHY.get(row.why, row.why)) for row in ticks[:SHOWN]],
        "input_tree": tree(schedule.input_data),
        "may_change": access.can_change(schedule.created_by_id),
        "owner_left": not owners.may_make(schedule),
    }
    return render(request, "ai_schedules/schedule.html", facts)


@require_POST
@for_readers
def act(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A button of its page."""
    schedule = schedule_of(access, number)
    access.must_change(schedule.created_by_id)
    here = HttpResponseRedirect(reverse("schedule", args=[schedule.pk]))
    name = {"name": schedule.name}
    try:
        match request.POST.get("do"):
            case "pause":
                schedules.pause(schedule)
                messages.success(request, _("%(name)s is paused.") % name)
            case "resume":
                schedules.resume(schedule, access)
                messages.success(request, _("%(name)s goes on.") % name)
            case "run":
                job = schedules.run_now(schedule, user=access.user)
                return HttpResponseRedirect(reverse("job", args=[job.job_id]))
            case "remove":
                schedules.remove(schedule)
                messages.success(request, _("%(name)s is removed; its jobs stay.") % name)
                return HttpResponseRedirect(reverse("schedules"))
    except DomainError as error:
        messages.error(request, str(error))
    return here
