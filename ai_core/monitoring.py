"""What an operator's monitoring wants to know of jobs, queues, leases and processes."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

from ai_core.models import Queue
from ai_core.prepared import from_json

WINDOW = "5 minutes"
NEWEST = 2000  # endings of a brand that are looked at
SEEN = "30 seconds"  # as readiness counts it
QUANTILES = (0.5, 0.95, 0.99)

# One pass over what is not over, by the index `job_open`.
_OPEN = """
WITH open AS (
  SELECT j.queue_id, j.status, j.lease_token, j.lease_expires_at, j.active_since,
    j.due AND j.lease_token IS NULL AND j.status IN ('pending', 'running') AS runnable,
    greatest(j.created_at, j.run_after) AS since
  FROM ai_core_aijob j
  WHERE j.status IN ('draft', 'pending', 'running', 'paused') AND j.deleted_at IS NULL
)
SELECT q.name, o.status, count(*),
  count(*) FILTER (WHERE o.runnable),
  extract(epoch FROM statement_timestamp() - min(o.since) FILTER (WHERE o.runnable)),
  count(o.lease_token),
  extract(epoch FROM statement_timestamp() - min(o.active_since)
    FILTER (WHERE o.lease_token IS NOT NULL)),
  count(*) FILTER (WHERE o.lease_expires_at < statement_timestamp())
FROM open o JOIN ai_core_queue q ON q.id = o.queue_id
GROUP BY 1, 2
"""

# The newest endings of each brand, by the index `job_brand_ended`: its cost has a ceiling.
_ENDED = f"""
SELECT q.name, x.status, count(*),
  percentile_cont(ARRAY{list(QUANTILES)}) WITHIN GROUP (ORDER BY x.wait),
  percentile_cont(ARRAY{list(QUANTILES)}) WITHIN GROUP (ORDER BY x.run)
FROM brands_brand b CROSS JOIN LATERAL (
  SELECT j.queue_id, j.status, j.active_seconds AS run,
    extract(epoch FROM j.started_at - CASE WHEN j.run_after BETWEEN j.created_at AND j.started_at
      THEN j.run_after ELSE j.created_at END)::float8 AS wait
  FROM ai_core_aijob j
  WHERE j.brand_id = b.id AND j.completed_at > statement_timestamp() - interval '{WINDOW}'
  ORDER BY j.completed_at DESC LIMIT {NEWEST}) x
JOIN ai_core_queue q ON q.id = x.queue_id
GROUP BY GROUPING SETS ((q.name), (q.name, x.status))
"""  # noqa: S608  (constants of this module)

_REST = """
SELECT
  (SELECT count(*) FROM ai_core_aijob WHERE stopping_until IS NOT NULL),
  (SELECT count(*) FROM ai_core_aijob WHERE deleted_at IS NOT NULL),
  (SELECT count(*) FROM ai_core_jobevent WHERE id > coalesce(
     (SELECT until FROM ai_core_tallymark WHERE id = 1), 0)
     AND type = 'status' AND new_status IN ('cancelled', 'completed', 'failed', 'timeout'))
"""

_SERVICES = f"""
SELECT kind, seen_at > statement_timestamp() - interval '{SEEN}', facts
FROM ai_core_serviceheartbeat
"""  # noqa: S608


def measure() -> Iterator[Metric]:
    yield from _open_jobs()
    yield from _ended_jobs()
    yield from _queues()
    yield from _services()
    [(stopping, deleted, unfolded)] = _rows(_REST)
    yield GaugeMetricFamily(
        "megahub_jobs_stopping",
        "Jobs that are cancelled or timed out while their work goes on.",
        value=stopping,
    )
    yield GaugeMetricFamily(
        "megahub_jobs_deleted", "Deleted jobs that wait to be purged.", value=deleted
    )
    yield GaugeMetricFamily(
        "megahub_endings_unfolded",
        "Endings that no sweeper has added to the counts yet.",
        value=unfolded,
    )


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _open_jobs() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("megahub_jobs", "Jobs that are not over.", labels=["queue", "status"])
    runnable = GaugeMetricFamily(
        "megahub_jobs_runnable", "Jobs that could start at once.", labels=["queue"]
    )
    oldest = GaugeMetricFamily(
        "megahub_oldest_runnable_seconds",
        "How long the oldest job that could start has been waiting.",
        labels=["queue"],
    )
    leases = GaugeMetricFamily("megahub_leases", "Jobs that a worker holds.", labels=["queue"])
    longest = GaugeMetricFamily(
        "megahub_oldest_lease_seconds",
        "How long the oldest attempt has been running.",
        labels=["queue"],
    )
    stuck = GaugeMetricFamily(
        "megahub_leases_expired",
        "Leases that ran out and that no sweeper has taken back.",
        labels=["queue"],
    )
    sums: dict[str, list[float]] = {
        name: [0.0] * 5 for name in Queue.objects.values_list("name", flat=True)
    }
    for queue, status, count, could, waits, held, holds, expired in _rows(_OPEN):
        jobs.add_metric([queue, status], count)
        at = sums[queue]
        at[0] += could
        at[1] = max(at[1], float(waits or 0))
        at[2] += held
        at[3] = max(at[3], float(holds or 0))
        at[4] += expired
    for queue, figures in sums.items():
        for family, figure in zip((runnable, oldest, leases, longest, stuck), figures, strict=True):
            family.add_metric([queue], figure)
    yield from (jobs, runnable, oldest, leases, longest, stuck)


def _ended_jobs() -> Iterator[Metric]:
    ended = GaugeMetricFamily(
        "megahub_recent_endings",
        f"Jobs that ended in the last {WINDOW}, at most {NEWEST} of each brand.",
        labels=["queue", "status"],
    )
    wait = GaugeMetricFamily(
        "megahub_recent_wait_seconds",
        f"From due to started, of jobs that ended in the last {WINDOW}.",
        labels=["queue", "quantile"],
    )
    run = GaugeMetricFamily(
        "megahub_recent_run_seconds",
        f"Run time of jobs that ended in the last {WINDOW}.",
        labels=["queue", "quantile"],
    )
    for queue, status, count, waits, runs in _rows(_ENDED):
        if status is not None:
            ended.add_metric([queue, status], count)
            continue
        for family, figures in ((wait, waits), (run, runs)):
            for quantile, figure in zip(QUANTILES, figures or (), strict=False):
                family.add_metric([queue, str(quantile)], figure)
    yield from (ended, wait, run)


def _queues() -> Iterator[Metric]:
    paused = GaugeMetricFamily(
        "megahub_queue_paused", "Whether a queue is paused (1).", labels=["queue"]
    )
    limit = GaugeMetricFamily(
        "megahub_queue_limit",
        "How many jobs of a queue may run at once, where it has a limit.",
        labels=["queue"],
    )
    for name, is_paused, most in Queue.objects.values_list(
        "name", "is_paused", "concurrency_limit"
    ):
        paused.add_metric([name], int(is_paused))
        if most is not None:
            limit.add_metric([name], most)
    yield from (paused, limit)


def _services() -> Iterator[Metric]:
    seen = {"worker": 0, "sweeper": 0}
    slots: dict[str, int] = {}
    takers = dict.fromkeys(Queue.objects.values_list("name", flat=True), 0)
    for kind, is_fresh, facts in _rows(_SERVICES):
        if not is_fresh:
            continue
        seen[kind] = seen.get(kind, 0) + 1
        if kind == "worker":
            known = from_json(facts)
            for way, count in known.get("slots", {}).items():
                slots[way] = slots.get(way, 0) + count
            for queue in known.get("queues") or takers:
                takers[queue] = takers.get(queue, 0) + 1
    yield _family("megahub_services", f"Processes heard of in the last {SEEN}.", "kind", seen)
    yield _family("megahub_worker_slots", "Slots of all workers, by way.", "way", slots)
    yield _family("megahub_queue_workers", "Workers that take jobs of a queue.", "queue", takers)


def _family(name: str, text: str, label: str, figures: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, figure in figures.items():
        family.add_metric([value], figure)
    return family
