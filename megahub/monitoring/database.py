"""How PostgreSQL is doing: connections, locks, sizes, dead rows."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

_SERVER = """
SELECT current_setting('max_connections')::int, pg_database_size(current_database()),
  current_setting('server_version_num')::int
"""
_SESSIONS = """
SELECT coalesce(state, 'other'), count(*),
  coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0),
  count(*) FILTER (WHERE wait_event_type = 'Lock')
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1
"""
# Every row of the statistics, never of the tables themselves.
_TABLES = """
SELECT relname, pg_total_relation_size(relid), n_live_tup, n_dead_tup,
  extract(epoch FROM clock_timestamp() - greatest(last_vacuum, last_autovacuum))
FROM pg_stat_user_tables ORDER BY 2 DESC LIMIT 25
"""


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.fetchall()


def measure() -> Iterator[Metric]:
    [(most, size, version)] = rows(_SERVER)
    yield GaugeMetricFamily(
        "megahub_database_connections_most", "max_connections of PostgreSQL.", value=most
    )
    yield GaugeMetricFamily(
        "megahub_database_bytes", "Size of the database on disk.", value=float(size)
    )
    yield GaugeMetricFamily(
        "megahub_database_version", "PostgreSQL's server_version_num.", value=version
    )
    yield from _sessions()
    yield from _tables()


def _sessions() -> Iterator[Metric]:
    connections = GaugeMetricFamily(
        "megahub_database_connections", "Connections to our database, by state.", labels=["state"]
    )
    oldest, waiting = 0.0, 0
    for state, count, age, locked in rows(_SESSIONS):
        connections.add_metric([state], count)
        oldest, waiting = max(oldest, float(age)), waiting + locked
    yield connections
    yield GaugeMetricFamily(
        "megahub_database_oldest_transaction_seconds",
        "Age of the oldest open transaction: it keeps dead rows from being cleaned up.",
        value=oldest,
    )
    yield GaugeMetricFamily(
        "megahub_database_waiting_for_locks", "Sessions that wait for a lock.", value=waiting
    )


def _tables() -> Iterator[Metric]:
    size = GaugeMetricFamily(
        "megahub_table_bytes", "Size with indexes of the largest tables.", labels=["table"]
    )
    live = GaugeMetricFamily(
        "megahub_table_rows", "Rows, as the statistics estimate them.", labels=["table"]
    )
    dead = GaugeMetricFamily(
        "megahub_table_dead_rows", "Row versions that vacuum has to clean up.", labels=["table"]
    )
    vacuumed = GaugeMetricFamily(
        "megahub_table_vacuumed_seconds_ago", "Time since the last vacuum.", labels=["table"]
    )
    for name, total, alive, gone, ago in rows(_TABLES):
        size.add_metric([name], total)
        live.add_metric([name], alive)
        dead.add_metric([name], gone)
        if ago is not None:
            vacuumed.add_metric([name], float(ago))
    yield from (size, live, dead, vacuumed)
