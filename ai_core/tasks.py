"""Celery's door: a bell says «there may be work», and nothing else."""

from celery import shared_task

from ai_core import bell
from ai_core.execution import runner


@shared_task(name=bell.WAKE, ignore_result=True)
def wake(queue: str) -> None:
    runner.wake(queue)
