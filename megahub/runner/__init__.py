"""Connects a training script to the hub; standard library only: `from megahub.runner import Run`.

with Run(name="my training", total_steps=1000) as run:
    run.metrics(step, loss=loss)
"""

from megahub.runner.run import Run, RunError, RunStopped

__all__ = ["Run", "RunError", "RunStopped"]
