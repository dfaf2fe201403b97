"""How many jobs there are, by kind and by day: sums of what is over, and the rest counted live.

The end of a job is one event, written in the transaction of its end. A sweeper folds the events
that are complete (see `horizon`) into the sums; nothing is added to the path of a job. Only the
holder of one lock writes sums, so that a purge can take its jobs out of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from django.db import connection, transaction

from ai_core import horizon, prepared
from brands.models import Brand
from brands.scoping import ALL_BRANDS, AllBrands

FOLD_AT_ONCE = 50_000
_FOLDER = 7_246_114  # the number of the lock of whoever writes the sums
_FINAL_EVENT = (
    "e.type = 'status' AND e.new_status IN ('cancelled', 'completed', 'failed', 'timeout')"
)
_COUNTS = ("made", "completed", "failed", "timeout", "cancelled")


class Pile(NamedTuple):
    """Jobs that are alike in all that is counted."""

    brand: int
    job_type: int
    status: str
    priority: int
    jobs: int


class Day(NamedTuple):
    """How many jobs were made on a day, and how many ended how."""

    day: date
    made: int
    completed: int
    failed: int
    timeout: int
    cancelled: int


# ---------------------------------------------------------------------- reading
def piles(scope: Brand | AllBrands) -> list[Pile]:
    """Return them all; those of one kind may come in parts, and a part may be below zero."""
    return [Pile(*row) for row in prepared.rows("SELECT * FROM ai_core_tally(%s)", [_brand(scope)])]


def by_day(scope: Brand | AllBrands, *, since: datetime, zone: tzinfo) -> dict[date, Day]:
    """Count since a midnight of the time zone; a day without jobs may be missing."""
    found: dict[date, Day] = {}
    for day, *counts in prepared.rows(
        "SELECT * FROM ai_core_days(%s, %s, %s)", [_brand(scope), since, str(zone)]
    ):
        before = found.get(day, Day(day, 0, 0, 0, 0, 0))
        found[day] = Day(day, *[a + b for a, b in zip(before[1:], counts, strict=True)])
    return found


def _brand(scope: Brand | AllBrands) -> int | None:
    return None if scope is ALL_BRANDS else scope.pk


# ---------------------------------------------------------------------- folding
_NEWEST = f"""
SELECT max(id), count(*) FROM (
  SELECT e.id FROM ai_core_jobevent e WHERE e.id > %s AND e.id <= %s AND {_FINAL_EVENT}
  ORDER BY e.id LIMIT %s) few
"""  # noqa: S608
_ENDED = f"""
  FROM ai_core_jobevent e JOIN ai_core_aijob j ON j.id = e.job_id
  WHERE e.id > %s AND e.id <= %s AND {_FINAL_EVENT}
"""
_PILES_OF = """
  SELECT j.brand_id, j.job_type_id, j.status, j.priority, count(*) AS jobs {ended}
  GROUP BY 1, 2, 3, 4
"""
_SLOTS_OF = """
  SELECT brand_id, slot, sum(made) AS made, sum(completed) AS completed, sum(failed) AS failed,
    sum(timeout) AS timeout, sum(cancelled) AS cancelled
  FROM (SELECT j.brand_id, x.* {ended_with}) one GROUP BY 1, 2
"""
_TWO_SLOTS = """ CROSS JOIN LATERAL (VALUES
  (ai_core_slot(j.created_at), 1, 0, 0, 0, 0),
  (ai_core_slot(j.completed_at), 0, (j.status = 'completed')::int, (j.status = 'failed')::int,
   (j.status = 'timeout')::int, (j.status = 'cancelled')::int)
) AS x(slot, made, completed, failed, timeout, cancelled)
"""
_NEW_PILES = _PILES_OF.format(ended=_ENDED)
_NEW_SLOTS = _SLOTS_OF.format(ended_with=_ENDED.replace("  WHERE", f"{_TWO_SLOTS}  WHERE"))
_ADD_PILES = f"""
INSERT INTO ai_core_jobpile AS p (brand_id, job_type_id, status, priority, jobs)
{_NEW_PILES}
ON CONFLICT (brand_id, job_type_id, status, priority) DO UPDATE SET jobs = p.jobs + excluded.jobs
"""
_ADD_SLOTS = f"""
INSERT INTO ai_core_jobslot AS s (brand_id, slot, {", ".join(_COUNTS)})
{_NEW_SLOTS}
ON CONFLICT (brand_id, slot) DO UPDATE SET
  {", ".join(f"{name} = s.{name} + excluded.{name}" for name in _COUNTS)}
"""
_MARK = """
INSERT INTO ai_core_tallymark (id, until) VALUES (1, %s)
ON CONFLICT (id) DO UPDATE SET until = excluded.until
"""


def fold() -> int:
    """Take what has ended since the last time into the sums; return how many jobs that was."""
    safe = horizon.safe("event")
    if safe <= _mark():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_FOLDER])
        if not cursor.fetchone()[0]:
            return 0  # somebody else is at it
        mark = _mark()
        cursor.execute(_NEWEST, [mark, safe, FOLD_AT_ONCE])
        newest, jobs = cursor.fetchone()
        until = newest if jobs == FOLD_AT_ONCE else max(safe, mark)
        if jobs:
            cursor.execute(_ADD_PILES, [mark, until])
            cursor.execute(_ADD_SLOTS, [mark, until])
        cursor.execute(_MARK, [until])
    return int(jobs)


def _mark() -> int:
    found = prepared.rows("SELECT until FROM ai_core_tallymark WHERE id = 1", [])
    return found[0][0] if found else 0


# ---------------------------------------------------------------------- taking out
_OF_THESE = "AND j.id = ANY (%s::bigint[])"
_TAKE_PILES = f"""
UPDATE ai_core_jobpile p SET jobs = p.jobs - g.jobs
FROM ({_NEW_PILES.replace("  GROUP BY", f"  {_OF_THESE} GROUP BY")}) g
WHERE (p.brand_id, p.job_type_id, p.status, p.priority)
  = (g.brand_id, g.job_type_id, g.status, g.priority)
"""  # noqa: S608
_TAKE_SLOTS = f"""
UPDATE ai_core_jobslot s SET {", ".join(f"{name} = s.{name} - g.{name}" for name in _COUNTS)}
FROM ({_NEW_SLOTS.replace(") one", f"  {_OF_THESE}) one")}) g
WHERE s.brand_id = g.brand_id AND s.slot = g.slot
"""  # noqa: S608


def take_out(job_ids: Sequence[int]) -> None:
    """Forget jobs that are about to be removed, in the transaction of that; before their events.

    From here to the commit nobody folds, so each of them is in the sums now, or never will be.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FOLDER])
        mark, ids = _mark(), list(job_ids)
        cursor.execute(_TAKE_PILES, [0, mark, ids])
        cursor.execute(_TAKE_SLOTS, [0, mark, ids])


# ---------------------------------------------------------------------- proof
_COUNTED = """
SELECT brand_id, job_type_id, status, priority, count(*) FROM ai_core_aijob
WHERE deleted_at IS NULL GROUP BY 1, 2, 3, 4
"""
_DRIFT = f"""
WITH told AS (
  SELECT brand_id, job_type_id, status, priority, sum(jobs)::bigint AS jobs
  FROM ai_core_tally(NULL) GROUP BY 1, 2, 3, 4 HAVING sum(jobs) <> 0),
counted (brand_id, job_type_id, status, priority, jobs) AS ({_COUNTED}),
days AS (
  SELECT day, {", ".join(f"sum({name})::bigint AS {name}" for name in _COUNTS)}
  FROM ai_core_days(NULL, '-infinity', 'UTC') GROUP BY 1),
counted_days (day, what, jobs) AS (
  SELECT (created_at AT TIME ZONE 'UTC')::date, 'made', count(*)
  FROM ai_core_aijob WHERE deleted_at IS NULL GROUP BY 1
  UNION ALL
  SELECT (completed_at AT TIME ZONE 'UTC')::date, status, count(*)
  FROM ai_core_aijob WHERE deleted_at IS NULL AND completed_at IS NOT NULL GROUP BY 1, 2),
told_days (day, what, jobs) AS (
  SELECT d.day, x.what, x.jobs FROM days d CROSS JOIN LATERAL (VALUES
    ('made', d.made), ('completed', d.completed), ('failed', d.failed), ('timeout', d.timeout),
    ('cancelled', d.cancelled)) AS x(what, jobs) WHERE x.jobs <> 0)
SELECT format('brand %%s, type %%s, %%s, priority %%s: %%s told, %%s counted', brand_id,
  job_type_id, status, priority, coalesce(t.jobs, 0), coalesce(c.jobs, 0))
FROM told t FULL JOIN counted c USING (brand_id, job_type_id, status, priority)
WHERE t.jobs IS DISTINCT FROM c.jobs
UNION ALL
SELECT format('%%s, %%s: %%s told, %%s counted', day, what, coalesce(t.jobs, 0),
  coalesce(c.jobs, 0))
FROM told_days t FULL JOIN counted_days c USING (day, what)
WHERE t.jobs IS DISTINCT FROM c.jobs
"""  # noqa: S608


def drifts() -> list[str]:
    """Count everything anew, and say where the sums say something else; one snapshot for both."""
    with connection.cursor() as cursor:
        cursor.execute(_DRIFT, [])
        return [row[0] for row in cursor.fetchall()]


def begin_again() -> int:
    """Throw the sums away and fold everything anew; counts are right, and slower, meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FOLDER])
        for table in ("jobpile", "jobslot", "tallymark"):
            cursor.execute(f"DELETE FROM ai_core_{table}")  # noqa: S608  (our own names)
    folded = 0
    while jobs := fold():
        folded += jobs
    return folded
