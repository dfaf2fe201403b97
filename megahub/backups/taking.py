"""Takes a backup of a hub that runs: nobody has to stop, and all of it is of one moment."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection as django_connection

from brands import sealing
from megahub import __version__
from megahub.backups import files, programs

DUMP, MANIFEST, ARTIFACTS = "database.dump", "manifest.json", "artifacts"
LOCK_SECONDS = 60

_FACTS = {
    "jobs": "SELECT status, count(*) FROM ai_core_aijob GROUP BY 1",
    "newest": "SELECT id, job_id, created_at::text FROM ai_core_aijob ORDER BY id DESC LIMIT 1",
    "running": """SELECT job_id FROM ai_core_aijob WHERE lease_token IS NOT NULL
      ORDER BY id LIMIT 1000""",
    "waiting": """SELECT job_id FROM ai_core_aijob WHERE lease_token IS NULL
      AND status IN ('pending', 'running') ORDER BY id LIMIT 1000""",
    "migrations": "SELECT app, max(name) FROM django_migrations GROUP BY 1 ORDER BY 1",
    "server": "SELECT current_setting('server_version_num')::int / 10000, clock_timestamp()::text",
}


def take(target: Path, *, say: Callable[[str], object]) -> Path:
    """Make `target/<moment>/` with dump and manifest; files of all backups lie in one folder."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    unfinished = target / f"{name}.unfinished"
    unfinished.mkdir(mode=0o700)
    # Before the snapshot, so that what is deleted meanwhile is here; after it, so that what the
    # snapshot knows is here.
    _copy_files(target)
    say("files copied; dumping the database")
    facts = _dump(unfinished / DUMP)
    count, size = _copy_files(target)
    manifest = {
        **facts,
        "version": __version__,
        "dump": {"bytes": (unfinished / DUMP).stat().st_size, "sha256": sha256(unfinished / DUMP)},
        "files": {"count": count, "bytes": size, "local": is_local()},
        "credential_keys": key_marks(),
    }
    (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    finished = target / name
    unfinished.rename(finished)
    return finished


def is_local() -> bool:
    return "FileSystemStorage" in settings.STORAGES["default"]["BACKEND"]


def _copy_files(target: Path) -> tuple[int, int]:
    root = Path(settings.MEDIA_ROOT)
    if not is_local() or not root.is_dir():
        return 0, 0
    return files.copy_new(root, target / ARTIFACTS)


def _dump(path: Path) -> dict[str, Any]:
    """Dump and describe one and the same snapshot."""
    options = f"-c lock_timeout={LOCK_SECONDS}s -c idle_in_transaction_session_timeout=0"
    with psycopg.connect(**_address(), connect_timeout=5, options=options) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        [(snapshot,)] = connection.execute("SELECT pg_export_snapshot()").fetchall()
        facts = _described(connection)
        program = programs.path_of("pg_dump", server=facts["server"])
        old = os.umask(0o077)
        try:
            programs.run(
                program,
                ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
                 f"--lock-wait-timeout={LOCK_SECONDS}s", f"--file={path}"],
                to=connection,
            )  # fmt: skip
        finally:
            os.umask(old)
    return facts


def _address() -> dict[str, Any]:
    """Where Django's connection leads, without what it adds for itself."""
    kept = {"host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert",
            "sslkey"}  # fmt: skip
    given = django_connection.get_connection_params()
    return {name: value for name, value in given.items() if name in kept}


def _described(connection: psycopg.Connection) -> dict[str, Any]:
    found = {name: connection.execute(query).fetchall() for name, query in _FACTS.items()}
    [(server, moment)] = found["server"]
    newest = found["newest"][0] if found["newest"] else (0, "", "")
    return {
        "taken_at": moment,
        "server": server,
        "jobs": dict(found["jobs"]),
        "newest_job": dict(zip(("id", "job_id", "created_at"), newest, strict=True)),
        "running": [job for (job,) in found["running"]],
        "waiting": [job for (job,) in found["waiting"]],
        "migrations": dict(found["migrations"]),
    }


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---------------------------------------------------------------------- secrets, apart
def credential_keys() -> str:
    path = settings.DATA / sealing.FILE
    if settings.CREDENTIAL_KEYS:
        return str(settings.CREDENTIAL_KEYS)
    return path.read_text().strip().replace("\n", ",") if path.exists() else ""


def key_marks() -> list[str]:
    """Enough to see later whether the right keys are there; nothing that helps to guess one."""
    return [_mark(key.strip()) for key in credential_keys().split(",") if key.strip()]


def _mark(secret: str) -> str:
    return hashlib.scrypt(secret.encode(), salt=b"megahub", n=2**14, r=8, p=1, dklen=6).hex()


def write_secrets(path: Path) -> None:
    """The two secrets that no database holds, in a file for the operator's eyes only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"MEGAHUB_SECRET_KEY={settings.SECRET_KEY}\n")
        file.write(f"MEGAHUB_CREDENTIAL_KEYS={credential_keys()}\n")
