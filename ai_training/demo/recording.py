"""`python -m ai_training.demo.recording`: trains the demo's runs for real, and writes them down.

Each file in `data/` is what one run of `example_training` has said to its context, call by call,
with the seconds since its beginning. The demo plays them back; nothing in it is made up.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
# name → its hyperparameters; the third learns too fast, which its curve shows.
RUNS: dict[str, dict[str, Any]] = {
    "small": {"steps": 1500, "hidden": 12, "learning_rate": 0.2, "evaluate_every": 50},
    "wide": {"steps": 2000, "hidden": 48, "learning_rate": 0.25, "evaluate_every": 50},
    "hasty": {"steps": 1500, "hidden": 32, "learning_rate": 3.0, "evaluate_every": 50},
}


class RecordingContext:
    """A context that writes down what it is told."""

    stop_reason = ""
    checkpoint_data = None
    attempt = 1
    job_id = "recording"

    def __init__(self, hyperparameters: dict[str, Any]) -> None:
        self.input = {"hyperparameters": hyperparameters}
        self.begun = time.monotonic()
        self.said: list[list[Any]] = []

    def __getattr__(self, name: str) -> Any:
        if name not in ("log", "progress", "stage", "metric", "event", "artifact"):
            raise AttributeError(name)

        def note(*arguments: Any, **named: Any) -> None:
            seconds = round(time.monotonic() - self.begun, 2)
            self.said.append([seconds, name, _short(arguments), _short(named)])

        return note

    def check(self) -> None:
        """Nobody stops a recording."""

    def checkpoint(self, data: Any) -> None:
        """Its weights are not played back."""


def _short(value: Any) -> Any:
    """Figures to six digits: a curve shows no more."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items()}
    return [_short(one) for one in value] if isinstance(value, tuple | list) else value


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
    import django  # noqa: PLC0415  (settings first)

    django.setup()
    from ai_training.builtin.example import ExampleTraining  # noqa: PLC0415

    for name, hyperparameters in RUNS.items():
        ctx = RecordingContext(hyperparameters)
        result = ExampleTraining().run(ctx)
        seconds = round(time.monotonic() - ctx.begun, 2)
        found = {
            "name": name,
            "hyperparameters": hyperparameters,
            "seconds": seconds,
            "result": _short(result),
            "said": ctx.said,
        }
        text = json.dumps(found, separators=(",", ":")).encode()
        (DATA / f"{name}.json.gz").write_bytes(gzip.compress(text, mtime=0))
        print(f"{name}: {seconds} s, {len(ctx.said)} calls, {result['validation_loss']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
