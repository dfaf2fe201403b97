"""What this app shows on a job: `schedule`, for those that a schedule has made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ai_core.sections import Section
from ai_schedules.models import Tick


def load(job_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    rows = Tick.objects.filter(job__in=list(job_ids)).values_list(
        "job_id", "schedule_id", "schedule__name", "at", "by_hand"
    )
    return {
        job: {"id": schedule, "name": name, "tick": at, "by_hand": by_hand}
        for job, schedule, name, at, by_hand in rows
    }


SCHEDULE = Section(
    name="schedule",
    load=load,
    schema={
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string"},
            "tick": {"type": "string", "format": "date-time"},
            "by_hand": {"type": "boolean"},
        },
    },
)
