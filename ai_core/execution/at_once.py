"""Jobs that the process which takes them computes itself: born running, and ended many at a time.

A caller waits at the other end of the line, so there is no queue to stand in and no second attempt:
one batch brings any number of jobs into the world and starts them, another writes how they ended.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from ai_core import births, notices, prepared
from ai_core.execution.texts import clean, short
from ai_core.models import AIJob, AIJobData, Queue
from ai_core.signals import announce, job_finished, job_submitted
from ai_core.statuses import FailureClass, JobStatus


@dataclass(kw_only=True, slots=True)
class Ending:
    """How such a job ended. `usage` holds the entries that nobody has written yet."""

    job: AIJob
    status: JobStatus
    result: dict[str, Any] | None = None
    usage: list[dict[str, Any]] = field(default_factory=list)
    message: str = ""
    code: str = ""
    failure_class: FailureClass = FailureClass.NONE
    cancel_reason: str = ""


_LINE = "SELECT concurrency_limit, is_paused FROM ai_core_queue WHERE id = %s FOR NO KEY UPDATE"
_TAKEN = """
SELECT (SELECT count(*) FROM ai_core_aijob WHERE queue_id = %s AND lease_token IS NOT NULL)
  + (SELECT count(*) FROM ai_core_aijob WHERE queue_id = %s AND stopping_until > clock_timestamp())
"""


def room(queue: Queue, wanted: int) -> int:
    """Say how many may start now; in the transaction that starts them.

    What is known of the queue counts: `births` refuses if it has changed since it was read.
    """
    if not queue.is_paused and queue.concurrency_limit is None:
        return wanted
    limit, is_paused = next(iter(prepared.rows(_LINE, [queue.pk])), (None, False))
    if limit is None:
        return 0 if is_paused else wanted
    taken = prepared.rows(_TAKEN, [queue.pk, queue.pk])[0][0]
    return 0 if is_paused else max(min(wanted, limit - taken), 0)


# A loss is final: whoever waited for the answer is gone with the process.
_START = """
UPDATE ai_core_aijob j SET
  status = 'running', attempt = j.attempt + 1, lease_token = x.token,
  lease_expires_at = clock_timestamp() + make_interval(secs => %s), leased_by = %s,
  deadline_at = clock_timestamp() + make_interval(secs => j.timeout_seconds),
  active_since = clock_timestamp(), losses = greatest(t.max_losses - 1, 0)
FROM unnest(%s::bigint[], %s::uuid[]) AS x(id, token), ai_core_aijobtype t
WHERE j.id = x.id AND t.id = j.job_type_id
RETURNING j.id, j.attempt, j.losses, j.started_at
"""


def begin(
    jobs: Sequence[AIJob],
    inputs: Sequence[dict[str, Any]],
    tokens: Sequence[UUID],
    *,
    holder: str,
    lease_seconds: float,
) -> None:
    """Save jobs and start them; the objects are then as the database has them."""
    with transaction.atomic(savepoint=False):
        births.insert(jobs, inputs)
        for job, data in zip(jobs, inputs, strict=True):
            job.data = AIJobData(job=job, input_data=data)
        announce(job_submitted, list(jobs))
        values = [lease_seconds, holder, [job.pk for job in jobs], list(tokens)]
        started = {row[0]: row[1:] for row in prepared.rows(_START, values)}
        for job, token in zip(jobs, tokens, strict=True):
            job.status, job.lease_token = JobStatus.RUNNING, token
            job.attempt, job.losses, job.started_at = started[job.pk]
    _publish(jobs)


_FINISH = """
UPDATE ai_core_aijob j SET
  status = x.status, error_message = x.message, error_code = x.code,
  failure_class = x.failure_class, cancel_reason = x.cancel_reason, substatus = '',
  failures = j.failures + (x.status = 'failed')::int,
  active_seconds = j.active_seconds
    + extract(epoch FROM clock_timestamp() - coalesce(j.active_since, clock_timestamp())),
  active_since = NULL, last_token = j.lease_token, lease_token = NULL, lease_expires_at = NULL,
  leased_by = '', deadline_at = NULL, due = true
FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
  AS x(id, token, status, message, code, failure_class, cancel_reason)
WHERE j.id = x.id AND j.lease_token = x.token AND j.status = 'running'
RETURNING j.id, j.status, j.completed_at, j.updated_at, j.active_seconds
"""
_DATA = """
UPDATE ai_core_aijobdata d SET usage = d.usage || x.usage::jsonb,
  result_data = coalesce(x.result::jsonb, d.result_data),
  result_attempt = CASE WHEN x.result IS NULL THEN d.result_attempt ELSE x.attempt END
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[]) AS x(id, usage, result, attempt)
WHERE d.job_id = x.id
RETURNING d.job_id, d.usage
"""


def finish(
    endings: Sequence[Ending], *, then: Callable[[set[int]], None] | None = None
) -> set[int]:
    """Write how these jobs ended, and what they used; return the ids of those that were ours.

    One that is missing was ended by somebody else: cancelled, reaped, overdue. `then` is called
    once it is known which are ours, before anybody else hears of their end.
    """
    with transaction.atomic():
        ended = {row[0]: row[1:] for row in prepared.rows(_FINISH, _columns(endings))}
        mine = [ending for ending in endings if ending.job.pk in ended]
        if not mine:
            return set()
        if then is not None:
            then(set(ended))
        rows = prepared.rows(_DATA, _data_columns(mine))
        usage = {id_: prepared.from_json(entries) for id_, entries in rows}
        for ending in mine:
            job = ending.job
            job.status, job.completed_at, job.updated_at, job.active_seconds = ended[job.pk]
            job.error_code, job.error_message = ending.code, ending.message
            job.lease_token, job.data.usage = None, usage[job.pk]
            job.data.result_data = ending.result
        announce(job_finished, [ending.job for ending in mine])
    _publish([ending.job for ending in mine])
    return set(ended)


def was_finished(ending: Ending, token: UUID) -> bool:
    """Was it this very holder that ended the job, in this way? Then it was written before."""
    ended = AIJob.objects.filter(pk=ending.job.pk, last_token=token, status=ending.status)
    return ended.exclude(status=JobStatus.CANCELLED).exists()


def _columns(endings: Sequence[Ending]) -> list[list[Any]]:
    return [
        [e.job.pk for e in endings],
        [e.job.lease_token for e in endings],
        [e.status.value for e in endings],
        [clean(e.message) for e in endings],
        [short(e.code, 40) for e in endings],
        [e.failure_class.value for e in endings],
        [short(e.cancel_reason, 40) for e in endings],
    ]


def _data_columns(endings: Sequence[Ending]) -> list[list[Any]]:
    return [
        [e.job.pk for e in endings],
        [_json(e.usage) for e in endings],
        [None if e.result is None else _json(e.result) for e in endings],
        [e.job.attempt for e in endings],
    ]


def _json(value: Any) -> str:
    """What somebody else wrote may hold the one character that PostgreSQL does not keep."""
    return orjson.dumps(value).decode().replace("\\u0000", "\\ufffd")


def _publish(jobs: Sequence[AIJob]) -> None:
    changes = [(job.brand_id, job.pk, ["status"]) for job in jobs]
    transaction.on_commit(lambda: notices.publish_many(changes), robust=True)
