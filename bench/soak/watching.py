"""What a hub holds at a moment: memory and files of each process, connections, keys, tables."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis

from bench.soak.hub import Hub
from bench.start import descendants, memory

ROLES = ("web", "worker", "sweeper", "up", "postgres", "valkey")
TABLES = """
SELECT relname, n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE n_live_tup > 2000
"""


@dataclass
class Sample:
    at: float
    megabytes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    files: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    connections: int = 0
    valkey_megabytes: float = 0.0
    valkey_keys: int = 0
    jobs: int = 0
    database_megabytes: float = 0.0
    dead_share: float = 0.0  # of the table that has most, in rows that live
    worst_table: str = ""


class Watch:
    def __init__(self, hub: Hub) -> None:
        found = hub.services()
        self.hub = hub
        self.database: Any = psycopg.connect(found["database_url"], autocommit=True)
        self.valkey = redis.Redis.from_url(found["redis_url"])

    def sample(self) -> Sample:
        one = Sample(time.monotonic())
        for pid in [self.hub.pid, *descendants(self.hub.pid)]:
            role = _role(pid)
            if role:
                # PostgreSQL's shared buffers fill with the data, up to their size: that is no leak.
                kind = "Pss_Anon" if role == "postgres" else "Pss"
                one.megabytes[role] += memory(pid, kind) / 1024
                one.files[role] += _open_files(pid)
        [(one.connections,)] = self.database.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchall()
        info: Any = self.valkey.info("memory")
        one.valkey_megabytes = info["used_memory"] / 2**20
        one.valkey_keys = int(self.valkey.dbsize())  # type: ignore[arg-type]
        [(one.jobs, size)] = self.database.execute(
            """SELECT (SELECT count(*) FROM ai_core_aijob),
                      pg_database_size(current_database())"""
        ).fetchall()
        one.database_megabytes = size / 2**20
        for table, live, dead in self.database.execute(TABLES).fetchall():
            if dead / live > one.dead_share:
                one.dead_share, one.worst_table = dead / live, table
        return one


def _role(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    line = " ".join(words[:4])
    return next((role for role in ROLES if role in line), "")


def _open_files(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0
