"""The statement that brings jobs into the world: rows and inputs together, one or thousands."""

import json
from collections.abc import Sequence
from typing import Any

from ai_core import prepared
from ai_core.catalogue import VERSION
from ai_core.models import AIJob

# What a job is born with → its type.
_GIVEN = {
    "job_id": "text",
    "brand_id": "bigint",
    "job_type_id": "bigint",
    "created_by_id": "bigint",
    "release_id": "bigint",
    "origin_id": "bigint",
    "origin_kind": "text",
    "description": "text",
    "tags": "text",
    "is_async": "bool",
    "task_id": "text",
    "status": "text",
    "priority": "smallint",
    "queue_id": "bigint",
    "run_after": "timestamptz",
    "due": "bool",
    "timeout_seconds": "int",
    "input_data": "text",
    "type_version": "text",
    "queue_version": "text",
}
# One job comes as plain values, many as arrays. PostgreSQL keeps one plan for plain values; for
# arrays it makes a plan each time, since it looks at how long they are. That plan costs more than
# all else that the birth of one job does.
_ONE = "SELECT " + ", ".join(f"%s::{kind} AS {name}" for name, kind in _GIVEN.items())
_MANY = f"""
  SELECT * FROM unnest({", ".join(f"%s::{kind}[]" for kind in _GIVEN.values())})
  WITH ORDINALITY AS x({", ".join(_GIVEN)}, place) ORDER BY place
"""  # noqa: S608
_INSERT = f"""
WITH new AS ({{new}}
), changed AS (  -- a type or a queue that is no longer as the jobs were made for
  SELECT FROM (SELECT DISTINCT job_type_id, queue_id, type_version, queue_version FROM new) AS seen
  WHERE NOT EXISTS (
    SELECT FROM ai_core_aijobtype t, ai_core_queue q
    WHERE t.id = seen.job_type_id AND {VERSION.format(alias="t")} = seen.type_version
      AND q.id = seen.queue_id AND {VERSION.format(alias="q")} = seen.queue_version)
), job AS (
  INSERT INTO ai_core_aijob (
    job_id, brand_id, job_type_id, created_by_id, moved_by_id, release_id, origin_id, origin_kind,
    description, tags, is_async, task_id, status, priority, queue_id, run_after, due,
    timeout_seconds, created_at, updated_at, progress_percentage, stage, substatus, error_message,
    error_code, failure_class, cancel_reason, queue_rank, waits_for, stop_requested,
    active_seconds, attempt, failures, losses, leased_by)
  SELECT job_id, brand_id, job_type_id, created_by_id, created_by_id, release_id, origin_id,
    origin_kind, description, CASE WHEN tags = '[]' THEN '{{{{}}}}'
      ELSE ARRAY(SELECT jsonb_array_elements_text(tags::jsonb)) END, is_async,
    task_id, status, priority, queue_id, run_after, due, timeout_seconds,
    statement_timestamp(), statement_timestamp(), 0, '', '', '', '', '', '', 0, '', '', 0, 0, 0, 0,
    ''
  FROM new WHERE NOT EXISTS (SELECT FROM changed)
  RETURNING id, job_id, created_at
), data AS (
  INSERT INTO ai_core_aijobdata (job_id, input_data, usage, cancel_notes)
  SELECT job.id, new.input_data::jsonb, '[]', '' FROM job JOIN new USING (job_id)
)
SELECT id, job_id, created_at FROM job
"""  # noqa: S608
_INSERT_ONE, _INSERT_MANY = _INSERT.format(new=_ONE), _INSERT.format(new=_MANY)


class TypesChanged(Exception):
    """A job type or its queue was changed since it was read; nothing was saved."""


def insert(jobs: Sequence[AIJob], inputs: Sequence[dict[str, Any]]) -> None:
    """Save the jobs with their inputs, and give each its number and its time."""
    given = [_values(job, data) for job, data in zip(jobs, inputs, strict=True)]
    if len(given) == 1:
        rows = prepared.rows(_INSERT_ONE, given[0])
    else:
        rows = prepared.rows(_INSERT_MANY, [list(column) for column in zip(*given, strict=True)])
    if len(rows) < len(jobs):
        raise TypesChanged
    born = {job_id: (pk, created_at) for pk, job_id, created_at in rows}
    for job in jobs:
        job.pk, job.created_at = born[job.job_id]
        job.updated_at = job.created_at
        job._state.adding = False


def _values(job: AIJob, data: dict[str, Any]) -> tuple[Any, ...]:
    return (
        job.job_id,
        job.brand_id,
        job.job_type_id,
        job.created_by_id,
        job.release_id,
        job.origin_id,
        job.origin_kind,
        job.description,
        json.dumps(job.tags),
        job.is_async,
        job.task_id,
        str(job.status),
        int(job.priority),
        job.queue_id,
        job.run_after,
        job.due,
        job.timeout_seconds,
        json.dumps(data, ensure_ascii=False),
        *job.job_type.versions,
    )
