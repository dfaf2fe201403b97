"""What a killed run may leave in the data folder: a server still alive, or the file that says so.

Only the holder of the data folder's lock may ask this, so what is found here belongs to nobody.
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

PID_FILE = "postmaster.pid"
WAIT_SECONDS = 5


def end_postgres(folder: Path) -> None:
    """Stop a server that still works on the folder; drop a pid file whose pid is somebody else's.

    PostgreSQL refuses to start when the pid in its file is alive, and after a restart of the
    machine (or of a container) that pid may belong to any other process.
    """
    file = folder / PID_FILE
    try:
        pid = int(file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    command = _command_of(pid)
    if str(folder) not in command or "postgres" not in command:
        file.unlink(missing_ok=True)
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.kill(pid, number)
        if _has_ended(pid):
            return


def _has_ended(pid: int) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if not _command_of(pid):
            return True
        time.sleep(0.05)
    return False


def _command_of(pid: int) -> str:
    """Return the command line of a process, empty when there is none (or only its zombie)."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    listed = subprocess.run(  # noqa: S603
        ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607 (the system's)
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if "defunct" in listed.stdout else listed.stdout.strip()
