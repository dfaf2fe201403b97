"""RING: wake a worker through Celery. A lost bell costs a second, a surplus one an index probe.

Bells for one queue that are rung within a few milliseconds are one bell: a worker that is awake
goes on claiming for as long as there is work.
"""

import uuid
from typing import NamedTuple

from celery import current_app

from ai_core.background import Background

WAKE = "ai_core.wake"
EXPIRES_SECONDS = 60
GATHER_SECONDS = 0.01


class Bell(NamedTuple):
    queue: str
    task_id: str
    times: int


def new_task_id() -> str:
    return str(uuid.uuid4())


def ring(queue: str, *, times: int = 1, task_id: str | None = None) -> None:
    """Ring for a queue, soon, without making the caller wait; `times` for as many workers."""
    _ringer.later(Bell(queue, task_id or new_task_id(), times))


def _send(bells: list[Bell]) -> None:
    last: dict[str, Bell] = {}
    for bell in bells:
        before = last.get(bell.queue)
        last[bell.queue] = bell._replace(times=min(8, bell.times + (before.times if before else 0)))
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


_ringer = Background("bell", _send, pause=GATHER_SECONDS)
