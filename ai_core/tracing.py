"""Steps of a job's life, told to whoever traces: nobody, unless an operator wants it.

A job's id is 128 random bits, and so is a trace's: they are the same, so nothing has to be carried
from the request to the worker to the provider, and whoever knows a job finds its trace.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

# The W3C traceparent of the request that is being answered.
caller: ContextVar[str] = ContextVar("megahub_traceparent", default="")


@dataclass(frozen=True, kw_only=True)
class Step:
    """What has happened, from when to when (seconds since 1970)."""

    name: str
    began: float
    ended: float
    job_id: str = ""  # empty: a request, which belongs to its caller's trace
    is_first: bool = False  # of its job: the others hang below it
    failed: str = ""
    traceparent: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


_recorder: Callable[[Step], None] | None = None


def record_with(recorder: Callable[[Step], None] | None) -> None:
    global _recorder  # noqa: PLW0603  (one for each process)
    _recorder = recorder


def is_on() -> bool:
    return _recorder is not None


def record(step: Step) -> None:
    if _recorder is not None:
        _recorder(step)


def trace_of(job_id: str) -> int:
    """The number of a job's trace: the bits of its id."""
    letters = job_id.removeprefix("ai_job_").upper()
    return int.from_bytes(base64.b32decode(letters + "=" * (-len(letters) % 8)))
