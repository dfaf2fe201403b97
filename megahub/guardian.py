"""A small process that outlives its owner just long enough to stop what the owner had started.

A supervisor killed with KILL cannot clean up, PR_SET_PDEATHSIG is lost when a child changes its
user, and macOS has none. So the owner holds the only writing end of a pipe: whatever ends the
owner closes it, and the guardian then stops the processes and removes the folders it was told of.
It runs by path and uses only the standard library, so it starts in a few milliseconds.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

GRACE_SECONDS = 2.5
# The child waits for its first line before it becomes the program: had the owner died before
# telling the guardian, the line never comes and the child ends.
GATE = 'read -r go && exec "$@"'


class Guardian:
    """The owner's side: start processes through it, and tell it when they have ended."""

    def __init__(self, *, hold: Sequence[int] = ()) -> None:
        """Start the guardian; it keeps the given descriptors (a lock) open until it has ended."""
        read_end, self._pipe = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own file)
                [sys.executable, "-I", __file__],
                stdin=read_end,
                stdout=subprocess.DEVNULL,
                pass_fds=hold,
                start_new_session=True,
            )
        finally:
            os.close(read_end)

    def spawn(  # noqa: PLR0913 (what a process needs, all by keyword)
        self,
        command: Sequence[str],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        output: int | IO[Any] | None = None,
        user: int | None = None,
        groups: Sequence[int] | None = None,
        inherit: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a command in its own session; it never outlives the owner by more than seconds."""
        process = subprocess.Popen(  # noqa: S603 (commands are ours)
            ["/bin/sh", "-c", GATE, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            env=env,
            cwd=cwd,
            user=user,
            extra_groups=groups,
            pass_fds=inherit,
            start_new_session=True,
        )
        self._tell("process", f"{process.pid} {int(stop_signal)}")
        assert process.stdin is not None  # noqa: S101 (asked for above)
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(f"go\n{stdin}".encode())
        return process

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        self._tell("gone", str(process.pid))

    def remove_afterwards(self, folder: Path) -> None:
        self._tell("folder", str(folder))

    def close(self) -> None:
        """Let the guardian finish: it stops what is still there, and ends."""
        os.close(self._pipe)
        try:
            self._process.wait(timeout=3 * GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, word: str, fact: str) -> None:
        os.write(self._pipe, f"{word} {fact}\n".encode())


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals, grace: float) -> None:
    """Ask a process to end, and kill its group when it has not after the grace."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()


def watch(lines: IO[str]) -> None:
    """Listen until the owner is gone, then stop and remove what it left behind."""
    processes: dict[int, int] = {}
    folders: list[str] = []
    for line in lines:
        word, _, fact = line.rstrip("\n").partition(" ")
        if word == "process":
            pid, stop_signal = fact.split()
            processes[int(pid)] = int(stop_signal)
        elif word == "gone":
            processes.pop(int(fact), None)
        elif word == "folder":
            folders.append(fact)
    _stop_all(processes)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _stop_all(processes: dict[int, int]) -> None:
    for pid, stop_signal in processes.items():
        with contextlib.suppress(OSError):
            os.kill(pid, stop_signal)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in processes:
        _signal_group(pid, signal.SIGKILL)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # What nobody has reaped yet is dead all the same; other systems have no /proc.
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    except OSError:
        return False


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, number)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watch(sys.stdin)
