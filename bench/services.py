"""A PostgreSQL and a Valkey of a bench's own, durable as in production."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from megahub.embedded import Postgres, Valkey
from megahub.embedded.postgres import ADMIN_ROLE, ROLE
from megahub.guardian import Guardian


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Start both, and yield the environment that leads to them."""
    guard = Guardian()
    folder = Path(tempfile.mkdtemp(prefix="megahub-bench-"))
    guard.remove_afterwards(folder)
    postgres = Postgres(folder, guard=guard, durable=True)
    valkey = Valkey(folder, guard=guard)
    try:
        database = postgres.start()
        _let_fill(database)
        yield {
            **os.environ,
            "DATABASE_URL": database,
            "REDIS_URL": valkey.start(),
            "MEGAHUB_SECRET_KEY": secrets.token_urlsafe(40),
            "MEGAHUB_DATA": str(folder / "data"),
            "MEGAHUB_DEMO": "0",
            "DJANGO_SETTINGS_MODULE": "megahub.settings",
        }
    finally:
        valkey.stop()
        postgres.stop()
        guard.close()
        shutil.rmtree(folder, ignore_errors=True)


def _let_fill(address: str) -> None:
    """Whoever fills this hub may leave triggers and foreign keys out; a real hub's role may not."""
    parts = urlsplit(address)
    netloc = parts.netloc.replace(f"{ROLE}:", f"{ADMIN_ROLE}:", 1)
    with psycopg.connect(urlunsplit(parts._replace(netloc=netloc)), autocommit=True) as admin:
        admin.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
