"""A training script as it looks with the hub: it learns to spell in about a minute.

By itself:            python -m megahub.runner.examples.characters
By a runner:          megahub runner -- python -m megahub.runner.examples.characters
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

from ai_training.examples.characters import Model, Settings, train
from megahub.runner import Run

REPORT_EVERY = 5
SAVE_EVERY = 400


def main() -> int:
    folder = Path(os.environ.get("MEGAHUB_OUTPUT", "characters-output"))
    folder.mkdir(parents=True, exist_ok=True)
    # As the script's own argument, else as the run says, else as the example has them.
    steps = {"steps": int(sys.argv[1])} if len(sys.argv) > 1 else {}
    with Run(name="characters", hyperparameters=steps) as run:
        settings = Settings.of({**run.hyperparameters, **steps})
        model = Model(settings)
        run.stage("preprocessing")
        done = _resumed(model, run)
        run.progress(total_steps=settings.steps)
        run.stage("training")
        for one in train(model, done=done):
            if one.step % REPORT_EVERY == 0 or one.validation_loss is not None:
                figures = {"loss": one.loss, "lr": one.learning_rate}
                if one.validation_loss is not None:
                    figures["eval_loss"] = one.validation_loss
                    print(f"step {one.step}: validation loss {one.validation_loss:.3f}")
                run.metrics(one.step, epoch=one.epoch, **figures)
            if one.step % SAVE_EVERY == 0 or run.stop:
                _save(model, run, one.step, folder)
            run.check()
        run.stage("finalisation")
        chance = random.Random(settings.seed)  # noqa: S311  (spelling, not keys)
        words = [model.spell(chance) for _ in range(12)]
        run.log("it spells: " + ", ".join(words))
        path = folder / "model.json"
        path.write_text(json.dumps({"steps": settings.steps, "model": model.state()}))
        run.artifact(path, kind="model")
        run.finish(result={"words": words})
    return 0


def _save(model: Model, run: Run, step: int, folder: Path) -> None:
    path = folder.resolve() / "checkpoint.json"
    path.write_text(json.dumps({"step": step, "model": model.state()}))
    run.checkpoint(step, path)


def _resumed(model: Model, run: Run) -> int:
    """Go on from the run's checkpoint where it still lies; return how many steps it has done."""
    known = (run.resume_from or {}).get("path")
    if not known or not Path(known).is_file():
        return 0
    saved = json.loads(Path(known).read_text())
    model.load(saved["model"])
    run.log(f"going on after step {saved['step']}")
    return int(saved["step"])


if __name__ == "__main__":
    sys.exit(main())
