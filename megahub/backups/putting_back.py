"""Puts a backup back into an empty database and a data folder; nothing that is there is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from megahub.backups import files, programs
from megahub.backups.taking import ARTIFACTS, DUMP, MANIFEST, sha256
from megahub.up.refusal import Refusal

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
# So many numbers are left out, so that no job made from now on has the number of one that is lost.
NUMBERS_LEFT_OUT = 100_000

# What belonged to the processes of then.
_FORGET = "DELETE FROM ai_core_serviceheartbeat"


def manifest_of(backup: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise Refusal(f"{backup} is no finished backup: {error}") from None
    if sha256(backup / DUMP) != manifest["dump"]["sha256"]:
        raise Refusal(f"{backup / DUMP} is not the file that was written: take another backup")
    return manifest


def put_back(
    backup: Path, *, database: str, artifacts: Path | None, say: Callable[[str], object]
) -> dict[str, Any]:
    """Restore database and files, bring the schema up to this version; return the manifest."""
    manifest = manifest_of(backup)
    with psycopg.connect(database, connect_timeout=5, autocommit=True) as connection:
        _refuse_if_used(connection)
        server = connection.info.server_version // 10_000
        program = programs.path_of("pg_restore", server=max(server, manifest["server"]))
        say("restoring the database")
        programs.run(
            program,
            ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
             f"--dbname={connection.info.dbname}", str(backup / DUMP)],
            to=connection,
        )  # fmt: skip
        connection.execute(_FORGET)
        _leave_numbers_out(connection)
        connection.execute("ANALYZE")
    source = backup.parent / ARTIFACTS
    if artifacts is not None and source.is_dir():
        say("copying files")
        files.copy_new(source, artifacts)
    return manifest


def _refuse_if_used(connection: psycopg.Connection) -> None:
    found = connection.execute(
        """SELECT count(*) FROM information_schema.tables
           WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"""
    ).fetchone()
    if found and found[0]:
        raise Refusal(
            f"the database has {found[0]} tables already: give an empty one, so that nothing of "
            "it is lost"
        )


def _leave_numbers_out(connection: psycopg.Connection) -> None:
    name = "ai_core_aijob_id_seq"
    connection.execute(
        sql.SQL("SELECT setval({name}, (SELECT last_value FROM {table}) + {more})").format(
            name=sql.Literal(name), table=sql.Identifier(name), more=sql.Literal(NUMBERS_LEFT_OUT)
        )
    )


def manage(words: list[str], environment: Mapping[str, str]) -> int:
    """Run another command on what was restored, in a process that reads these settings."""
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, str(MANAGE), *words], env={**os.environ, **environment}, check=False
    ).returncode
