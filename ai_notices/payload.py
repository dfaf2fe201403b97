"""What a message says of a job, and the body that a webhook gets: never an input or a result."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings

from ai_core.models import AIJob
from ai_core.sections import cost_column, money
from ai_core.statuses import Priority
from ai_notices.models import Message

LONGEST_MESSAGE = 500


def of_jobs(jobs: dict[int, AIJob]) -> dict[int, dict[str, Any]]:
    """The facts of jobs, with what they cost, in one query."""
    column = cost_column()
    costs = column.of_jobs(list(jobs)) if column else {}
    return {
        number: {**_facts(job), "cost": money(costs.get(number))} for number, job in jobs.items()
    }


def _facts(job: AIJob) -> dict[str, Any]:
    user = job.created_by
    return {
        "id": job.pk,
        "job_id": job.job_id,
        "job_type": job.job_type.name,
        "description": job.description,
        "priority": Priority(job.priority).word,
        "tags": list(job.tags),
        "brand": {"id": job.brand_id, "slug": job.brand.slug, "name": job.brand.name},
        "created_by": {"id": user.pk, "username": user.get_username()} if user else None,
        "created_at": written(job.created_at),
        "started_at": written(job.started_at),
        "completed_at": written(job.completed_at),
        "execution_time_seconds": round(job.active_seconds, 3) if job.started_at else None,
        "url": link(f"/jobs/{job.job_id}/"),
    }


def written(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def link(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def body_of(message: Message) -> bytes:
    """The same bytes every time: they are what is signed."""
    content = {"type": message.kind, "timestamp": written(message.at), "data": message.facts}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
