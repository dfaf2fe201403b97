"""The queue of gateway calls: nobody stands in it, but an admin can limit and pause it."""

from __future__ import annotations

from ai_core.execution.registry import QueueSpec

QUEUE = QueueSpec(
    name="gateway",
    description="Calls through /v1: the web process that takes one answers it at once.",
)
