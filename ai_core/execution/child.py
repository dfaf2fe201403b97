"""Inside the child process of a computing job: a context that speaks through a pipe.

The child has no database, no broker and no lease. All it can do is talk to the worker that
started it; when that worker dies, the child is killed with it.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ai_core.execution import registry
from ai_core.execution.protocol import Failure, JobStopped

PR_SET_PDEATHSIG = 1
LARGEST_MESSAGE = 16 << 20  # bytes; what a job may keep is far below


class ChildContext:
    """The executor's context in a child: each call is one message to the worker."""

    def __init__(self, pipe: Connection, facts: dict[str, Any]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._closers: list[Callable[[], None]] = []
        self._stop = ""
        self.job_id: str = facts["job_id"]
        self.attempt: int = facts["attempt"]
        self.input: dict[str, Any] = facts["input"]
        self.checkpoint_data: Any = facts["checkpoint"]
        self.folder = Path(facts["folder"])

    def say(self, what: str, *arguments: Any, **named: Any) -> None:
        body = json.dumps([what, arguments, named], allow_nan=True).encode()
        if len(body) > LARGEST_MESSAGE:
            raise ValueError(f"{len(body):,} bytes are too many: store a file instead")
        with self._lock:
            self._pipe.send_bytes(body)

    def stop(self, reason: str) -> None:
        self._stop = reason
        if reason != "pause":
            for close in self._closers:
                close()

    @property
    def stop_reason(self) -> str:
        return self._stop

    def check(self) -> None:
        if self._stop:
            raise JobStopped(self._stop)

    def on_stop(self, close: Callable[[], None]) -> None:
        self._closers.append(close)

    def log(self, message: str, level: str = "info") -> None:
        self.say("log", str(message), level)

    def progress(self, percentage: float, substatus: str | None = None) -> None:
        self.say("progress", percentage, substatus)

    def stage(self, name: str, substatus: str = "") -> None:
        self.say("stage", name, substatus)

    def metric(self, step: int, **values: float) -> None:
        self.say("metric", int(step), **{name: float(value) for name, value in values.items()})

    def event(self, kind: str, message: str, payload: dict[str, Any] | None = None) -> None:
        self.say("event", kind, message, payload)

    def artifact(
        self,
        name: str,
        content: bytes | str | Path,
        *,
        content_type: str = "",
        kind: str = "",
        partial: bool = False,
    ) -> None:
        if not isinstance(content, Path):
            path = self.folder / f"artifact-{os.urandom(8).hex()}"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            content = path
        self.say(
            "artifact_file", name, str(content),
            content_type=content_type, kind=kind, partial=partial,
        )  # fmt: skip

    def usage(self, **facts: Any) -> None:
        self.say("usage", **facts)

    def checkpoint(self, data: Any) -> None:
        self.say("checkpoint", data)


def main(pipe: Connection, executor_name: str, facts: dict[str, Any]) -> None:
    """Run one attempt and say how it ended; the body of the child process."""
    _die_with_the_worker()
    os.setsid()
    _limit_memory(facts["memory_mb"])
    ctx = ChildContext(pipe, facts)
    threading.Thread(target=_listen, args=(pipe, ctx), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: setattr(ctx, "_stop", ctx._stop or "shutdown"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _run(ctx, executor_name)
    except (BrokenPipeError, EOFError, OSError):
        os._exit(1)  # the worker is gone: nobody wants to know
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)  # whatever the executor has started ends with it
    os._exit(0)


def _run(ctx: ChildContext, executor_name: str) -> None:
    executor = registry.executor_named(executor_name)
    if executor is None:
        ctx.say("failed", f"This worker has no executor {executor_name!r}.", "EXECUTOR_MISSING")
        return
    try:
        result = executor.run(ctx)
    except JobStopped:
        ctx.say("stopped")
    except Failure as failure:
        ctx.say(
            "failed", failure.message, failure.code, failure.failure_class.value, failure.retry,
            failure.retry_after,
        )  # fmt: skip
    except MemoryError:
        ctx.say("failed", "The job needed more memory than it may use.", "OUT_OF_MEMORY", "bug")
    except BaseException as error:
        ctx.log(traceback.format_exc(), "error")
        ctx.say("failed", f"{type(error).__name__}: {error}", "EXECUTION_FAILED", "bug")
    else:
        _deliver(ctx, result)


def _deliver(ctx: ChildContext, result: Any) -> None:
    try:
        ctx.say("done", result)
    except (TypeError, ValueError, RecursionError) as error:
        ctx.say("failed", f"The result is not JSON: {error}", "RESULT_INVALID", "bug", False)


def _listen(pipe: Connection, ctx: ChildContext) -> None:
    """Hear orders; the end of the pipe is the end of the worker."""
    while True:
        try:
            ctx.stop(pipe.recv_bytes().decode())
        except (EOFError, OSError):
            os._exit(1)


def _die_with_the_worker() -> None:
    """Be killed with the process that forked us, which ends when the worker does.

    That one sees the worker's end by a pipe; every child is handed its writing end as well, and
    would keep it open.
    """
    server: Any = vars(forkserver)["_forkserver"]
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = server._forkserver_address = None
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died in between
            os._exit(1)


def _limit_memory(megabytes: int | None) -> None:
    if megabytes:
        limit = megabytes << 20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
