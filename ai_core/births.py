"""The statement that brings jobs into the world: rows and inputs together, one or thousands."""

import json
from collections.abc import Sequence
from typing import Any

from ai_core import prepared
from ai_core.catalogue import VERSION
from ai_core.models import AIJob

_INSERT = f"""
WITH new AS (
  SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::text[], %s::text[],
    %s::smallint[], %s::bigint[], %s::timestamptz[], %s::bool[], %s::int[], %s::text[],
    %s::text[], %s::text[])
  WITH ORDINALITY AS x(job_id, brand_id, job_type_id, created_by_id, release_id, origin_id,
    origin_kind, description, tags, is_async, task_id, status, priority, queue_id, run_after, due,
    timeout_seconds, input_data, type_version, queue_version, place)
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
    origin_kind, description, ARRAY(SELECT jsonb_array_elements_text(tags::jsonb)), is_async,
    task_id, status, priority, queue_id, run_after, due, timeout_seconds,
    statement_timestamp(), statement_timestamp(), 0, '', '', '', '', '', '', 0, '', '', 0, 0, 0, 0,
    ''
  FROM new WHERE NOT EXISTS (SELECT FROM changed) ORDER BY place
  RETURNING id, job_id, created_at
), data AS (
  INSERT INTO ai_core_aijobdata (job_id, input_data, usage, cancel_notes)
  SELECT job.id, new.input_data::jsonb, '[]', '' FROM job JOIN new USING (job_id)
)
SELECT id, job_id, created_at FROM job
"""  # noqa: S608


class TypesChanged(Exception):
    """A job type or its queue was changed since it was read; nothing was saved."""


def insert(jobs: Sequence[AIJob], inputs: Sequence[dict[str, Any]]) -> None:
    """Save the jobs with their inputs, and give each its number and its time."""
    born = {
        job_id: (pk, created_at)
        for pk, job_id, created_at in prepared.rows(_INSERT, _columns(jobs, inputs))
    }
    if len(born) < len(jobs):
        raise TypesChanged
    for job in jobs:
        job.pk, job.created_at = born[job.job_id]
        job.updated_at = job.created_at
        job._state.adding = False


def _columns(jobs: Sequence[AIJob], inputs: Sequence[dict[str, Any]]) -> list[list[Any]]:
    rows = (
        (
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
        for job, data in zip(jobs, inputs, strict=True)
    )
    return [list(column) for column in zip(*rows, strict=True)]
