"""Registers the tests' executors as any app registers its own."""

from ai_core.execution import registry
from ai_core.execution.registry import JobTypeSpec
from tests.executors import misbehaving


def offer() -> None:
    for executor in misbehaving.ALL:
        registry.register(
            executor,
            JobTypeSpec(
                name=executor.name.replace("_", "-"),
                description=(executor.__doc__ or "").splitlines()[0],
                category="analysis",
                timeout_seconds=60,
                retry_seconds=1,
            ),
        )


offer()
