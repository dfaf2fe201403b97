"""The births and ends of `at_once` as statements that are sent together, in one round trip.

They are for the usual case, and prove that it is one: a queue without limit or pause, a lease that
is still ours, an answer. If anything is otherwise the database undoes all of it (`hub_must`), and
`at_once` sorts out job by job what is so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from ai_core import notices, signals
from ai_core.catalogue import VERSION
from ai_core.execution.at_once import Ending
from ai_core.models import AIJob, AIJobData
from ai_core.statuses import JobStatus
from brands.prepared import Statement

_NUMBERS = """
SELECT nextval(pg_get_serial_sequence('ai_core_aijob', 'id')) FROM generate_series(1, $1::int)
"""


def numbers(how_many: int) -> Statement:
    """Ask for the numbers of jobs that are still to be made."""
    return Statement(_NUMBERS, (str(how_many),))


def can_begin(job: AIJob) -> bool:
    """Its queue lets everybody in, as far as is known; `births` proves it."""
    return not job.queue.is_paused and job.queue.concurrency_limit is None


# A loss is final: whoever waited for the answer is gone with the process.
_BIRTHS = f"""
WITH new AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS x(id bigint, job_id text, brand_id bigint,
    job_type_id bigint, queue_id bigint, created_by_id bigint, description text, tags text[],
    task_id text, priority smallint, timeout_seconds int, token uuid, input jsonb,
    type_version text, queue_version text)
), seen AS (
  SELECT DISTINCT job_type_id, queue_id, type_version, queue_version FROM new
), unchanged AS (
  SELECT t.id, t.max_losses
  FROM seen JOIN ai_core_aijobtype t ON t.id = seen.job_type_id
    AND {VERSION.format(alias="t")} = seen.type_version
  JOIN ai_core_queue q ON q.id = seen.queue_id AND {VERSION.format(alias="q")} = seen.queue_version
), job AS (
  INSERT INTO ai_core_aijob (
    id, job_id, brand_id, job_type_id, queue_id, created_by_id, moved_by_id, description, tags,
    task_id, priority, timeout_seconds, lease_token, lease_expires_at, leased_by, deadline_at,
    losses, status, attempt, is_async, due, queue_rank, failures, progress_percentage,
    active_seconds, created_at, updated_at, started_at, active_since, origin_kind, stage, substatus,
    error_message, error_code, failure_class, cancel_reason, waits_for, stop_requested)
  SELECT new.id, job_id, brand_id, job_type_id, queue_id, created_by_id, created_by_id,
    description, tags, task_id, priority, timeout_seconds, token,
    statement_timestamp() + make_interval(secs => $2::float8), $3::text,
    statement_timestamp() + make_interval(secs => timeout_seconds),
    greatest(t.max_losses - 1, 0), 'running', 1, false, true, 0, 0, 0, 0,
    statement_timestamp(), statement_timestamp(), statement_timestamp(), statement_timestamp(),
    '', '', '', '', '', '', '', '', ''
  FROM new JOIN unchanged t ON t.id = new.job_type_id
  RETURNING id, losses, created_at
), data AS (
  INSERT INTO ai_core_aijobdata (job_id, input_data, usage, cancel_notes)
  SELECT id, input, '[]', '' FROM new
)
SELECT hub_must(count(*) = $4::int, 'a job type or its queue has changed'),
  json_object_agg(id, losses), max(created_at) FROM job
"""  # noqa: S608


def births(
    jobs: Sequence[AIJob],
    inputs: Sequence[dict[str, Any]],
    tokens: Sequence[UUID],
    *,
    holder: str,
    lease_seconds: float,
) -> list[Statement] | None:
    """Save jobs that have their numbers, and start them; what others add to new jobs follows.

    None: somebody wants to hear of these jobs in the usual way.
    """
    for job, data in zip(jobs, inputs, strict=True):
        # Without a way back: two that hold each other wait for the garbage collector.
        job._state.fields_cache["data"] = AIJobData(job_id=job.id, input_data=data)
    others = signals.in_statements(signals.job_submitted, jobs)
    if others is None:
        return None
    rows = [
        {
            "id": job.id,
            "job_id": job.job_id,
            "brand_id": job.brand_id,
            "job_type_id": job.job_type_id,
            "queue_id": job.queue_id,
            "created_by_id": job.created_by_id,
            "description": job.description,
            "tags": job.tags,
            "task_id": job.task_id,
            "priority": job.priority,
            "timeout_seconds": job.timeout_seconds,
            "token": token,
            "input": data,
            "type_version": job.job_type.versions[0],
            "queue_version": job.job_type.versions[1],
        }
        for job, data, token in zip(jobs, inputs, tokens, strict=True)
    ]
    values = (orjson.dumps(rows), str(lease_seconds), holder, str(len(rows)))
    return [Statement(_BIRTHS, values), *others]


def born(jobs: Sequence[AIJob], tokens: Sequence[UUID], answer: Sequence[Any]) -> None:
    """Give the objects what the database said of them, and tell who watches."""
    _must, losses, created_at = answer
    found = orjson.loads(losses)
    at = datetime.fromisoformat(created_at.decode())
    for job, token in zip(jobs, tokens, strict=True):
        job.status, job.lease_token, job.attempt = JobStatus.RUNNING, token, 1
        job.losses = found[str(job.id)]
        job.created_at = job.updated_at = job.started_at = at
        job._state.adding = False
    _tell(jobs)


_ENDS = """
WITH x AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json)
  AS x(id bigint, token uuid, attempt int, usage jsonb, result jsonb)
), ended AS (
  UPDATE ai_core_aijob j SET
    status = 'completed', substatus = '',
    active_seconds = j.active_seconds
      + extract(epoch FROM clock_timestamp() - coalesce(j.active_since, clock_timestamp())),
    active_since = NULL, last_token = j.lease_token, lease_token = NULL, lease_expires_at = NULL,
    leased_by = '', deadline_at = NULL, due = true
  FROM x WHERE j.id = x.id AND j.lease_token = x.token AND j.status = 'running'
  RETURNING j.id
), data AS (
  UPDATE ai_core_aijobdata d SET usage = d.usage || x.usage, result_data = x.result,
    result_attempt = x.attempt
  FROM x WHERE d.job_id = x.id
)
SELECT hub_must(count(*) = $2::int, 'somebody else has ended the job') FROM ended
"""


def ends(endings: Sequence[Ending]) -> tuple[Statement, list[Statement]] | None:
    """Complete jobs that nobody has written usage for yet: their end, and what follows from it.

    None: somebody wants to hear of it in the usual way, or it is no plain answer.
    """
    for ending in endings:
        if ending.status != JobStatus.COMPLETED or ending.result is None:
            return None
        job = ending.job
        job.status, job.data.usage, job.data.result_data = (
            ending.status,
            ending.usage,
            ending.result,
        )
    others = signals.in_statements(signals.job_finished, [ending.job for ending in endings])
    if others is None:
        return None
    rows = [
        {
            "id": ending.job.id,
            "token": ending.job.lease_token,
            "attempt": ending.job.attempt,
            "usage": ending.usage,
            "result": ending.result,
        }
        for ending in endings
    ]
    return Statement(_ENDS, (storable(rows), str(len(rows)))), others


def ended(endings: Sequence[Ending]) -> None:
    """Tell who watches that these are over."""
    for ending in endings:
        ending.job.lease_token = None
    _tell([ending.job for ending in endings])


def storable(value: Any) -> bytes:
    """What somebody else wrote may hold the one character that PostgreSQL does not keep."""
    return orjson.dumps(value).replace(b"\\u0000", b"\\ufffd")


def _tell(jobs: Sequence[AIJob]) -> None:
    notices.publish_many([(job.brand_id, job.id, ["status"]) for job in jobs])
