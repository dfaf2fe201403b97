"""Executors that wait for the test's word, ignore every order, or return what cannot be kept."""

import ctypes
import os
import socket
import time
from pathlib import Path
from typing import Any

from ai_core.execution.protocol import Context, Executor, Failure, Way

PATIENCE_SECONDS = 60.0


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"d": value}
    return value


HOSTILE_RESULTS: dict[str, Any] = {
    "nan": {"value": float("nan")},
    "infinity": {"value": float("inf")},
    "nul": {"value": "a\x00b"},
    "nul-key": {"a\x00b": 1},
    "surrogate": {"value": "\ud800"},
    "deep": deep(65),
    "very-deep": deep(900),
    "abyss": deep(100_000),
    "large": {"value": "x" * 2_000_000},
    "many": {"value": list(range(200_000))},
    "huge-number": {"value": 10**30},
    "list": [1, 2],
    "text": "done",
    "none": None,
    "bytes": {"value": b"raw"},
    "object": {"value": object()},
    "number-key": {1: "one"},
}
HOSTILE_TEXTS = {
    "nul": "a\x00b",
    "surrogate": "half \ud800 a pair",
    "long": "long " * 300_000,
    "plain": "plain",
}


class Gated(Executor):
    """Runs until the test opens its gate, hears no order, then writes all that a job can write."""

    name = "gated"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        gates = Path(ctx.input["gates"])
        ctx.log(f"attempt {ctx.attempt} begins")
        (gates / f"begun-{ctx.attempt}").write_text(str(os.getpid()))
        until = time.monotonic() + PATIENCE_SECONDS
        while not (gates / f"open-{ctx.attempt}").exists() and time.monotonic() < until:
            time.sleep(0.02)
        mark = f"by-attempt-{ctx.attempt}"
        for write in (
            lambda: ctx.log(f"late line {mark}"),
            lambda: ctx.progress(90 + ctx.attempt, mark),
            lambda: ctx.stage(mark),
            lambda: ctx.metric(ctx.attempt, value=ctx.attempt),
            lambda: ctx.event("info", mark),
            lambda: ctx.usage(kind=mark, units=1),
            lambda: ctx.checkpoint({"mark": mark}),
            lambda: ctx.artifact(f"{mark}.txt", mark),
        ):
            try:
                write()
            except Exception as error:
                with (gates / f"refused-{ctx.attempt}").open("a") as file:
                    file.write(f"{type(error).__name__}\n")
        (gates / f"written-{ctx.attempt}").write_text("")
        return {"mark": mark, "job_id": ctx.job_id}


class GatedProcess(Gated):
    """The same in a child process."""

    name = "gated_process"
    way = Way.PROCESS


class Chatty(Executor):
    """Logs `lines` lines, `rate` a second."""

    name = "chatty"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        lines, rate = int(ctx.input["lines"]), float(ctx.input.get("rate", 1000))
        begun = time.monotonic()
        for number in range(lines):
            ctx.log(f"line {number}")
            ahead = number / rate - (time.monotonic() - begun)
            if ahead > 0.01:
                time.sleep(ahead)
        return {"lines": lines, "seconds": time.monotonic() - begun}


class ChattyProcess(Chatty):
    """The same in a child process."""

    name = "chatty_process"
    way = Way.PROCESS


class Hoarder(Executor):
    """Keeps a file of `size` bytes."""

    name = "hoarder"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        ctx.artifact("hoard.bin", b"x" * int(ctx.input["size"]))
        return {"size": ctx.input["size"]}


class Returns(Executor):
    """Returns the hostile result that it is asked for."""

    name = "returns"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        return HOSTILE_RESULTS[ctx.input["what"]]


class ReturnsProcess(Returns):
    """The same in a child process."""

    name = "returns_process"
    way = Way.PROCESS


class Says(Executor):
    """Puts a hostile text into every field that an executor can write, then ends as it is told."""

    name = "says"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        text = HOSTILE_TEXTS[ctx.input["text"]]
        ctx.log(text, level=text[:20])
        ctx.progress(10, text)
        ctx.stage(text, text)
        ctx.metric(1, **{text[:50]: 1.0})
        ctx.event("info", text)
        match ctx.input["end"]:
            case "error":
                raise RuntimeError(text)
            case "failure":
                raise Failure(text, code=text)
            case "retry":
                raise Failure(text, code=text, retry=True, retry_after=float("inf"))
            case "exit":
                raise SystemExit(text)
        return {"said": True}


class SaysProcess(Says):
    """The same in a child process."""

    name = "says_process"
    way = Way.PROCESS


class Silence:
    """A server on the loopback address that accepts and never answers."""

    def __enter__(self) -> tuple[str, int]:
        self.server = socket.create_server(("127.0.0.1", 0))
        return self.server.getsockname()

    def __exit__(self, *_: object) -> None:
        self.server.close()


class HangingSocket(Executor):
    """Waits for a server that never answers; a stop closes its socket."""

    name = "hanging_socket"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        with Silence() as address, socket.create_connection(address) as client:
            ctx.on_stop(lambda: client.shutdown(socket.SHUT_RDWR))
            begun(ctx)
            client.recv(1)
            ctx.check()
        return {}


class HangingSocketProcess(Executor):
    """Waits in a child process for a server that never answers, and hears no order."""

    name = "hanging_socket_process"
    way = Way.PROCESS

    def run(self, ctx: Context) -> dict[str, Any]:
        with Silence() as address, socket.create_connection(address) as client:
            begun(ctx)
            while True:
                client.recv(1)


class CCall(Executor):
    """Sleeps inside C with the interpreter's lock held: not one line of Python runs meanwhile."""

    name = "c_call"
    way = Way.PROCESS

    def run(self, ctx: Context) -> dict[str, Any]:
        begun(ctx)
        ctypes.PyDLL(None).sleep(600)
        return {}


class Busy(Executor):
    """Computes for ever."""

    name = "busy"
    way = Way.PROCESS

    def run(self, ctx: Context) -> dict[str, Any]:
        begun(ctx)
        while True:
            pass


class Quick(Executor):
    """Does nothing, or sleeps for `seconds` without looking at anything."""

    name = "quick"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        if seconds := float(ctx.input.get("seconds", 0)):
            ctx.log("begun")
            time.sleep(seconds)
        return {"job_id": ctx.job_id, "attempt": ctx.attempt}


class QuickProcess(Quick):
    """The same in a child process."""

    name = "quick_process"
    way = Way.PROCESS


def begun(ctx: Context) -> None:
    """Leave this process's number where the test looks for it."""
    ctx.log(f"in process {os.getpid()}")
    if "gates" in ctx.input:
        (Path(ctx.input["gates"]) / f"begun-{ctx.attempt}").write_text(str(os.getpid()))


ALL: list[Executor] = [
    Gated(), GatedProcess(), Chatty(), ChattyProcess(), Returns(), ReturnsProcess(),
    Says(), SaysProcess(), HangingSocket(), HangingSocketProcess(), CCall(), Busy(),
    Quick(), QuickProcess(), Hoarder(),
]  # fmt: skip
