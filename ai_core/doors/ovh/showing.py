"""Jobs as OVH shows them: two queries for any number of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from ai_core.doors.ovh.identity import uuid_of
from ai_core.doors.ovh.spec import spec_of
from ai_core.doors.ovh.states import info_of, state_of, state_of_event
from ai_core.models import AIJob, JobEvent
from ai_core.models.job_types import Category
from ai_core.models.records import EventType
from ai_core.statuses import JobStatus
from brands.moments import written

History = list[dict[str, str]]


def trainings(jobs: QuerySet) -> QuerySet:
    """Narrow to what OVH calls a job: a training that was submitted."""
    return jobs.filter(job_type__category=Category.TRAINING).exclude(status=JobStatus.DRAFT)


def shown(jobs: Sequence[AIJob]) -> list[dict[str, Any]]:
    """Return OVH's Job for each; they carry `data` and `created_by`."""
    histories = _histories(jobs)
    now = timezone.now()
    return [_job(job, histories[job.pk], now) for job in jobs]


def _histories(jobs: Sequence[AIJob]) -> dict[int, History]:
    found: dict[int, History] = defaultdict(list)
    failure = {job.pk: job.failure_class for job in jobs}
    events = JobEvent.objects.filter(job__in=list(failure), type=EventType.STATUS)
    for job, status, at in events.order_by("id").values_list("job_id", "new_status", "at"):
        if status != JobStatus.DRAFT:
            state = state_of_event(status, failure[job])
            found[job].append({"state": state, "date": moment(at) or ""})
    return found


def _job(job: AIJob, history: History, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid_of(job.job_id),
        "createdAt": moment(job.created_at),
        "updatedAt": moment(job.updated_at),
        "user": job.created_by.get_username() if job.created_by else "",
        "spec": spec_of(job),
        "status": _status(job, history, now),
    }


def _status(job: AIJob, history: History, now: datetime) -> dict[str, Any]:
    state = state_of(job, now)
    seconds = job.active_seconds
    if job.active_since is not None:
        seconds += (now - job.active_since).total_seconds()
    deadline = job.deadline_at
    if deadline is None and job.started_at is not None:
        deadline = job.started_at + timedelta(seconds=job.timeout_seconds)
    return {
        "state": state,
        "info": info_of(job, state),
        "history": history,
        "queuedAt": history[0]["date"] if history else moment(job.created_at),
        "initializingAt": None,
        "startedAt": moment(job.started_at),
        "stoppedAt": moment(job.completed_at) if job.started_at else None,
        "finalizedAt": moment(job.completed_at),
        "timeoutAt": moment(deadline),
        "lastTransitionDate": history[-1]["date"] if history else moment(job.updated_at),
        "duration": int(seconds) if job.started_at else None,
        "exitCode": 0 if job.status == JobStatus.COMPLETED else None,
        "url": None,
        "infoUrl": None,
        "monitoringUrl": None,
        "sshUrl": None,
        "grpcAddress": None,
        "ip": None,
        "externalIp": None,
        "dataSync": [],
        "volumes": [],
    }


def moment(at: datetime | None) -> str | None:
    return None if at is None else written(at)
