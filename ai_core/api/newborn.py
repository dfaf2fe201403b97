"""How a job looks in the answer to the call that made it: all of it is known, nothing is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson

from ai_core import rows
from ai_core.models import AIJob
from ai_core.sections import cost_column, sections
from ai_core.statuses import Priority


def text(job: AIJob, input_data: Any) -> str:
    """Write a job as it was made, in the words of `rows.created`."""
    kind = job.job_type
    if any(one.when_created and one.concerns(kind.category) for one in sections()):
        return rows.created([job.pk])[0].text
    shown = _shown(job, input_data)
    if cost_column() is not None:
        shown["cost"] = None
    try:
        return orjson.dumps(shown).decode()
    except TypeError:  # a number that is larger than its words are
        return json.dumps(shown, ensure_ascii=False)


def _shown(job: AIJob, input_data: Any) -> dict[str, Any]:
    kind, user, release = job.job_type, job.created_by, job.release
    made = _moment(job.created_at)
    return {
        "id": job.pk,
        "job_id": job.job_id,
        "job_type": {"id": kind.pk, "name": kind.name, "category": str(kind.category)},
        "status": str(job.status),
        "priority": Priority(job.priority).word,
        "progress_percentage": 0,
        "brand": {"id": job.brand.pk, "name": job.brand.name},
        "created_by": {"id": user.pk, "username": user.get_username()} if user else None,
        "created_at": made,
        "started_at": None,
        "completed_at": None,
        "description": job.description,
        "input_data": input_data,
        "error_message": "",
        "is_async": job.is_async,
        "task_id": job.task_id,
        "execution_time_seconds": None,
        "queue": job.queue.name,
        "tags": list(job.tags),
        "release": {"id": release.pk, "name": release.name} if release else None,
        "error_code": "",
        "failure_class": "",
        "updated_at": made,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
