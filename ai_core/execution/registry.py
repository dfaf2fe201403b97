"""Who executes what: executors and job types, as each app lists them in its `ai_extension.py`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from ai_core.execution.protocol import Executor
from ai_core.models import AIJobType, Queue


@dataclass(frozen=True, kw_only=True)
class JobTypeSpec:
    """A job type as code brings it along."""

    name: str
    description: str
    category: str
    queue: str = "default"
    estimated_duration_seconds: int = 10
    requires_async: bool = True
    timeout_seconds: int = 300
    max_failures: int = 3
    max_losses: int = 3
    retry_seconds: int = 5
    stages: tuple[str, ...] = ()
    input_schema: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class QueueSpec:
    name: str
    description: str
    concurrency_limit: int | None = None


_executors: dict[str, Executor] = {}
_types: dict[str, tuple[JobTypeSpec, str]] = {}
_queues: dict[str, QueueSpec] = {}


def register(executor: Executor, *types: JobTypeSpec) -> None:
    """Offer an executor, and the job types that it serves."""
    if executor.name in _executors:
        raise ValueError(f"There are two executors named {executor.name!r}")
    _executors[executor.name] = executor
    for spec in types:
        if spec.name in _types:
            raise ValueError(f"There are two job types named {spec.name!r}")
        _types[spec.name] = (spec, executor.name)


def register_queue(spec: QueueSpec) -> None:
    _queues[spec.name] = spec


def executor_named(name: str) -> Executor | None:
    return _executors.get(name)


def executors() -> Iterable[Executor]:
    return _executors.values()


@transaction.atomic
def sync() -> None:
    """Bring the rows in step with the code; what an admin has changed stays as it is."""
    queues = {queue.name: queue for queue in Queue.objects.all()}
    wanted = {spec.queue for spec, _ in _types.values()} | _queues.keys()
    for name in sorted(wanted - queues.keys()):
        line = _queues.get(name, QueueSpec(name=name, description=""))
        queues[name] = Queue.objects.create(
            name=name, description=line.description, concurrency_limit=line.concurrency_limit
        )
    known = {kind.name: kind for kind in AIJobType.objects.all()}
    made: list[AIJobType] = []
    for spec, executor in _types.values():
        kind = known.get(spec.name) or AIJobType(name=spec.name)
        before = vars(kind).copy()
        _describe(kind, spec, executor=executor, queue=queues[spec.queue])
        if kind.pk is None:
            made.append(kind)
        elif vars(kind) != before:
            kind.save()
    AIJobType.objects.bulk_create(made)


def _describe(kind: AIJobType, spec: JobTypeSpec, *, executor: str, queue: Queue) -> None:
    kind.description = spec.description
    kind.category = spec.category
    kind.executor = executor
    kind.stages = list(spec.stages)
    kind.input_schema = spec.input_schema
    kind.requires_async = spec.requires_async
    if not kind.changed_by_admin:
        kind.queue_id = queue.pk
        kind.estimated_duration_seconds = spec.estimated_duration_seconds
        kind.timeout_seconds = spec.timeout_seconds
        kind.max_failures = spec.max_failures
        kind.max_losses = spec.max_losses
        kind.retry_seconds = spec.retry_seconds
