"""Short words for what the tests of the core do all day: make, claim, settle, expire, look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from ai_core.execution import statements
from ai_core.execution.outcomes import Claimed, Outcome
from ai_core.models import AIJob, AIJobType, Queue
from ai_core.services import JobService
from ai_core.statuses import FINAL, FailureClass, JobStatus
from brands.models import Brand
from tests import factories
from tests.machine import within


def sql(text: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, list(values))
        return cursor.fetchall() if cursor.description else []


def make_job(kind: str = "quick", *, brand: Brand | None = None, **details: Any) -> AIJob:
    brand = brand or Brand.objects.first() or factories.make_brand()
    input_data = details.pop("input_data", {})
    return JobService.create_job(kind, input_data, details.pop("user", None), brand, **details)


def make_jobs(count: int, kind: str = "quick", *, brand: Brand) -> list[AIJob]:
    from ai_core.services import NewJob

    return JobService.create_jobs([NewJob(job_type=kind)] * count, user=None, brand=brand)


def claim(
    queue: str = "default",
    *,
    want: int = 1,
    worker: str = "somebody",
    types: Sequence[str] | None = None,
) -> list[Claimed]:
    kinds = AIJobType.objects.all() if types is None else AIJobType.objects.filter(name__in=types)
    return statements.claim(
        Queue.objects.get(name=queue).pk,
        types=list(kinds.values_list("pk", flat=True)),
        want=want,
        worker=worker,
    )


def claimed_job(kind: str = "quick", **details: Any) -> tuple[AIJob, Claimed]:
    """A new job that somebody holds."""
    job = make_job(kind, **details)
    claims = claim(job.queue.name)
    assert [held.id for held in claims] == [job.pk]
    return job, claims[0]


def completed(claimed: Claimed) -> Outcome:
    result = {"job_id": claimed.job_id, "attempt": claimed.attempt}
    return Outcome(claimed=claimed, status=JobStatus.COMPLETED, result=result)


def failed(claimed: Claimed) -> Outcome:
    return Outcome(
        claimed=claimed,
        status=JobStatus.FAILED,
        message="It broke.",
        code="EXECUTION_FAILED",
        failure_class=FailureClass.BUG,
        failed=True,
    )


def again(claimed: Claimed, seconds: float = 0.0) -> Outcome:
    return Outcome(claimed=claimed, again_after=seconds, message="Once more.", failed=True)


def expire_lease(job_pk: int) -> None:
    sql(
        """UPDATE ai_core_aijob SET lease_expires_at = clock_timestamp() - interval '1 s'
           WHERE id = %s AND lease_token IS NOT NULL""",
        job_pk,
    )


def pass_deadline(job_pk: int) -> None:
    sql(
        """UPDATE ai_core_aijob SET deadline_at = clock_timestamp() - interval '1 s'
           WHERE id = %s AND lease_token IS NOT NULL""",
        job_pk,
    )


def make_due(job_pk: int) -> None:
    """End a back-off now, as the sweeper does when its time has come."""
    sql("UPDATE ai_core_aijob SET due = true WHERE id = %s", job_pk)


def moves(job: AIJob) -> list[tuple[str, str]]:
    """The status events of a job, oldest first."""
    return list(job.events.filter(type="status").values_list("old_status", "new_status"))


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Call `act(number)` in so many threads, all let go by one barrier; raise what one raised."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count
    errors: list[BaseException] = []

    def one(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            results[number] = act(number)
        except BaseException as error:
            errors.append(error)
            barrier.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]
    return results


def final(status: str) -> bool:
    return status in FINAL


def wait_until(true: Callable[[], Any], *, seconds: float = 60, what: str = "") -> Any:
    """Look until it is so; return what was seen. Fails when it does not become so in time."""
    until = time.monotonic() + seconds
    while not (seen := true()):
        if time.monotonic() > until and time.monotonic() > until + within(seconds) - seconds:
            raise AssertionError(f"not within {seconds} s: {what or true}")
        time.sleep(0.02)
    return seen


def wait_for_end(job: AIJob, *, seconds: float = 60) -> AIJob:
    return wait_for_status(job, *FINAL, seconds=seconds)


def wait_for_status(job: AIJob, *wanted: str, seconds: float = 60) -> AIJob:
    def there() -> bool:
        job.refresh_from_db()
        return job.status in wanted

    wait_until(there, seconds=seconds, what=f"{job} is {job.status} {job.substatus}")
    return job
