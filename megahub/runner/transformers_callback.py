"""A callback for transformers' Trainer: `Trainer(…, callbacks=[hub_callback()])`.

transformers is imported when the callback is made, not before.
"""

from __future__ import annotations

from typing import Any

from megahub.runner.run import Run

_NOT_FIGURES = frozenset({"epoch", "total_flos", "step"})


def hub_callback(run: Run | None = None, **wanted: Any) -> Any:
    """Report a Trainer's course; `wanted` as for `Run`, where no run is given."""
    from transformers import TrainerCallback  # noqa: PLC0415  (it may not be installed)

    return type("HubCallback", (_Course, TrainerCallback), {})(run, **wanted)


class _Course:
    """What happens in a Trainer, said to the hub; a pause or cancel stops it at a step's end."""

    def __init__(self, run: Run | None, **wanted: Any) -> None:
        self._run, self._wanted = run, wanted

    @property
    def run(self) -> Run:
        if self._run is None:
            self._run = Run(**self._wanted)
        return self._run

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if not state.is_world_process_zero:
            return
        self.run.stage("training")
        self.run.progress(total_steps=state.max_steps, total_epochs=state.num_train_epochs)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        if not state.is_world_process_zero:
            return
        figures = {
            name: value
            for name, value in (logs or {}).items()
            if isinstance(value, int | float) and name not in _NOT_FIGURES
        }
        if figures:
            said = {"epoch": state.epoch} if state.epoch is not None else {}
            self.run.report(state.global_step, figures, **said)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            path = f"{args.output_dir}/checkpoint-{state.global_step}"
            is_best = state.best_model_checkpoint == path
            self.run.checkpoint(state.global_step, path, epoch=state.epoch, is_best=is_best)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        if state.is_world_process_zero and self.run.stop:
            control.should_save = True  # a pause goes on from here
            control.should_training_stop = True
        return control

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if not state.is_world_process_zero:
            return
        reason = self.run.stop
        self.run.stopped(reason) if reason else self.run.stage("finalisation")
