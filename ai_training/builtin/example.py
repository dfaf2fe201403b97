"""`example_training`: a small network learns to spell, for real, without any extra."""

from __future__ import annotations

import json
import random
from typing import Any

from django.utils.translation import gettext_noop

from ai_core.execution.protocol import Analysis, Context, Draft, Executor, Way
from ai_core.execution.registry import JobTypeSpec
from ai_training.examples.characters import Model, Settings, Step, train
from ai_training.executors import analysis_of
from ai_training.job_types import STAGES, TRAINING
from ai_training.wishes import wishes_of

REPORT_EVERY = 5
SAVE_EVERY = 400
WORDS = 12
TELLS = gettext_noop("Train a small network for about a minute, to see a live curve.")

_WHOLE = {"type": "integer", "minimum": 1}
HYPERPARAMETERS: dict[str, Any] = {
    "type": "object",
    "title": gettext_noop("Hyperparameters"),
    "properties": {
        "steps": {**_WHOLE, "maximum": 20_000},
        "batch_size": {**_WHOLE, "maximum": 128},
        "learning_rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 10},
        "final_learning_rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 10},
        "context": {**_WHOLE, "maximum": 8},
        "embedding": {**_WHOLE, "maximum": 16},
        "hidden": {**_WHOLE, "maximum": 128},
        "evaluate_every": {**_WHOLE, "maximum": 10_000},
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**31},
    },
    "additionalProperties": False,
}

EXAMPLE_TRAINING = JobTypeSpec(
    name="example_training",
    description=TELLS,
    category="training",
    queue="training",
    estimated_duration_seconds=60,
    timeout_seconds=3600,
    max_losses=20,
    stages=STAGES,
    input_schema={
        "type": "object",
        "properties": {
            "name": TRAINING["name"],
            "hyperparameters": HYPERPARAMETERS,
            "hourly_rate": TRAINING["hourly_rate"],
            "budget": TRAINING["budget"],
            "guard_rails": TRAINING["guard_rails"],
            "total_steps": TRAINING["total_steps"],
        },
        "additionalProperties": False,
    },
)


class ExampleTraining(Executor):
    """It computes in a process of its own; a pause keeps its weights."""

    name = "example_training"
    way = Way.PROCESS
    can_pause = True
    memory_mb = 1024

    def check(self, draft: Draft) -> None:
        wishes_of(draft.input_data, draft.brand)

    def analyse(self, draft: Draft) -> Analysis:
        return analysis_of(draft)

    def run(self, ctx: Context) -> dict[str, Any]:
        ctx.stage("preprocessing")
        settings = Settings.of(ctx.input.get("hyperparameters") or {})
        ctx.event("info", "hyperparameters", {"total_steps": settings.steps})
        ctx.stage("model_loading")
        model = Model(settings)
        done = _resumed(ctx, model)
        ctx.stage("training")
        last = None
        for one in train(model, done=done):
            _report(ctx, one, settings)
            last = one
            if one.step % SAVE_EVERY == 0 or ctx.stop_reason in ("pause", "shutdown"):
                _save(ctx, model, one)
            ctx.check()
        ctx.stage("finalisation")
        return _finished(ctx, model, last)


def _resumed(ctx: Context, model: Model) -> int:
    saved = ctx.checkpoint_data
    if not saved:
        return 0
    model.load(saved["model"])
    ctx.log(f"going on after step {saved['step']}")
    return int(saved["step"])


def _report(ctx: Context, one: Step, settings: Settings) -> None:
    tested = one.validation_loss
    if one.step % REPORT_EVERY and tested is None:
        return
    figures = {"training_loss": one.loss, "learning_rate": one.learning_rate, "epoch": one.epoch}
    if tested is not None:
        figures["validation_loss"] = tested
        ctx.log(f"step {one.step}: loss {one.loss:.3f}, validation loss {tested:.3f}")
    ctx.metric(one.step, **figures)
    ctx.progress(100 * one.step / settings.steps, f"step {one.step} of {settings.steps}")


def _save(ctx: Context, model: Model, one: Step) -> None:
    ctx.checkpoint({"step": one.step, "epoch": one.epoch, "model": model.state()})
    ctx.event("checkpoint", f"checkpoint at step {one.step}", {"step": one.step})


def _finished(ctx: Context, model: Model, last: Step | None) -> dict[str, Any]:
    chance = random.Random(model.settings.seed)  # noqa: S311  (spelling, not keys)
    words = [model.spell(chance) for _ in range(WORDS)]
    ctx.log("it spells: " + ", ".join(words))
    ctx.artifact("model.json", json.dumps(model.state()), kind="model")
    found: dict[str, Any] = {"words": words, "steps": model.settings.steps}
    if last is not None:
        found |= {"training_loss": last.loss, "validation_loss": last.validation_loss}
    return found
