"""The hub's own processes: started, watched, started again with a growing pause, stopped."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from megahub.guardian import Guardian
from megahub.up.log import Log

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 30.0  # a process that ran so long begins again with the first pause


@dataclass
class Process:
    """One child; `restart` is only ever called by the supervisor's loop."""

    name: str
    command: Sequence[str]
    guard: Guardian
    log: Log
    inherit: Sequence[int] = ()
    child: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE
    started: float = 0.0
    due: float | None = field(default=None)

    def start(self, environment: Mapping[str, str]) -> None:
        self.started = time.monotonic()
        self.due = None
        self.child = self.guard.spawn(
            self.command, env=environment, output=subprocess.PIPE, inherit=self.inherit
        )
        self.log.follow(self.name, self.child)

    def look_after(self, environment: Mapping[str, str]) -> None:
        """Notice that the child died, and start it again when its pause is over."""
        now = time.monotonic()
        if self.due is not None:
            if now >= self.due:
                self.start(environment)
        elif self.child is not None and self.child.poll() is not None:
            self.guard.forget(self.child)
            if now - self.started > STEADY_SECONDS:
                self.pause = FIRST_PAUSE
            self.log.say(
                f"{self.name} ended ({_reason(self.child.returncode)}); "
                f"starting it again in {self.pause:g} s"
            )
            self.due = now + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)


def stop_all(processes: Sequence[Process], grace: float) -> None:
    """Ask all to end at once, wait together, kill what is still there."""
    running = [process.child for process in processes if process.child is not None]
    for child in running:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + grace
    for child in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(OSError):  # its own children too, if it left any
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for process in processes:
        if process.child is not None:
            process.guard.forget(process.child)
            process.child = None


def _reason(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
