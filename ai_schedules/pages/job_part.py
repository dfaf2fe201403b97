"""On the page of a job that a schedule has made: which one, and for when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from ai_core.models import AIJob
from ai_core.page_parts import JobPart
from ai_schedules.models import Tick
from brands.access import Access


def find(request: HttpRequest, access: Access, job: AIJob, tab: str) -> Mapping[str, Any] | None:
    if tab != "overview":
        return None
    row = Tick.objects.select_related("schedule").filter(job=job.pk).first()
    return None if row is None else {"tick": row, "schedule": row.schedule}


PART = JobPart(name="schedule", find=find, side="ai_schedules/job_side.html")
