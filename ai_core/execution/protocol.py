"""What an executor is, and the context that is all it ever sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ai_core.statuses import WORTH_RETRYING, FailureClass

if TYPE_CHECKING:
    from brands.models import Brand


class Way(StrEnum):
    """How an executor runs."""

    THREAD = "thread"  # it waits for the network: many in one process
    PROCESS = "process"  # it computes: a process of its own, which can be killed
    EXTERNAL = "external"  # somebody else computes, and reports to the hub


class Failure(Exception):
    """The job cannot go on. Its class says whether the same thing may work later."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "EXECUTION_FAILED",
        failure_class: FailureClass = FailureClass.BUG,
        retry: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.failure_class = failure_class
        self.retry = failure_class in WORTH_RETRYING if retry is None else retry
        self.retry_after = retry_after


class Parked(Exception):
    """The job cannot start yet: it goes back to waiting, and nothing is charged to its budgets."""

    def __init__(self, waits_for: str, *, seconds: float, message: str = "") -> None:
        super().__init__(message or waits_for)
        self.waits_for = waits_for
        self.seconds = seconds
        self.message = message or waits_for


class JobStopped(BaseException):
    """Raised by `ctx.check()` when the job is to stop; executors let it pass.

    A BaseException, so that an executor's `except Exception` cannot swallow it.
    """


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A job before it is saved: what `check` and `analyse` may look at."""

    job_type: str
    input_data: dict[str, Any]
    brand: Brand
    user_id: int | None


@dataclass(kw_only=True)
class Analysis:
    """What can be said about a job before anything is spent. Unknown is None, never zero."""

    problems: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    cost_low: str | None = None
    cost_high: str | None = None
    currency: str | None = None
    duration_seconds: float | None = None


class Context(Protocol):
    """All that an executor sees of the hub."""

    job_id: str
    attempt: int
    input: dict[str, Any]
    checkpoint_data: Any
    """Where an earlier attempt or a pause left off; None at the beginning."""

    @property
    def folder(self) -> Path:
        """A folder of this attempt's own; it is gone when the attempt ends."""
        ...

    def log(self, message: str, level: str = "info") -> None: ...
    def progress(self, percentage: float, substatus: str | None = None) -> None: ...
    def stage(self, name: str, substatus: str = "") -> None: ...
    def metric(self, step: int, **values: float) -> None: ...
    def event(self, kind: str, message: str, payload: dict[str, Any] | None = None) -> None: ...
    def artifact(
        self,
        name: str,
        content: bytes | str | Path,
        *,
        content_type: str = "",
        kind: str = "",
        partial: bool = False,
    ) -> None: ...
    def usage(self, **facts: Any) -> None: ...
    def checkpoint(self, data: Any) -> None: ...
    def check(self) -> None:
        """Raise JobStopped when the job was cancelled, paused or timed out. Call it often."""
        ...

    def on_stop(self, close: Callable[[], None]) -> None:
        """Have `close` called when the job is to stop, from another thread: close your socket."""
        ...

    @property
    def stop_reason(self) -> str:
        """`` (go on), `pause`, `cancelled`, `timeout`, `shutdown` or `lost`."""
        ...


class Executor:
    """Does the work of one or several job types."""

    name: ClassVar[str]
    way: ClassVar[Way] = Way.THREAD
    can_pause: ClassVar[bool] = False
    memory_mb: ClassVar[int | None] = None

    def unavailable(self) -> str:
        """Say why this executor cannot work here (a missing extra); empty: it can."""
        return ""

    def check(self, draft: Draft) -> None:
        """Refuse a job before it is saved by raising a DomainError."""

    def analyse(self, draft: Draft) -> Analysis:
        """Say what the job would cost and take."""
        return Analysis()

    def run(self, ctx: Context) -> dict[str, Any]:
        """Do the work and return the result, JSON-able."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it runs")
