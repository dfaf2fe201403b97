"""Work that leaves every kind of trace, so that a stale attempt would be seen."""

import time
from typing import Any

from ai_core.execution import registry
from ai_core.execution.protocol import Context, Executor, Way
from ai_core.execution.registry import JobTypeSpec


class Work(Executor):
    name = "work"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        until = time.monotonic() + float(ctx.input["seconds"])
        ctx.stage("working")
        turn = 0
        while True:
            ctx.log(f"attempt {ctx.attempt}, turn {turn}")
            turn += 1
            ctx.check()
            left = until - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, 0.1))
        ctx.usage(kind="work", units=1)
        return {"job_id": ctx.job_id, "attempt": ctx.attempt}


class WorkProcess(Work):
    name = "work_process"
    way = Way.PROCESS


for executor in (Work(), WorkProcess()):
    registry.register(
        executor,
        JobTypeSpec(
            name=executor.name.replace("_", "-"),
            description="Works for some seconds and leaves traces.",
            category="analysis",
            timeout_seconds=20,
            max_losses=1000,
            max_failures=1000,
            retry_seconds=1,
        ),
    )
