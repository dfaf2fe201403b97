"""Processor time of making, claiming and settling a job while ever more of them wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bench import processor

ROUNDS, AT_ONCE = 25, 8
# Filled jobs become waiting ones; what a job may turn into is not asked here.
WAIT = """
WITH waits AS (
UPDATE ai_core_aijob SET status = 'pending', started_at = NULL, completed_at = NULL,
  progress_percentage = 0, error_message = '', error_code = '', failure_class = '',
  cancel_reason = '', attempt = 0, failures = 0, due = true, queue_id = %(queue)s,
  job_type_id = %(kind)s
WHERE id IN (SELECT id FROM ai_core_aijob WHERE status <> 'pending' ORDER BY id LIMIT %(count)s)
RETURNING id
), told AS (DELETE FROM ai_core_jobevent WHERE job_id IN (SELECT id FROM waits))
DELETE FROM ai_usage_aijobusage WHERE job_id IN (SELECT id FROM waits)
"""


def costs_of_a_job(backlogs: list[int]) -> dict[int, dict[str, float]]:
    """Return for each length of the line what each act costs a job, in milliseconds of work."""
    from django.db import connection

    from ai_core.models import AIJob, AIJobType, Queue
    from brands.models import Brand

    queue = Queue.objects.create(name="growth", concurrency_limit=100_000)
    kind = AIJobType.objects.get(name="sleep")
    AIJobType.objects.filter(pk=kind.pk).update(queue=queue)
    waiting = AIJob.objects.filter(status="pending", queue=queue)
    brand = Brand.objects.order_by("pk")[0]
    found = {}
    for wanted in backlogs:
        missing = max(wanted - waiting.count(), 0)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(WAIT, {"queue": queue.pk, "kind": kind.pk, "count": missing})
            cursor.execute("SET session_replication_role = origin")
            cursor.execute("VACUUM ANALYZE ai_core_aijob")
        found[wanted] = _costs(queue, kind, brand)
    return found


def _costs(queue: Any, kind: Any, brand: Any) -> dict[str, float]:
    from ai_core.execution import statements
    from ai_core.execution.outcomes import Outcome
    from ai_core.services import JobService
    from ai_core.statuses import JobStatus

    held: list[Any] = []

    def make() -> None:
        for _ in range(AT_ONCE):
            JobService.create_job("sleep", {"seconds": 0}, None, brand)

    def claim() -> None:
        held.extend(statements.claim(queue.pk, types=[kind.pk], want=AT_ONCE, worker="growth"))

    def settle() -> None:
        ends = [held.pop() for _ in range(AT_ONCE)]
        statements.settle(
            [Outcome(claimed=one, status=JobStatus.COMPLETED, result={}) for one in ends]
        )

    acts = {"making": make, "claiming": claim, "settling": settle}
    for act in acts.values():
        act()  # plans are made, statements prepared
    return {name: _work(act) / AT_ONCE for name, act in acts.items()}


def _work(act: Callable[[], None]) -> float:
    from django.db import connection

    backend = connection.connection.info.backend_pid
    before = time.thread_time() + processor.seconds(backend)
    for _ in range(ROUNDS):
        act()
    return 1000 * (time.thread_time() + processor.seconds(backend) - before) / ROUNDS
