"""A job type that does nothing but talk."""

import time
from typing import Any

from ai_core.execution.protocol import Context, Executor, Way


class Talker(Executor):
    name = "talker"
    way = Way.THREAD

    def run(self, ctx: Context) -> dict[str, Any]:
        lines, rate = int(ctx.input["lines"]), float(ctx.input["rate"])
        begun = time.monotonic()
        for number in range(lines):
            ctx.log(f"line {number}")
            ahead = number / rate - (time.monotonic() - begun)
            if ahead > 0.01:
                time.sleep(ahead)
        return {"lines": lines}
