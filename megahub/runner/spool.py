"""Keeps messages in a file until the hub has them: in order, over outages and restarts."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # pragma: no cover  (Windows: one process at a time is up to the user)
    fcntl = None  # type: ignore[assignment]

SHRINK_AT = 1 << 20
MOST_TWINS = 100


class Spool:
    """A line for each message; beside it, how far the hub has them."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path, self._file = _locked(folder, name)
        self._lock = threading.RLock()
        self._mark = self.path.with_suffix(".sent")
        self._offset = self._read_mark()
        self._last = 0
        self.waiting = 0
        self._recover()

    def note(self, about: dict[str, Any]) -> None:
        """Remember whose messages these are, for `catch_up`."""
        self.path.with_suffix(".about").write_text(json.dumps(about))

    def put(self, message: dict[str, Any]) -> None:
        """Number a message and keep it; its id makes a second sending harmless."""
        with self._lock:
            last = self._last = max(self._last + 1, time.time_ns() // 1000)
            kept = {"message_id": f"{self.path.stem}-{last}", "sequence": last, **message}
            self._file.seek(0, os.SEEK_END)
            self._file.write(json.dumps(kept).encode() + b"\n")
            self._file.flush()
            self.waiting += 1

    def take_over(self, other: Spool) -> None:
        """Keep what another process could not send, with its own numbers."""
        while (message := other.first()) is not None:
            self.put(message)
            other.done()

    def first(self) -> dict[str, Any] | None:
        """Return the oldest message that waits."""
        with self._lock:
            self._file.seek(self._offset)
            line = self._file.readline()
        return json.loads(line) if line else None

    def done(self) -> None:
        """The hub has the first one."""
        with self._lock:
            self._file.seek(self._offset)
            self._file.readline()
            self._offset = self._file.tell()
            self.waiting -= 1
            if not self.waiting and self._offset > SHRINK_AT:
                self._file.truncate(0)
                self._offset = 0
        draft = self._mark.with_suffix(".sent-part")
        draft.write_text(str(self._offset))
        draft.replace(self._mark)

    def set_aside(self, reason: str) -> None:
        """The hub will never take the first one: keep it for people, and go on."""
        with self.path.with_suffix(".refused").open("a") as file:
            file.write(json.dumps({"reason": reason, "message": self.first()}) + "\n")
        self.done()

    def close(self) -> None:
        """Give the file free; an empty one is taken away."""
        if not self.waiting:
            for path in (self.path, self._mark, self.path.with_suffix(".about")):
                path.unlink(missing_ok=True)
        self._file.close()

    def _read_mark(self) -> int:
        try:
            return int(self._mark.read_text())
        except (OSError, ValueError):
            return 0

    def _recover(self) -> None:
        """Count what an earlier process left; half a line is the trace of a crash."""
        size = self._file.seek(0, os.SEEK_END)
        self._offset = min(self._offset, size)
        end = self._offset
        for line in _lines(self._file, self._offset):
            try:
                self._last = max(self._last, int(json.loads(line)["sequence"]))
            except (ValueError, KeyError, TypeError):
                break
            end += len(line)
            self.waiting += 1
        self._file.truncate(end)


def _lines(file: IO[bytes], offset: int) -> Iterator[bytes]:
    file.seek(offset)
    while (line := file.readline()).endswith(b"\n"):
        yield line


def _locked(folder: Path, name: str) -> tuple[Path, IO[bytes]]:
    """Open the file for this process alone; a twin of it gets one beside it."""
    for number in range(MOST_TWINS):
        path = folder / (f"{name}.jsonl" if not number else f"{name}-{number}.jsonl")
        file = path.open("a+b")
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            continue
        if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
            return path, file
        file.close()  # its owner took it away meanwhile
    raise OSError(f"{folder} has no free spool file for {name}: other processes hold them all.")
