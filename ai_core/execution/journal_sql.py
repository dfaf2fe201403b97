"""The statements of the journal: each takes arrays, and joins the job's row as its fence."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_core.execution.journal import Pages

# The attempt that holds the lease; or, for a while, the one that held it when the job was ended.
_FENCE = """
JOIN ai_core_aijob j ON j.id = x.job AND (
  j.lease_token = x.token
  OR (j.last_token = x.token AND j.lease_token IS NULL
      AND (j.completed_at IS NULL
           OR j.completed_at > clock_timestamp() - make_interval(secs => %s))))
"""

_LINES = f"""
INSERT INTO ai_core_joblog (job_id, attempt, number, at, level, stage, message)
SELECT x.job, x.attempt, x.number, x.at, x.level, x.stage, x.message
FROM unnest(%s::bigint[], %s::uuid[], %s::int[], %s::int[], %s::timestamptz[], %s::text[],
            %s::text[], %s::text[])
  AS x(job, token, attempt, number, at, level, stage, message)
{_FENCE}
ORDER BY x.job, x.attempt, x.number
ON CONFLICT DO NOTHING
"""  # noqa: S608

_PROGRESS = """
UPDATE ai_core_aijob j SET
  progress_percentage = greatest(j.progress_percentage, coalesce(x.progress, 0)),
  substatus = coalesce(x.substatus, j.substatus),
  stage = coalesce(x.stage, j.stage),
  updated_at = clock_timestamp()
FROM unnest(%s::bigint[], %s::uuid[], %s::smallint[], %s::text[], %s::text[])
  AS x(job, token, progress, substatus, stage)
WHERE j.id = x.job AND j.lease_token = x.token AND j.status = 'running'
"""

_STAGE_LEFT = """
UPDATE ai_core_jobstage s SET state = 'completed', progress = 100, ended_at = x.at
FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::timestamptz[]) AS x(job, token, name, at),
  ai_core_aijob j
WHERE j.id = x.job AND j.lease_token = x.token
  AND s.job_id = x.job AND s.name <> x.name AND s.state IN ('active', 'recovering')
"""

_STAGE_ENTERED = """
INSERT INTO ai_core_jobstage
  (job_id, position, name, state, substatus, progress, started_at, ended_at)
SELECT x.job,
  coalesce((SELECT w.ord FROM ai_core_aijobtype t,
    jsonb_array_elements_text(t.stages) WITH ORDINALITY w(name, ord)
    WHERE t.id = j.job_type_id AND w.name = x.name),
    100 + (SELECT count(*) FROM ai_core_jobstage o WHERE o.job_id = x.job)),
  x.name, 'active', x.substatus, 0, x.at, NULL
FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[])
  AS x(job, token, name, substatus, at)
JOIN ai_core_aijob j ON j.id = x.job AND j.lease_token = x.token
ON CONFLICT (job_id, name) DO UPDATE SET
  state = 'active', substatus = excluded.substatus, ended_at = NULL,
  started_at = coalesce(ai_core_jobstage.started_at, excluded.started_at)
"""

_METRICS = f"""
INSERT INTO ai_core_jobmetric (job_id, step, attempt, epoch, at, values)
SELECT x.job, x.step, x.attempt, x.epoch, x.at, x.values::jsonb
FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[], %s::int[], %s::float8[], %s::timestamptz[],
            %s::text[])
  AS x(job, token, step, attempt, epoch, at, values)
{_FENCE}
ON CONFLICT (job_id, step) DO UPDATE SET
  values = ai_core_jobmetric.values || excluded.values, at = excluded.at,
  attempt = excluded.attempt, epoch = coalesce(excluded.epoch, ai_core_jobmetric.epoch)
"""  # noqa: S608

_EVENTS = f"""
INSERT INTO ai_core_jobevent
  (job_id, at, type, attempt, old_status, new_status, message, payload, actor_id)
SELECT x.job, x.at, x.kind, x.attempt, '', '', x.message, x.payload::jsonb, NULL
FROM unnest(%s::bigint[], %s::uuid[], %s::int[], %s::text[], %s::text[], %s::text[],
            %s::timestamptz[]) WITH ORDINALITY
  AS x(job, token, attempt, kind, message, payload, at, place)
{_FENCE}
ORDER BY x.place
"""  # noqa: S608


def statements(batch: "Sequence[Pages]", *, grace: float) -> Iterator[tuple[str, list[Any]]]:
    """Yield each statement that this batch needs, with its values."""
    lines = [
        (p.claimed.id, p.claimed.token, p.claimed.attempt, *line) for p in batch for line in p.lines
    ]
    if lines:
        yield _LINES, [*_columns(lines), grace]
    progress = [
        (p.claimed.id, p.claimed.token, p.progress, p.substatus, p.stage)
        for p in batch
        if not (p.progress is None and p.substatus is None and p.stage is None)
    ]
    if progress:
        yield _PROGRESS, _columns(progress)
    yield from _stages(batch)
    metrics = [
        (p.claimed.id, p.claimed.token, step, p.claimed.attempt, epoch, at, json.dumps(values))
        for p in batch
        for step, (epoch, at, values) in p.metrics.items()
    ]
    if metrics:
        yield _METRICS, [*_columns(metrics), grace]
    events = [
        (p.claimed.id, p.claimed.token, p.claimed.attempt, kind, message, payload, at)
        for p in batch
        for kind, message, payload, at in p.events
    ]
    if events:
        yield _EVENTS, [*_columns(events), grace]


def _stages(batch: "Sequence[Pages]") -> Iterator[tuple[str, list[Any]]]:
    """Stages follow one another: the n-th change of every job goes into the n-th round."""
    for turn in range(max(len(p.stages) for p in batch)):
        entered = [
            (p.claimed.id, p.claimed.token, *p.stages[turn]) for p in batch if len(p.stages) > turn
        ]
        left = [(job, token, name, at) for job, token, name, _, at in entered]
        yield _STAGE_LEFT, _columns(left)
        yield _STAGE_ENTERED, _columns(entered)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
