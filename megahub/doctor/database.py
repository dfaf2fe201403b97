"""PostgreSQL: version, safety, room, migrations, and the rules that it has to hold itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from brands.findings import Checkup, Finding, broken, fine, odd
from megahub.up.services import OLDEST_POSTGRESQL

FULL = 0.8
OLD_TRANSACTION_SECONDS = 900
OLDEST_XID = 1_000_000_000
SKEW_SECONDS = 5
FUNCTION = re.compile(
    r"CREATE OR REPLACE FUNCTION (\w+)\s*\(.*?\bAS \$\$(.*?)\$\$", re.IGNORECASE | re.DOTALL
)
TRIGGER = re.compile(r"CREATE TRIGGER (\w+)")


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.fetchall()


_SERVER = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,
  current_setting('max_connections')::int, current_setting('fsync'),
  current_setting('full_page_writes'), current_setting('autovacuum'),
  current_setting('synchronous_commit'), pg_is_in_recovery(),
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  age(datfrozenxid), pg_size_pretty(pg_database_size(current_database()))
FROM pg_database WHERE datname = current_database()
"""


def server() -> Iterator[Finding]:
    [facts] = _rows(_SERVER)
    text, version, most, fsync, pages, vacuum, commit, standby, used, xid, size = facts
    if version < OLDEST_POSTGRESQL:
        yield broken(
            "database",
            f"PostgreSQL {text} is too old",
            mend=f"use {OLDEST_POSTGRESQL} or newer",
        )
    else:
        yield fine("database", f"PostgreSQL {text}, {used} of {most} connections, {size}")
    if standby:
        yield broken(
            "database", "this server is a standby: it takes no job", mend="mend DATABASE_URL"
        )
    for name, value in (("fsync", fsync), ("full_page_writes", pages), ("autovacuum", vacuum)):
        if value == "off":
            yield broken(
                "database",
                f"{name} is off: a crash may lose or spoil what was acknowledged"
                if name != "autovacuum"
                else "autovacuum is off: tables grow without end",
                mend=f"set {name} = on in postgresql.conf",
            )
    if commit == "off":
        yield odd(
            "database",
            "synchronous_commit is off: a crash may lose the last half second",
            mend="set it to on, unless that is what you want",
        )
    if used > most * FULL:
        yield broken(
            "database",
            f"{used} of {most} connections are taken",
            mend="raise max_connections or lower the slots of workers (docs/deploy.md, sizing)",
        )
    if xid > OLDEST_XID:
        yield broken(
            "database",
            f"the oldest transaction id is {xid:,} old",
            mend="let VACUUM finish: end old transactions and replication slots first",
        )


def room() -> Iterator[Finding]:
    """Whether the connections would do if everything that was configured ran."""
    [(most, workers)] = _rows(
        """SELECT current_setting('max_connections')::int, (SELECT count(*)
           FROM ai_core_serviceheartbeat WHERE kind = 'worker'
             AND seen_at > clock_timestamp() - interval '30 seconds')"""
    )
    each = settings.WORKER_SLOTS + settings.WORKER_PROCESSES + 4
    need = workers * each + settings.WEB_THREADS + 20
    if need > most:
        yield odd(
            "database",
            f"{workers} workers and a web process may want {need} connections of {most}",
            mend="raise max_connections, or lower MEGAHUB_WORKER_SLOTS",
        )


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = ", ".join(f"{one.app_label}.{one.name}" for one, _backwards in missing[:3])
        yield broken(
            "migrations",
            f"{len(missing)} are not applied: {names}",
            mend="run `manage.py migrate` (safe while the hub runs, docs/operating.md)",
        )
    else:
        yield fine("migrations", "all are applied")


def rules() -> Iterator[Finding]:
    """What must hold, the database holds: are its triggers and functions those of the code?"""
    wanted, bodies = _of_the_code()
    there = dict(_rows("SELECT tgname, tgenabled <> 'D' FROM pg_trigger WHERE NOT tgisinternal"))
    missing = sorted(name for name in wanted if not there.get(name))
    if missing:
        yield broken(
            "triggers",
            f"missing or disabled: {', '.join(missing)}: nothing refuses what they forbid",
            mend="ALTER TABLE … ENABLE TRIGGER, or apply the migration that makes it again",
        )
    found = dict(_rows("SELECT proname, prosrc FROM pg_proc WHERE proname = ANY (%s)", [*bodies]))
    changed = sorted(name for name in bodies if found.get(name, "").strip() != bodies[name])
    if changed:
        yield broken(
            "functions",
            f"not as the code has them: {', '.join(changed)}",
            mend="run `manage.py migrate`; else somebody changed them by hand: "
            "run the file in ai_core/sql again",
        )
    if not missing and not changed:
        yield fine("rules", f"{len(wanted)} triggers and {len(bodies)} functions are in place")


def _of_the_code() -> tuple[set[str], dict[str, str]]:
    triggers: set[str] = set()
    bodies: dict[str, str] = {}
    for app in apps.get_app_configs():
        folder = Path(app.path)
        if folder.parent != settings.BASE_DIR:
            continue
        for path in sorted([*folder.glob("migrations/*.py"), *folder.glob("sql/*.sql")]):
            text = path.read_text()
            triggers |= set(TRIGGER.findall(text))
            if path.suffix == ".sql":
                bodies |= {name: body.strip() for name, body in FUNCTION.findall(text)}
    return triggers, bodies


_TROUBLE = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0),
  count(*) FILTER (WHERE wait_event_type = 'Lock'
    AND query_start < clock_timestamp() - interval '10 seconds')
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def sessions() -> Iterator[Finding]:
    [(oldest, waiting)] = _rows(_TROUBLE)
    if oldest > OLD_TRANSACTION_SECONDS:
        yield odd(
            "sessions",
            f"a transaction has been open for {int(oldest) // 60} minutes",
            mend="find it in pg_stat_activity and end it: dead rows pile up behind it",
        )
    if waiting:
        yield odd(
            "sessions",
            f"{waiting} sessions have waited for a lock for over ten seconds",
            mend="SELECT pid, pg_blocking_pids(pid), query FROM pg_stat_activity",
        )
    if oldest <= OLD_TRANSACTION_SECONDS and not waiting:
        yield fine("sessions", "no old transaction, nobody waits for a lock")


def indexes() -> Iterator[Finding]:
    """CREATE INDEX CONCURRENTLY that was interrupted leaves one that costs and helps nobody."""
    spoilt = [name for (name,) in _rows(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    )]  # fmt: skip
    if spoilt:
        yield odd(
            "indexes",
            f"half-made: {', '.join(spoilt)}",
            mend="REINDEX INDEX CONCURRENTLY <name>",
        )


def clock() -> Iterator[Finding]:
    """Half of the round trip is the most that asking itself can be wrong."""
    before = datetime.now(UTC)
    [(theirs,)] = _rows("SELECT clock_timestamp()")
    after = datetime.now(UTC)
    off = (before + (after - before) / 2 - theirs).total_seconds()
    if abs(off) > SKEW_SECONDS:
        yield odd(
            "clocks",
            f"this machine is {off:+.0f} s off the database's clock",
            mend="let both follow a time server (chrony, systemd-timesyncd)",
        )
    else:
        yield fine("clocks", f"this machine is {off:+.2f} s off the database's")


CHECKUPS: list[Checkup] = [server, migrations, rules, room, sessions, indexes, clock]
