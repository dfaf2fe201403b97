"""A command that runs in a session of its own: found again by a runner that was started anew."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_KEEPER = Path(__file__).with_name("keeper.py")
BETWEEN_FILES = 5.0  # seconds that a keeper has to write how its command ended


class Process:
    """One command; all about it lies in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "output.log"
        self._note = folder / "process.json"
        self._child: subprocess.Popen[bytes] | None = None
        self._gone_at = 0.0

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it. Its output goes into a file, so that it lives on when the runner does not."""
        keeper = [sys.executable, "-I", str(_KEEPER), str(self.folder), "--", *command]
        (self.folder / "exit").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603  (running a command is the task)
                keeper,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        pid = self._child.pid
        self._note.write_text(json.dumps({"pid": pid, "born": born(pid)}))

    def was_started(self) -> bool:
        return self._note.exists()

    def exit_code(self) -> int | None:
        """How it ended; None while it runs. Killed with its keeper: -9."""
        if self._child is not None:
            self._child.poll()  # or it stays a zombie
        try:
            return int((self.folder / "exit").read_text())
        except (OSError, ValueError):
            pass
        if self.is_alive():
            return None
        self._gone_at = self._gone_at or time.monotonic()
        return -signal.SIGKILL if time.monotonic() - self._gone_at > BETWEEN_FILES else None

    def is_alive(self) -> bool:
        pid, was_born = self._who()
        return bool(pid) and born(pid) == was_born != ""

    def send(self, number: int) -> None:
        """Signal the whole group: the command and all that it has started."""
        pid, _born = self._who()
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)

    def _who(self) -> tuple[int, str]:
        try:
            note = json.loads(self._note.read_text())
            return int(note["pid"]), str(note["born"])
        except (OSError, ValueError, KeyError):
            return 0, ""


def born(pid: int) -> str:
    """When a process began, so that another one with its number is not taken for it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return _born_elsewhere(pid)
    return "" if fields[0] == "Z" else fields[19]


def _born_elsewhere(pid: int) -> str:
    """Ask `ps` where there is no /proc."""
    if Path("/proc/self/stat").exists():
        return ""
    asked = ["ps", "-o", "lstart=", "-p", str(pid)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()
