"""One attempt at a job inside this process: its lease, its orders, and its context."""

from __future__ import annotations

import json
import logging
import math
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from ai_core import artifacts
from ai_core.execution import late_writes
from ai_core.execution.journal import Journal
from ai_core.execution.outcomes import Claimed
from ai_core.execution.protocol import Executor, JobStopped
from ai_core.execution.texts import short
from ai_core.models import AIJobType
from brands import strict_json

log = logging.getLogger(__name__)

EVENT_KINDS = {"metrics", "warning", "error", "info", "checkpoint", "artifact"}
LEVELS = {"debug", "info", "warning", "error"}


class Attempt:
    """What the runner knows of one attempt; the executor's `ctx` is `AttemptContext`."""

    def __init__(
        self, claimed: Claimed, *, kind: AIJobType, executor: Executor, journal: Journal
    ) -> None:
        self.claimed = claimed
        self.kind = kind
        self.executor = executor
        self.journal = journal
        self.started = time.monotonic()
        self.stop_reason = ""
        self.stop_asked_at: float | None = None
        self.settled = threading.Event()  # its outcome is written, or was dropped
        self.left = threading.Event()  # the executor's code has come back
        self.trusted_until = 0.0
        self.queue_id = 0
        self.turn: Future[None] | None = None  # its place in the line for a slot
        self._closers: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._folder: Path | None = None

    def stop(self, reason: str) -> None:
        """Tell the executor to stop; the first reason counts, but an end outranks a pause."""
        with self._lock:
            if self.stop_reason not in ("", "pause") or self.stop_reason == reason:
                return
            self.stop_reason = reason
            self.stop_asked_at = time.monotonic()
            closers = list(self._closers) if reason != "pause" else []
        for close in closers:
            try:
                close()
            except Exception:
                log.debug("closing for a stop failed", exc_info=True)

    def on_stop(self, close: Callable[[], None]) -> None:
        with self._lock:
            self._closers.append(close)
            stopped = self.stop_reason not in ("", "pause")
        if stopped:
            close()

    @property
    def folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="megahub-job-"))
        return self._folder

    def clean_up(self) -> None:
        self.journal.forget(self.claimed)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class AttemptContext:
    """The context of an attempt whose writes go to this process's journal."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._claimed = attempt.claimed
        self._journal = attempt.journal
        self._stage = ""
        self.job_id = attempt.claimed.job_id
        self.attempt = attempt.claimed.attempt
        self.input = attempt.claimed.input_data
        self.checkpoint_data = attempt.claimed.checkpoint

    @property
    def folder(self) -> Path:
        return self._attempt.folder

    @property
    def stop_reason(self) -> str:
        return self._attempt.stop_reason

    def check(self) -> None:
        if self._attempt.stop_reason:
            raise JobStopped(self._attempt.stop_reason)

    def on_stop(self, close: Callable[[], None]) -> None:
        self._attempt.on_stop(close)

    def log(self, message: str, level: str = "info") -> None:
        level = level.lower() if level.lower() in LEVELS else "info"
        self._journal.line(self._claimed, level=level, stage=self._stage, message=str(message))

    def progress(self, percentage: float, substatus: str | None = None) -> None:
        whole = max(0, min(99, int(percentage)))  # 100 is what a settled job has
        self._journal.progress(self._claimed, percentage=whole, substatus=substatus)

    def stage(self, name: str, substatus: str = "") -> None:
        self._stage = short(name, 40)
        self._journal.stage(self._claimed, name=self._stage, substatus=substatus)

    def metric(self, step: int, **values: float) -> None:
        # What is not a number is kept as unknown: JSON has no word for it, and a curve no place.
        figures = {
            name: float(value) if math.isfinite(value) else None for name, value in values.items()
        }
        self._journal.metric(self._claimed, step=int(step), values=figures)

    def event(self, kind: str, message: str, payload: dict[str, Any] | None = None) -> None:
        strict_json.check_value(payload or {})
        self._journal.event(
            self._claimed,
            kind=kind if kind in EVENT_KINDS else "info",
            message=message,
            payload=json.dumps(payload or {}),
        )

    def artifact(
        self,
        name: str,
        content: bytes | str | Path,
        *,
        content_type: str = "",
        kind: str = "",
        partial: bool = False,
    ) -> None:
        stored = artifacts.store_for(
            self._claimed,
            name,
            content,
            content_type=content_type,
            kind=kind,
            partial=partial or bool(self._attempt.stop_reason),
        )
        self.event("artifact", name, {"artifact": stored.pk, "size": stored.size})

    def usage(self, **facts: Any) -> None:
        strict_json.check_value(facts)
        late_writes.add_usage(self._claimed, facts)

    def checkpoint(self, data: Any) -> None:
        strict_json.check_value(data)
        late_writes.set_checkpoint(self._claimed, data)
        self.event("checkpoint", "checkpoint saved")
