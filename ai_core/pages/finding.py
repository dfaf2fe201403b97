"""Jobs and job types by a word or two, for the command palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ai_core.api.filters import searched
from ai_core.models import AIJob, AIJobType
from ai_core.pages import words
from ai_core.statuses import JobStatus
from brands.access import Access

FEW = 6


@dataclass(frozen=True)
class Found:
    """Where it leads, and what to say of it."""

    label: str
    hint: str
    icon: str
    url: str


def jobs_named(text: str, access: Access) -> list[Found]:
    """The newest that fit; without a word, the newest of all."""
    if access.scope is None or not access.can_read:
        return []
    jobs: Any = AIJob.objects.for_brand(access.scope).select_related("job_type")
    if text:
        jobs = jobs.filter(searched(text))
    return [
        Found(
            label=job.description or words.type_title(job.job_type.name),
            hint=f"{JobStatus(job.status).label} · {words.ago(job.created_at)}",
            icon=words.TYPE_ICONS.get(job.job_type.category, "box"),
            url=f"/jobs/{job.job_id}/",
        )
        for job in jobs.order_by("-created_at", "-id")[:FEW]
    ]


def types_to_start(access: Access) -> list[Found]:
    if not access.may_begin:
        return []
    return [
        Found(
            label=words.type_title(kind.name),
            hint="",
            icon=words.TYPE_ICONS.get(kind.category, "box"),
            url=f"/jobs/new/?type={kind.name}",
        )
        for kind in AIJobType.objects.filter(is_active=True).order_by("name")
    ]
