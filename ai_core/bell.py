"""RING: wake a worker through Celery. A lost bell costs a second, a surplus one an index probe.

The first bell after a quiet moment goes out at once; those that follow on its heels are gathered
into one, because a worker that is awake goes on looking for a while.
"""

import time
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from celery import current_app

from ai_core import tracing
from ai_core.background import Background

WAKE = "ai_core.wake"
EXPIRES_SECONDS = 60
BELLS_PER_SECOND = 5  # fewer than keep a worker awake (`AWAKE_SECONDS`), so none is missed


class Bell(NamedTuple):
    queue: str
    task_id: str
    times: int
    jobs: Sequence[str] = ()  # in whose traces it stands, where somebody traces
    asked: float = 0.0


def new_task_id() -> str:
    return str(uuid.uuid4())


def ring(
    queue: str, *, times: int = 1, task_id: str | None = None, jobs: Sequence[str] = ()
) -> None:
    """Ring for a queue, soon, without making the caller wait; `times` for as many workers."""
    _ringer.later(Bell(queue, task_id or new_task_id(), times, jobs, time.time()))


def _send(bells: list[Bell]) -> None:
    failed = ""
    try:
        _ring_once_a_queue(bells)
    except Exception as error:
        failed = type(error).__name__
        raise
    finally:
        _trace(bells, failed)


def _ring_once_a_queue(bells: list[Bell]) -> None:
    last: dict[str, Bell] = {}
    for bell in bells:
        before = last.get(bell.queue)
        last[bell.queue] = bell._replace(times=max(bell.times, before.times if before else 1))
    for bell in last.values():
        for task_id in [bell.task_id, *(new_task_id() for _ in range(bell.times - 1))]:
            current_app.send_task(
                WAKE,
                args=[bell.queue],
                queue=bell.queue,
                task_id=task_id,
                expires=EXPIRES_SECONDS,
                ignore_result=True,
                retry=False,
            )


def _trace(bells: list[Bell], failed: str) -> None:
    """From the wish to ring until the broker has it; what was gathered rang together."""
    for bell in bells if tracing.is_on() else ():
        for job_id in bell.jobs:
            tracing.record(
                tracing.Step(
                    name="bell", job_id=job_id, began=bell.asked, ended=time.time(),
                    failed=failed, facts={"queue": bell.queue, "gathered": len(bells)},
                )
            )  # fmt: skip


_ringer = Background("bell", _send, per_second=BELLS_PER_SECOND)
