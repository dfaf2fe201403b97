"""`lora_training`: a LoRA adapter for a language model, trained here; needs the extra `training`.

This module imports nothing heavy, so that a hub without the extra can say what is missing.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ai_core.errors import InvalidInput
from ai_core.execution.protocol import Analysis, Context, Draft, Executor, Failure, Way
from ai_core.execution.registry import JobTypeSpec
from ai_core.models import Artifact
from ai_core.statuses import FailureClass
from ai_training.builtin.recipe import Recipe
from ai_training.builtin.rows import texts_of
from ai_training.executors import analysis_of
from ai_training.job_types import STAGES, TRAINING
from ai_training.models import TrainingRun
from ai_training.wishes import wishes_of

NEEDED = ("torch", "transformers", "peft")

LORA_TRAINING = JobTypeSpec(
    name="lora_training",
    description=gettext_noop("Train a LoRA adapter for a language model on a worker of the hub."),
    category="training",
    queue="training",
    estimated_duration_seconds=3600,
    timeout_seconds=604_800,
    max_failures=1,
    max_losses=20,
    stages=STAGES,
    input_schema={
        "type": "object",
        "properties": {
            **TRAINING,
            # A folder on the worker, or a name that its cache knows or can fetch.
            "base_model": {**TRAINING["base_model"], "minLength": 1},
        },
        "required": ["base_model", "dataset"],
        "additionalProperties": False,
    },
)


class LoraTraining(Executor):
    """In a process of its own: its memory is its own, and it can be killed."""

    name = "lora_training"
    way = Way.PROCESS
    can_pause = True

    def unavailable(self) -> str:
        missing = [name for name in NEEDED if find_spec(name) is None]
        if not missing:
            return ""
        return _(
            "Missing here: %(missing)s. Install the extra `training` where workers run: "
            "pip install -r requirements/training.in"
        ) % {"missing": ", ".join(missing)}

    def check(self, draft: Draft) -> None:
        wanted = wishes_of(draft.input_data, draft.brand)
        if wanted.dataset is not None and not wanted.dataset.path:
            sentence = _("The rows of this dataset lie elsewhere. Upload them, and choose that.")
            raise InvalidInput(f"dataset: {sentence}", errors={"input_data.dataset": [sentence]})

    def analyse(self, draft: Draft) -> Analysis:
        found = analysis_of(draft)
        if reason := self.unavailable():
            found.warnings.append(reason)
        return found

    def run(self, ctx: Context) -> dict[str, Any]:
        if reason := self.unavailable():
            raise Failure(reason, code="EXTRA_MISSING", failure_class=FailureClass.INPUT)
        # Threads that wait must not burn the cores that other jobs need; read when torch is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        # torch takes seconds to import: only here, in the job's own process.
        from ai_training.builtin.lora_work import Given, LoraWork  # noqa: PLC0415

        return LoraWork(ctx, Given(**_given(ctx))).go()


def _given(ctx: Context) -> dict[str, Any]:
    """Read once what the run was made of; then the connection is closed, and none is needed."""
    try:
        run = TrainingRun.objects.select_related("dataset").get(job__job_id=ctx.job_id)
        if run.dataset is None:
            raise Failure(
                "The dataset was deleted.", code="DATASET_GONE", failure_class=FailureClass.INPUT
            )
        rows = _local(run.dataset.path, ctx.folder / f"rows.{run.dataset.format}")
        return {
            "base_model": run.base_model,
            "recipe": Recipe.of(run.hyperparameters),
            "texts": texts_of(rows, run.dataset.format),
            "resume_file": _resume_file(ctx, run.pk),
        }
    finally:
        connection.close()


def _resume_file(ctx: Context, number: int) -> Path | None:
    saved = ctx.checkpoint_data
    if not saved:
        return None
    found = Artifact.objects.filter(job=number, name=saved["path"]).order_by("-attempt").first()
    if found is None:
        ctx.log("The checkpoint is gone: beginning at the beginning.", "warning")
        return None
    return _local(found.path, ctx.folder / "resume.pt")


def _local(stored: str, target: Path) -> Path:
    """Copy what is stored, wherever that is, onto this machine."""
    with default_storage.open(stored) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
    return target
