"""Job types for trying the hub out: waiting, and failing on purpose."""

import os
import signal
import time
from typing import Any

from ai_core.execution.protocol import Context, Executor, Failure, Way
from ai_core.execution.registry import JobTypeSpec
from ai_core.statuses import FailureClass

STEPS_A_SECOND = 4


class Sleep(Executor):
    """Waits, and says how far it is. It can be paused, and goes on where it was."""

    name = "sleep"
    way = Way.THREAD
    can_pause = True

    def run(self, ctx: Context) -> dict[str, Any]:
        seconds = float(ctx.input.get("seconds", 5))
        slept = float((ctx.checkpoint_data or {}).get("slept", 0.0))
        begun = time.monotonic() - slept
        if seconds >= 1:
            ctx.log(f"sleeping for {seconds:g} s" + (f", {slept:.1f} s done" if slept else ""))
        while (slept := time.monotonic() - begun) < seconds:
            ctx.progress(100 * slept / seconds)
            if ctx.stop_reason in ("pause", "shutdown"):
                ctx.checkpoint({"slept": round(slept, 3)})
            ctx.check()
            time.sleep(min(1 / STEPS_A_SECOND, seconds - slept))
        return {"slept_seconds": seconds}


class Failing(Executor):
    """Fails in the way that it is told to, so that people see what the hub makes of it."""

    name = "failing"
    way = Way.PROCESS
    memory_mb = 2048

    def run(self, ctx: Context) -> dict[str, Any]:
        times = int(ctx.input.get("times", 1000))
        if ctx.attempt > times:
            return {"attempts": ctx.attempt}
        how = ctx.input.get("how", "error")
        ctx.log(f"attempt {ctx.attempt}: {how}")
        match how:
            case "retry":
                raise Failure(
                    "The other side is busy.",
                    code="PROVIDER_BUSY",
                    failure_class=FailureClass.PROVIDER_LIMIT,
                )
            case "input":
                raise Failure(
                    "The input makes no sense.",
                    code="BAD_INPUT",
                    failure_class=FailureClass.INPUT,
                )
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "memory":
                held = [bytearray(1 << 20) for _ in range(1 << 14)]
                return {"megabytes": len(held)}
            case "busy":
                while True:
                    pass
            case "nan":
                return {"value": float("nan")}
        raise RuntimeError("It was told to fail.")


SLEEP = JobTypeSpec(
    name="sleep",
    description="Waits for some seconds: to see how jobs queue, run, pause and stop.",
    category="analysis",
    estimated_duration_seconds=5,
    timeout_seconds=3600,
    input_schema={
        "type": "object",
        "title": "Sleep",
        "properties": {
            "seconds": {
                "type": "number",
                "title": "Seconds",
                "minimum": 0,
                "maximum": 3600,
                "default": 5,
            }
        },
        "additionalProperties": False,
    },
)

FAILING = JobTypeSpec(
    name="failing",
    description="Fails in the way you choose: to see errors, retries and lost workers.",
    category="analysis",
    estimated_duration_seconds=1,
    timeout_seconds=60,
    retry_seconds=1,
    input_schema={
        "type": "object",
        "title": "Failing",
        "properties": {
            "how": {
                "type": "string",
                "title": "How",
                "enum": ["error", "retry", "input", "crash", "memory", "busy", "nan"],
                "default": "error",
            },
            "times": {
                "type": "integer",
                "title": "Attempts that fail",
                "minimum": 0,
                "maximum": 1000,
                "default": 1000,
            },
        },
        "additionalProperties": False,
    },
)
