"""What a runner may ask for: the next run, one run, and to be known as alive."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from ai_core import notices
from ai_core.execution.outcomes import Claimed
from ai_core.models import AIJob
from ai_core.statuses import JobStatus
from ai_training import costs, holding
from ai_training.errors import LeaseNotCurrent, RunHeldElsewhere, RunNotStarted
from ai_training.job_types import EXTERNAL
from ai_training.models import TrainingRun
from brands.access import Access

LOOKED_AT = 20
_WAITING = (JobStatus.PENDING, JobStatus.RUNNING)


def must_be_outside(run: TrainingRun) -> None:
    """The built-in executor speaks for itself."""
    if run.job.job_type.name != EXTERNAL:
        raise RunHeldElsewhere(current_status=run.job.status)


def claim_next(
    access: Access, jobs: QuerySet[AIJob], *, runner: str, lease_seconds: float
) -> dict[str, Any] | None:
    """Claim the first run that waits for somebody to execute its command; None: there is none."""
    waiting = jobs.filter(
        job_type__name=EXTERNAL,
        status__in=_WAITING,
        lease_token__isnull=True,
        due=True,
        data__input_data__has_key="command",
    )
    if not access.can_manage:
        waiting = waiting.filter(created_by=access.user.pk)
    order = ("queue_rank", F("priority").desc(), "id")
    for number in waiting.order_by(*order).values_list("pk", flat=True)[:LOOKED_AT]:
        run = TrainingRun.objects.select_related("job__job_type", "dataset").filter(pk=number)
        try:
            return claim_one(run.get(), runner=runner, lease_seconds=lease_seconds)
        except (RunNotStarted, RunHeldElsewhere):
            continue  # another runner was faster, or the queue has no slot
    return None


def claim_one(run: TrainingRun, *, runner: str, lease_seconds: float) -> dict[str, Any]:
    must_be_outside(run)
    with transaction.atomic():
        job = AIJob.objects.select_for_update(no_key=True).get(pk=run.pk)
        if job.lease_token is not None:
            raise RunHeldElsewhere(current_status=job.status)
        claimed = holding.take(job, holder=runner, lease_seconds=lease_seconds)
        run.runner, run.lease_seconds = runner, lease_seconds
        run.save(update_fields=["runner", "lease_seconds"])
        costs.sync(run, job)
    notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=["status"])
    return {
        "id": job.pk,
        "job_id": job.job_id,
        "lease": claimed.token,
        "lease_seconds": lease_seconds,
        "attempt": claimed.attempt,
        "input_data": claimed.input_data,
        "hyperparameters": run.hyperparameters,
        "checkpoint": claimed.checkpoint,
        "dataset": _dataset(run),
    }


def _dataset(run: TrainingRun) -> dict[str, Any] | None:
    """Where the rows are: behind an address of ours, or where the reference says."""
    one = run.dataset
    if one is None:
        return None
    return {
        "id": one.pk,
        "name": one.name,
        "format": one.format,
        "rows": one.rows,
        "sha256": one.sha256,
        "url": f"/ai/training/datasets/{one.pk}/file/" if one.path else None,
        "reference": one.reference or None,
    }


def beat(run: TrainingRun, lease: UUID) -> dict[str, Any]:
    must_be_outside(run)
    stop = holding.beat(run.job, lease=lease, lease_seconds=run.lease_seconds)
    return {**holding.facts(run.job), "stop": stop}


def speaking(run: TrainingRun, lease: UUID) -> Claimed:
    """The attempt of this lease, as long as what it brings is still welcome."""
    if run.job.lease_token == lease:
        return holding.claimed_of(run.job)
    if run.job.lease_token is None and run.job.last_token == lease:
        return holding.claimed_of(run.job, lease)
    raise LeaseNotCurrent(current_status=run.job.status)
