"""Where a run stands after what was reported: step, epoch, best loss, newest figures, progress."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from ai_core.models import AIJob
from ai_training.models import Checkpoint, TrainingRun
from ai_training.reports import Point, Progress, Report, Saved

LOSSES = ("training_loss", "validation_loss")
JUDGED = "validation_loss"
FIELDS = [
    "step", "total_steps", "epoch", "total_epochs", "best_loss", "best_step", "latest",
    "before_latest", "latest_steps", "rising",
]  # fmt: skip


class Standing:
    """Follows reports on a locked row; `save` writes what has changed."""

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self.nan_step: int | None = None

    def point(self, point: Point) -> None:
        run = self.run
        run.step = max(run.step, point.step)
        if point.epoch is not None:
            run.epoch = max(run.epoch or 0.0, point.epoch)
        for name, value in point.values.items():
            if value is None:
                if name in LOSSES and self.nan_step is None:
                    self.nan_step = point.step
                continue
            self._figure(name, value, point.step)

    def _figure(self, name: str, value: float, step: int) -> None:
        run = self.run
        known = run.latest_steps.get(name)
        if known is not None and step < known:
            return  # it was overtaken; it is on the curve, and that is all
        if name == JUDGED:
            before = run.latest.get(name)
            if known is not None and step > known and before is not None:
                run.rising = run.rising + 1 if value > before else 0
            if run.best_loss is None or value < run.best_loss:
                run.best_loss, run.best_step = value, step
        if known is not None and step > known:
            run.before_latest[name] = run.latest[name]
        run.latest[name], run.latest_steps[name] = value, step

    def progress(self, said: Progress) -> None:
        run = self.run
        run.step = max(run.step, said.step or 0)
        run.total_steps = said.total_steps or run.total_steps
        run.total_epochs = said.total_epochs or run.total_epochs
        if said.epoch is not None:
            run.epoch = max(run.epoch or 0.0, said.epoch)

    def percent(self, reports: Sequence[Report]) -> int | None:
        """How far it is: as it was said, else by its steps. 100 is for a run that is over."""
        said = [
            r.progress.percent for r in reports if r.progress and r.progress.percent is not None
        ]
        if said:
            return max(0, min(99, int(max(said))))
        if not self.run.total_steps or not self.run.step:
            return None
        return min(99, self.run.step * 100 // self.run.total_steps)

    def save(self, *, extra: list[str]) -> None:
        self.run.save(update_fields=[*FIELDS, *extra])


_REMEMBER = """
INSERT INTO ai_training_checkpoint
  (job_id, step, epoch, attempt, path, size, metrics, is_best, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
ON CONFLICT (job_id, step) DO UPDATE SET attempt = excluded.attempt, path = excluded.path,
  size = excluded.size, metrics = excluded.metrics, created_at = excluded.created_at,
  is_best = ai_training_checkpoint.is_best OR excluded.is_best
"""


def remember_checkpoint(job: AIJob, saved: Saved, *, at: datetime) -> None:
    """Note a checkpoint; of several that were called the best, the newest is."""
    if saved.is_best:
        Checkpoint.objects.filter(job=job, is_best=True).update(is_best=False)
    values = [
        job.pk, saved.step, saved.epoch, job.attempt, saved.path, saved.size,
        json.dumps(dict(saved.metrics)), saved.is_best, at,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, values)
