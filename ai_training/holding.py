"""Who holds a run from outside: the core's own claim, lease and fence, for runners and webhooks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from ai_core.execution import statements
from ai_core.execution.outcomes import Claimed
from ai_core.models import AIJob
from ai_core.statuses import FINAL, JobStatus
from ai_training.errors import LeaseNotCurrent, RunHeldElsewhere, RunNotStarted

HOLDER = "runner:"
RUNNER_LEASE = 60.0  # a runner that claims also beats
SILENCE = 300.0  # one that only sends webhooks is heard of less often

# An attempt that was lost waits for its back-off; its own runner is back already.
_DUE_NOW = """
UPDATE ai_core_aijob SET due = true, run_after = NULL
WHERE id = %s AND status = 'running' AND lease_token IS NULL AND NOT due
"""


def take(job: AIJob, *, holder: str, lease_seconds: float) -> Claimed:
    """Claim one run for somebody outside; its queue's limit and pause hold for them as well."""
    if job.status == JobStatus.RUNNING and job.lease_token is None and not job.due:
        with connection.cursor() as cursor:
            cursor.execute(_DUE_NOW, [job.pk])
    claimed = statements.claim(
        job.queue_id,
        types=[job.job_type_id],
        want=1,
        worker=f"{HOLDER}{holder}"[:120],
        lease_seconds=lease_seconds,
        only_job=job.pk,
    )
    if not claimed:
        job.refresh_from_db()
        if job.lease_token is not None:
            raise RunHeldElsewhere(current_status=job.status)
        raise RunNotStarted(current_status=job.status, headers={"Retry-After": "5"})
    job.refresh_from_db()
    return claimed[0]


def is_outside(job: AIJob) -> bool:
    return job.leased_by.startswith(HOLDER)


def claimed_of(job: AIJob, token: UUID | None = None) -> Claimed:
    """The attempt that holds the job, or with a token the one that held it last."""
    return Claimed(
        id=job.pk, job_id=job.job_id, brand_id=job.brand_id, job_type_id=job.job_type_id,
        attempt=job.attempt, token=token or job.lease_token or UUID(int=0),
        seconds=job.timeout_seconds, failures=job.failures, losses=job.losses, input_data={},
        checkpoint=None,
    )  # fmt: skip


def standing(job: AIJob, *, lease: UUID | None, holder: str, lease_seconds: float) -> Claimed:
    """The attempt for which a report counts now; a signed report may begin one by itself."""
    if lease is not None:
        if job.lease_token == lease:
            return claimed_of(job)
        if job.lease_token is None and job.last_token == lease:
            return claimed_of(job, lease)
        raise LeaseNotCurrent(current_status=job.status)
    if job.lease_token is not None:
        if not is_outside(job):
            raise RunHeldElsewhere(current_status=job.status)
        return claimed_of(job)
    if job.status in FINAL or job.status == JobStatus.PAUSED:
        return claimed_of(job, job.last_token)
    return take(job, holder=holder, lease_seconds=lease_seconds)


def beat(job: AIJob, *, lease: UUID, lease_seconds: float) -> str:
    """Renew a lease; return what its holder is to do: nothing, `pause`, `cancelled`, `timeout`."""
    orders = statements.beat([(job.pk, lease)], lease_seconds)
    if orders:
        return orders[0].stop
    job.refresh_from_db()
    if job.status in FINAL and job.last_token == lease:
        statements.stopped([(job.pk, lease)])
        return str(job.status)
    if job.status == JobStatus.PAUSED and job.last_token == lease:
        return "paused"
    raise LeaseNotCurrent(current_status=job.status)


def order_for(job: AIJob) -> str:
    """What whoever computes should do, as the row says."""
    if job.status in FINAL:
        return str(job.status)
    return "paused" if job.status == JobStatus.PAUSED else job.stop_requested


def facts(job: AIJob) -> dict[str, Any]:
    return {"status": job.status, "stop": order_for(job), "attempt": job.attempt}
