"""Jobs in every state for the tests of pages, made by the verbs that people and workers use."""

from __future__ import annotations

from typing import Any

from ai_core.execution import registry
from ai_core.models import AIJob
from ai_core.services import JobService
from brands.models import Brand

RESULT = {
    "summary": {"text": "A long text that says what the article is about. " * 3, "share": 0.2},
    "keywords": [{"text": "owl", "count": 7}, {"text": "night", "count": 3}],
    "score": 74.3,
}


def make(
    brand: Brand, user: Any, *, name: str = "A job", kind: str = "sleep", **more: Any
) -> AIJob:
    return JobService.create_job(
        kind, more.pop("input_data", {"seconds": 1}), user, brand, description=name, **more
    )


def one_of_each(brand: Brand, user: Any) -> dict[str, AIJob]:
    """Return a job of each state that a person meets."""
    registry.sync()
    found = {
        name: make(brand, user, name=f"The {name} one")
        for name in ("pending", "running", "completed", "failed", "cancelled")
    }
    found["draft"] = make(brand, user, name="The draft one", draft=True)
    JobService.start_job(found["running"].pk)
    JobService.append_log(found["running"].pk, "first line")
    JobService.start_job(found["completed"].pk)
    JobService.complete_job(found["completed"].pk, RESULT)
    JobService.start_job(found["failed"].pk)
    JobService.append_log(found["failed"].pk, "about to break", level="ERROR")
    JobService.fail_job(found["failed"].pk, "It broke <b>badly</b>.")
    JobService.cancel_job(
        found["cancelled"].pk, user=user, reason="cost too high", notes="much too high"
    )
    return {name: AIJob.objects.get(pk=job.pk) for name, job in found.items()}
