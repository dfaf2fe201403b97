"""«Tell me» on the page of a job: the reader's own choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ai_core.models import AIJob
from ai_core.page_parts import JobPart
from ai_core.pages.job import find as find_job
from ai_core.statuses import OPEN
from ai_notices import wishes
from ai_notices.models import Watch
from brands.access import Access
from brands.pages.reading import for_readers


def find(request: HttpRequest, access: Access, job: AIJob, tab: str) -> Mapping[str, Any] | None:
    """Only while something may still be told, and where it is shown."""
    if tab != "overview" or job.status not in OPEN:
        return None
    return {
        "chosen": wishes.choice_for(job.pk, access.user),
        "choices": [("", _("as in my settings")), *Watch.Choice.choices],
        "has_address": bool(access.user.email),
    }


PART = JobPart(name="notices", find=find, side="ai_notices/job_side.html")


@require_POST
@for_readers
def choose(request: HttpRequest, access: Access, job_id: str) -> HttpResponse:
    job = find_job(access, job_id)
    choice = request.POST.get("notify", "")
    if choice in ("", *Watch.Choice.values):
        wishes.choose(job, access.user, choice)
        messages.success(request, _("Your choice for this job is saved."))
    return HttpResponseRedirect(reverse("job", args=[job.job_id]))
