"""Which queues and job types a worker process serves, read again every few seconds."""

import time

from django.db import close_old_connections

from ai_core.execution import registry
from ai_core.execution.protocol import Way
from ai_core.models import AIJobType, Queue

FRESH_SECONDS = 5.0


class Known:
    """A worker claims only what it knows: other types wait for a worker that has their code."""

    def __init__(self, *, only_queues: list[str] | None) -> None:
        self.only_queues = only_queues
        self.queues: dict[str, int] = {}
        self.limited: set[int] = set()
        self.types: dict[int, AIJobType] = {}
        self._by_way: dict[Way, list[int]] = {}
        self._fresh_until = 0.0

    def refresh(self) -> None:
        if time.monotonic() < self._fresh_until:
            return
        close_old_connections()
        queues = Queue.objects.all()
        if self.only_queues is not None:
            queues = queues.filter(name__in=self.only_queues)
        self.queues = {queue.name: queue.pk for queue in queues}
        self.limited = {queue.pk for queue in queues if queue.concurrency_limit is not None}
        self.types, self._by_way = {}, {}
        for kind in AIJobType.objects.all():
            executor = registry.executor_named(kind.executor)
            if executor is not None and not executor.unavailable():
                self.types[kind.pk] = kind
                self._by_way.setdefault(executor.way, []).append(kind.pk)
        self._fresh_until = time.monotonic() + FRESH_SECONDS

    def forget(self) -> None:
        """Something new was heard of: read everything again."""
        self._fresh_until = 0.0

    def serves(self, queue: str) -> bool:
        return self.only_queues is None or queue in self.only_queues

    def types_run_as(self, way: Way) -> list[int]:
        return self._by_way.get(way, [])
