"""The worker's side of a computing job: start the child, hear it, stop it, bury it."""

import json
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from django.conf import settings

from ai_core.errors import LeaseLost
from ai_core.execution import child
from ai_core.execution.attempts import Attempt, AttemptContext
from ai_core.execution.protocol import Failure, JobStopped
from ai_core.statuses import FailureClass

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
TELL = {"log", "progress", "stage", "metric", "event", "usage", "checkpoint"}


class ChildLost(Exception):
    """The child is gone without a word: killed, out of memory, crashed."""


def forks() -> Any:
    """The context that forks children off a clean process, never off this one with its threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ai_core.execution.preload"])
    return context


def run(attempt: Attempt) -> dict[str, Any]:
    """Run the attempt in a child process and return its result, or raise as `Executor.run` may."""
    ours, theirs = multiprocessing.Pipe()
    claimed = attempt.claimed
    facts = {
        "job_id": claimed.job_id,
        "attempt": claimed.attempt,
        "input": claimed.input_data,
        "checkpoint": claimed.checkpoint,
        "folder": str(attempt.folder),
        "memory_mb": attempt.executor.memory_mb,
    }
    process = forks().Process(
        target=child.main, args=(theirs, attempt.executor.name, facts), daemon=True
    )
    process.start()
    theirs.close()
    try:
        return Conversation(attempt, ours, process).hear_out()
    finally:
        if process.is_alive():
            kill(process.pid)
        process.join(5)
        ours.close()


class Conversation:
    """What is said between the worker and one child until the child has ended."""

    def __init__(self, attempt: Attempt, pipe: Connection, process: Any) -> None:
        self.attempt = attempt
        self.pipe = pipe
        self.process = process
        self.ctx = AttemptContext(attempt)
        self.told = ""

    def hear_out(self) -> dict[str, Any]:
        while True:
            self._pass_on_orders()
            if not self.pipe.poll(POLL_SECONDS):
                if not self.process.is_alive() and not self.pipe.poll(0):
                    raise self._lost()
                continue
            what, arguments, named = self._hear()
            if what in ("done", "stopped", "failed"):
                return self._ending(what, arguments)
            self._told(what, arguments, named)

    def _hear(self) -> tuple[str, list[Any], dict[str, Any]]:
        try:
            what, arguments, named = json.loads(self.pipe.recv_bytes())
        except (EOFError, OSError):
            raise self._lost() from None
        except (ValueError, RecursionError) as error:
            raise Failure(
                f"What the job's process said cannot be read: {error}", code="RESULT_INVALID"
            ) from None
        return what, arguments, named

    def _told(self, what: str, arguments: list[Any], named: dict[str, Any]) -> None:
        try:
            if what in TELL:
                getattr(self.ctx, what)(*arguments, **named)
            elif what == "artifact_file":
                self.ctx.artifact(arguments[0], Path(arguments[1]), **named)
        except LeaseLost:
            self.attempt.stop("lost")

    def _ending(self, what: str, arguments: list[Any]) -> dict[str, Any]:
        if what == "stopped":
            raise JobStopped(self.attempt.stop_reason)
        if what == "failed":
            message, code, failure_class, retry, retry_after = (*arguments, None, None, None)[:5]
            raise Failure(
                message,
                code=code,
                failure_class=FailureClass(failure_class or "bug"),
                retry=retry,
                retry_after=retry_after,
            )
        result: dict[str, Any] = arguments[0]
        return result

    def _pass_on_orders(self) -> None:
        """Say «stop» once; then ask with TERM, and in the end kill."""
        reason = self.attempt.stop_reason
        if not reason:
            return
        if reason != self.told:
            self.told = reason
            _quietly(lambda: self.pipe.send_bytes(reason.encode()))
        asked = time.monotonic() - (self.attempt.stop_asked_at or 0)
        if reason == "pause":
            return
        if reason in ("lost", "shutdown-now") or asked > settings.STOP_GRACE_SECONDS:
            kill(self.process.pid)

    def _lost(self) -> BaseException:
        if self.attempt.stop_reason:
            return JobStopped(self.attempt.stop_reason)
        self.process.join(1)
        code = self.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return ChildLost(f"The job's process ended without a word ({how}).")


def kill(pid: int | None) -> None:
    """Kill a child with everything that it started."""
    if pid is None:
        return
    for end in (os.killpg, os.kill):
        _quietly(lambda end=end: end(pid, signal.SIGKILL))  # type: ignore[misc]


def _quietly(act: Callable[[], None]) -> None:
    try:
        act()
    except OSError:
        log.debug("the child is gone already", exc_info=True)
