"""Dates the demo's jobs back, so that dashboards have two weeks to show.

Only times of what is over are moved, never a status: the database's guards stay on.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from ai_core.models import AIJob
from ai_core.signals import announce, job_redated

_TIMES = {
    "ai_core_aijob": ("id", "created_at", "updated_at", "started_at", "completed_at"),
    "ai_core_jobevent": ("job_id", "at"),
    "ai_core_joblog": ("job_id", "at"),
    "ai_core_jobstage": ("job_id", "started_at", "ended_at"),
    "ai_core_artifact": ("job_id", "created_at"),
}


def date_back(ages: dict[int, timedelta]) -> None:
    """Move all the times of these jobs, which are over, by the same span."""
    with connection.cursor() as cursor:
        for table, (key, *columns) in _TIMES.items():
            moved = ", ".join(f"{column} = t.{column} - x.ago" for column in columns)
            cursor.execute(
                f"UPDATE {table} t SET {moved}"  # noqa: S608  (our own names)
                f" FROM unnest(%s::bigint[], %s::interval[]) AS x(id, ago) WHERE t.{key} = x.id",
                [list(ages), list(ages.values())],
            )
    moved_jobs = AIJob.objects.filter(pk__in=ages).select_related("job_type", "brand")
    announce(job_redated, list(moved_jobs))
