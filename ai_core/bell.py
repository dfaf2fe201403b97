"""RING: wake a worker through Celery. A lost bell costs a second, a surplus one an index probe."""

import uuid

from celery import current_app

from ai_core.background import Background

_ringer = Background("bell")
WAKE = "ai_core.wake"
EXPIRES_SECONDS = 60


def new_task_id() -> str:
    return str(uuid.uuid4())


def ring(queue: str, *, times: int = 1, task_id: str | None = None) -> None:
    """Ring `times` bells for a queue, soon, without making the caller wait."""
    first = task_id or new_task_id()
    _ringer.later(lambda: _send(queue, [first] + [new_task_id() for _ in range(times - 1)]))


def _send(queue: str, task_ids: list[str]) -> None:
    for task_id in task_ids:
        current_app.send_task(
            WAKE,
            args=[queue],
            queue=queue,
            task_id=task_id,
            expires=EXPIRES_SECONDS,
            ignore_result=True,
            retry=False,
        )
