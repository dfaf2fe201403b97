"""Real workers and sweepers in processes of their own, on the test's database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.ai_core.workbench import wait_until

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 1.5


def database_url() -> str:
    facts = connection.settings_dict
    user, password = quote(facts["USER"]), quote(facts["PASSWORD"])
    return f"postgresql://{user}:{password}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def environment(**wanted: str) -> dict[str, str]:
    """Short leases and beats, so that nobody waits for what they are there for."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL or "",
        "MEGAHUB_SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "tests.settings_with_executors",
        "MEGAHUB_LEASE_SECONDS": str(LEASE_SECONDS),
        "MEGAHUB_SWEEP_SECONDS": "0.2",
        "MEGAHUB_STOP_GRACE_SECONDS": "1",
        "MEGAHUB_SHUTDOWN_SECONDS": "3",
        **wanted,
    }


class HubProcess:
    """One `manage.py worker` or `sweeper`, in a session of its own; its log is a file."""

    def __init__(
        self, folder: Path, kind: str, *, program: list[str] | None = None, **wanted: str
    ) -> None:
        self.log = folder / f"{kind}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *(program or ["manage.py"]), kind],
                cwd=ROOT,
                env=environment(**wanted),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def freeze(self) -> None:
        """Stop it, and be sure that it has stopped."""
        self.signal(signal.SIGSTOP)
        wait_until(lambda: state_of(self.pid) == "T", seconds=5)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    def ends(self, *, seconds: float = 15) -> int:
        return self.process.wait(seconds)


class Fleet:
    """The processes of one test; all are gone when it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.members: list[HubProcess] = []

    def start(self, kind: str, **details: Any) -> HubProcess:
        member = HubProcess(self.folder, kind, **details)
        self.members.append(member)
        return member

    def worker(self, **details: Any) -> HubProcess:
        return self.start("worker", **details)

    def sweeper(self, **details: Any) -> HubProcess:
        return self.start("sweeper", **details)

    def close(self) -> None:
        for member in self.members:
            if member.process.poll() is None:
                member.thaw()
            member.kill()

    def logs(self) -> str:
        return "\n".join(f"--- {m.log.name}\n{m.text()[-4000:]}" for m in self.members)


def state_of(pid: int) -> str:
    """The kernel's letter for a process: R, S, T (stopped), Z (dead, not buried); empty: gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def is_gone(pid: int) -> bool:
    return state_of(pid) in ("", "Z")
