"""Jobs for the tests of the main door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ai_core.models import AIJob


@pytest.fixture
def make_job(people: Any) -> Callable[..., AIJob]:
    """`make_job(status="failed", user=…, **details)`: a job that came there by the verbs."""
    return lambda status="pending", **facts: make(people, status, **facts)


@pytest.fixture
def core_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No extension adds anything to a job."""
    from ai_core import sections

    monkeypatch.setattr(sections, "_sections", {})


def make(people: Any, status: str, *, user: Any = None, brand: Any = None, **details: Any) -> AIJob:
    from ai_core.models import AIJob
    from ai_core.services import JobService

    kind = details.pop("job_type", "sleep")
    given = details.pop("input_data", {"seconds": 0})
    job = JobService.create_job(
        kind,
        given,
        user or people.owner,
        brand or people.brand,
        draft=status == "draft",
        **details,
    )
    match status:
        case "running":
            JobService.start_job(job.pk)
        case "completed":
            JobService.start_job(job.pk)
            JobService.complete_job(job.pk, {"slept_seconds": 0})
        case "failed":
            JobService.start_job(job.pk)
            JobService.fail_job(job.pk, "It broke.")
        case "cancelled":
            JobService.cancel_job(job.pk, reason="testing")
        case "timeout":
            JobService.start_job(job.pk)
            JobService.update_status(job.pk, "timeout")
        case "paused":
            JobService.start_job(job.pk)
            AIJob.objects.filter(pk=job.pk).update(status="paused")
    job.refresh_from_db()
    assert job.status == status
    return job
