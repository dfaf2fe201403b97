"""A socket under watch: idle and total time-outs hold for each read, whatever drips in."""

from __future__ import annotations

import io
import socket
import time
from dataclasses import dataclass

from ai_core.outbound.failures import TimedOut

PIECE = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How long a call may take, in seconds, and how many bytes its answer may have."""

    connect: float = 5.0
    idle: float = 30.0
    total: float = 120.0
    size: int = 10 * 2**20


class Clock:
    """When a call began, and how long its next step may take."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.began = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def left(self) -> float:
        left = self.limits.total - self.elapsed()
        if left <= 0:
            raise TimedOut("total", self.limits.total)
        return left

    def patience(self, seconds: float) -> float:
        return min(seconds, self.left())

    def too_slow(self, which: str, seconds: float) -> TimedOut:
        """Name the limit that a socket's time-out stands for."""
        if self.elapsed() >= self.limits.total - 0.001:
            return TimedOut("total", self.limits.total)
        return TimedOut(which, seconds)


class WatchedSocket:
    """What http.client needs of a socket, with the clock read before every step."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self.sock = sock
        self.clock = clock

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        view = memoryview(data)
        for start in range(0, len(view), PIECE):
            idle = self.clock.limits.idle
            self.sock.settimeout(self.clock.patience(idle))
            try:
                self.sock.sendall(view[start : start + PIECE])
            except TimeoutError:
                raise self.clock.too_slow("idle", idle) from None

    def makefile(self, mode: str = "rb", *_args: object, **_named: object) -> io.BufferedReader:
        return io.BufferedReader(_Reads(self), buffer_size=PIECE)

    def close(self) -> None:
        """http.client closes what it thinks is its own; the call closes the socket itself."""


class _Reads(io.RawIOBase):
    def __init__(self, watched: WatchedSocket) -> None:
        super().__init__()
        self.watched = watched

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        clock = self.watched.clock
        idle = clock.limits.idle
        self.watched.sock.settimeout(clock.patience(idle))
        try:
            return self.watched.sock.recv_into(buffer)  # type: ignore[arg-type]
        except TimeoutError:
            raise clock.too_slow("idle", idle) from None
