"""The statements that execute jobs: claim, beat, look, settle, reap. Nothing else moves a lease.

Each is one compare-and-set that carries the lease token, so a stale attempt matches no row and
all that it brings is dropped. Times are the database's own: a worker's clock decides nothing.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.dispatch import Signal

from ai_core import notices, prepared
from ai_core.endings import EndedJobs, ended
from ai_core.execution.outcomes import Claimed, Outcome
from ai_core.execution.texts import clean, short
from ai_core.models import AIJob
from ai_core.signals import ReceiverFailed, announce, announce_or_fail, job_finished
from ai_core.statuses import FINAL, JobStatus


class Order(NamedTuple):
    """What a holder is told when it beats: `stop` is empty, pause, timeout or brand."""

    id: int
    stop: str


class Reaped(NamedTuple):
    due_queues: list[int]
    ended: int
    recovered: int


_CLAIM = """
SELECT * FROM ai_core_claim(
  %s::bigint, %s::bigint[], %s::int, %s::text, make_interval(secs => %s), %s::bigint)
"""


def claim(  # noqa: PLR0913  (the claim's own arguments, one for one)
    queue_id: int,
    *,
    types: Sequence[int],
    want: int,
    worker: str,
    lease_seconds: float | None = None,
    only_job: int | None = None,
) -> list[Claimed]:
    lease = lease_seconds or settings.LEASE_SECONDS
    rows = prepared.rows(_CLAIM, [queue_id, list(types), want, worker, lease, only_job])
    return [
        Claimed(
            id=row[0],
            job_id=row[1],
            brand_id=row[2],
            job_type_id=row[3],
            attempt=row[4],
            token=row[5],
            seconds=row[6],
            failures=row[7],
            losses=row[8],
            input_data=prepared.from_json(row[10]),
            checkpoint=prepared.from_json(row[11]),
        )
        for row in rows
    ]


_ORDERS = """
  CASE WHEN NOT b.is_active THEN 'brand'
       WHEN j.deadline_at < clock_timestamp() THEN 'timeout'
       ELSE j.stop_requested END
"""

_BEAT = f"""
UPDATE ai_core_aijob j SET lease_expires_at = clock_timestamp() + make_interval(secs => %s)
FROM unnest(%s::bigint[], %s::uuid[]) AS mine(id, token), brands_brand b
WHERE j.id = mine.id AND j.lease_token = mine.token AND b.id = j.brand_id
  AND j.lease_expires_at > clock_timestamp()
RETURNING j.id, {_ORDERS}
"""  # noqa: S608

_LOOK = f"""
SELECT j.id, {_ORDERS}
FROM unnest(%s::bigint[], %s::uuid[]) AS mine(id, token)
JOIN ai_core_aijob j ON j.id = mine.id AND j.lease_token = mine.token
JOIN brands_brand b ON b.id = j.brand_id
"""  # noqa: S608


def beat(leases: Sequence[tuple[int, UUID]], lease_seconds: float | None = None) -> list[Order]:
    """Renew every lease that is still ours. A lease that is not in the answer is lost."""
    lease = lease_seconds or settings.LEASE_SECONDS
    held = [[i for i, _ in leases], [t for _, t in leases]]
    return [Order(*row) for row in prepared.rows(_BEAT, [lease, *held])]


def look(leases: Sequence[tuple[int, UUID]]) -> list[Order]:
    """Read the orders without renewing: cheap enough for every second."""
    held = [[i for i, _ in leases], [t for _, t in leases]]
    return [Order(*row) for row in prepared.rows(_LOOK, held)]


_SETTLED = EndedJobs("(s.job)", "s.usage")
_SETTLE = f"""
SELECT s.token, {_SETTLED.sql}
FROM ai_core_settle(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::text[], %s::int[], %s::int[], %s::float8[], %s::text[], %s::int[]) s
JOIN ai_core_aijobtype t ON t.id = (s.job).job_type_id
JOIN brands_brand b ON b.id = (s.job).brand_id
"""  # noqa: S608

_NOTES = """
INSERT INTO ai_core_jobevent
  (job_id, at, type, attempt, old_status, new_status, message, payload, actor_id)
SELECT x.id, clock_timestamp(), 'warning', x.attempt, '', '', x.message,
       jsonb_build_object('error_code', x.code, 'again_after_seconds', x.again_after), NULL
FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::float8[])
  AS x(id, attempt, message, code, again_after)
"""


def settle(outcomes: Sequence[Outcome]) -> dict[int, str]:
    """Write down how these attempts ended, in one transaction; return id → status.

    An attempt that is not in the answer was fenced off: somebody else decided about its job.
    """
    if not connection.in_atomic_block:
        try:
            return _settle(outcomes, announce_or_fail)
        except ReceiverFailed:
            pass  # nothing was written; once more, with a savepoint for each receiver
    return _settle(outcomes, announce)


def _settle(
    outcomes: Sequence[Outcome], tell: Callable[[Signal, Sequence[AIJob]], None]
) -> dict[int, str]:
    with transaction.atomic():
        rows = prepared.rows(_SETTLE, _settle_arrays(outcomes))
        tokens = {row[0] for row in rows}
        mine = [outcome for outcome in outcomes if outcome.claimed.token in tokens]
        _write_notes([o for o in mine if o.again_after is not None and o.message])
        settled = _SETTLED.jobs(row[1:] for row in rows)
        if over := [job for job in settled if job.status in FINAL]:
            tell(job_finished, over)
    return {job.pk: job.status for job in settled}


def _settle_arrays(outcomes: Sequence[Outcome]) -> list[list[Any]]:
    return [
        [o.claimed.id for o in outcomes],
        [o.claimed.token for o in outcomes],
        [o.status.value for o in outcomes],
        [clean(o.message) for o in outcomes],
        [short(o.code, 40) for o in outcomes],
        [o.failure_class.value for o in outcomes],
        [short(o.waits_for, 40) for o in outcomes],
        [short(o.substatus, 200) for o in outcomes],
        [int(o.failed) for o in outcomes],
        [int(o.lost) for o in outcomes],
        [o.again_after for o in outcomes],
        [
            json.dumps(o.result, ensure_ascii=False) if o.status == JobStatus.COMPLETED else None
            for o in outcomes
        ],
        [o.claimed.attempt for o in outcomes],
    ]


def _write_notes(outcomes: Sequence[Outcome]) -> None:
    if outcomes:
        prepared.rows(
            _NOTES,
            [
                [o.claimed.id for o in outcomes],
                [o.claimed.attempt for o in outcomes],
                [clean(o.message) for o in outcomes],
                [short(o.code, 40) for o in outcomes],
                [o.again_after for o in outcomes],
            ],
        )


_MAKE_DUE = """
UPDATE ai_core_aijob SET due = true, waits_for = ''
WHERE id IN (
  SELECT id FROM ai_core_aijob
  WHERE NOT due AND status IN ('pending', 'running') AND run_after <= clock_timestamp()
  ORDER BY run_after LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING queue_id
"""

# A lease that ran out, or a deadline that its holder let pass for longer than the grace.
_REAP = """
WITH gone AS (
  SELECT j.id, t.max_losses, t.retry_seconds,
    j.deadline_at < clock_timestamp() AS overdue
  FROM ai_core_aijob j JOIN ai_core_aijobtype t ON t.id = j.job_type_id
  WHERE j.lease_token IS NOT NULL
    AND (j.lease_expires_at < clock_timestamp()
         OR j.deadline_at < clock_timestamp() - make_interval(secs => %s))
  LIMIT 200 FOR NO KEY UPDATE OF j SKIP LOCKED
)
UPDATE ai_core_aijob j SET
  status = CASE
    WHEN gone.overdue THEN 'timeout'
    WHEN j.losses + 1 >= gone.max_losses THEN 'failed'
    WHEN j.stop_requested = 'pause' THEN 'paused'
    ELSE 'running' END,
  losses = j.losses + CASE WHEN gone.overdue THEN 0 ELSE 1 END,
  error_code = CASE WHEN gone.overdue THEN 'TIMEOUT' ELSE 'WORKER_LOST' END,
  failure_class = CASE WHEN gone.overdue THEN 'timeout' ELSE 'worker_lost' END,
  error_message = CASE
    WHEN gone.overdue
      THEN 'The job ran longer than its time-out of ' || j.timeout_seconds || ' seconds.'
    WHEN j.losses + 1 >= gone.max_losses
      THEN 'The worker stopped answering. That was loss ' || (j.losses + 1)
        || ' of ' || gone.max_losses || '.'
    ELSE 'The worker stopped answering.' END,
  substatus = CASE
    WHEN gone.overdue OR j.losses + 1 >= gone.max_losses THEN ''
    WHEN j.stop_requested = 'pause' THEN 'paused'
    ELSE 'recovering' END,
  active_seconds = j.active_seconds
    + extract(epoch FROM clock_timestamp() - coalesce(j.active_since, clock_timestamp())),
  active_since = NULL,
  lease_token = NULL, lease_expires_at = NULL, leased_by = '', deadline_at = NULL,
  due = false,
  run_after = clock_timestamp()
    + make_interval(secs => least(gone.retry_seconds * power(2, j.losses), 3600)
                            * (0.8 + 0.4 * random()))
FROM gone WHERE j.id = gone.id
RETURNING j.id, j.status, j.attempt, j.error_message, j.brand_id
"""


_STOPPING_ENDS = """
UPDATE ai_core_aijob SET stopping_until = NULL WHERE stopping_until < clock_timestamp()
RETURNING brand_id, id
"""


def reap(*, deadline_grace: float | None = None) -> Reaped:
    """Take back what nobody holds, and make due what is due. Any number may run at once."""
    grace = settings.LEASE_SECONDS / 2 if deadline_grace is None else deadline_grace
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_REAP, [grace])
        rows = cursor.fetchall()
        recovering = [row for row in rows if row[1] not in FINAL]
        if recovering:
            cursor.execute(
                _NOTES,
                [
                    [row[0] for row in recovering],
                    [row[2] for row in recovering],
                    [row[3] for row in recovering],
                    ["WORKER_LOST"] * len(recovering),
                    [None] * len(recovering),
                ],
            )
        ended([row[0] for row in rows if row[1] in FINAL])
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_DUE)
        queues = sorted({row[0] for row in cursor.fetchall()})
        cursor.execute(_STOPPING_ENDS)
        changed = [(row[4], row[0]) for row in rows] + cursor.fetchall()
    notices.publish_many([(brand, job, ["status"]) for brand, job in changed])
    return Reaped(queues, ended=len(rows) - len(recovering), recovered=len(recovering))


_STOPPED = """
UPDATE ai_core_aijob j SET stopping_until = NULL
FROM unnest(%s::bigint[], %s::uuid[]) AS mine(id, token)
WHERE j.id = mine.id AND j.last_token = mine.token AND j.stopping_until IS NOT NULL
RETURNING j.brand_id, j.id
"""

_STILL_STOPPING = """
UPDATE ai_core_aijob j SET stopping_until = clock_timestamp() + make_interval(secs => %s)
FROM unnest(%s::bigint[], %s::uuid[]) AS mine(id, token)
WHERE j.id = mine.id AND j.last_token = mine.token AND j.stopping_until IS NOT NULL
"""


def stopped(leases: Iterable[tuple[int, UUID]]) -> None:
    """Say that the work of cancelled jobs has really stopped: their slots are free now."""
    pairs = list(leases)
    with connection.cursor() as cursor:
        cursor.execute(_STOPPED, [[i for i, _ in pairs], [t for _, t in pairs]])
        freed = cursor.fetchall()
    notices.publish_many([(brand, job, ["status"]) for brand, job in freed])


def still_stopping(leases: Iterable[tuple[int, UUID]]) -> None:
    """Keep the slots of cancelled jobs whose work goes on regardless."""
    pairs = list(leases)
    lease = settings.LEASE_SECONDS
    with connection.cursor() as cursor:
        cursor.execute(_STILL_STOPPING, [lease, [i for i, _ in pairs], [t for _, t in pairs]])
