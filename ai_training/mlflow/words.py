"""MLflow's words and ours: runs, experiments, statuses, figures. Nothing is kept here.

An experiment is a name that runs carry; its id is that name, written so that a URL can hold it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ai_core.models import AIJob
from ai_training.models import TrainingRun

HOLDER = "mlflow"
DEFAULT = "Default"
DEFAULT_ID = "0"
_ID = re.compile(r"x(?:[0-9a-f]{2})+\Z")
ENDINGS = {"FINISHED": "completed", "FAILED": "failed", "KILLED": "cancelled", "RUNNING": "running"}
_STATUSES = {
    "draft": "SCHEDULED", "pending": "RUNNING", "running": "RUNNING", "paused": "SCHEDULED",
    "completed": "FINISHED", "failed": "FAILED", "timeout": "FAILED", "cancelled": "KILLED",
}  # fmt: skip


def experiment_id(name: str) -> str:
    return DEFAULT_ID if name in ("", DEFAULT) else "x" + name.encode().hex()


def experiment_name(number: str) -> str | None:
    """The name behind an id; None: it is none of ours."""
    if number in ("", DEFAULT_ID):
        return DEFAULT
    if not _ID.match(number):
        return None
    try:
        return bytes.fromhex(number[1:]).decode()
    except ValueError:
        return None


def experiment(name: str) -> dict[str, Any]:
    number = experiment_id(name)
    return {
        "experiment_id": number,
        "name": name,
        "artifact_location": "mlflow-artifacts:/",
        "lifecycle_stage": "active",
    }


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


def run(one: TrainingRun, job: AIJob) -> dict[str, Any]:
    """A run as MLflow's clients read it; figures go by the names that they were logged by."""
    labels = one.labels
    names = labels.get("mlflow_names") or {}
    status = _STATUSES.get(job.status, "RUNNING")
    info = {
        "run_id": job.job_id,
        "run_uuid": job.job_id,
        "run_name": one.name,
        "experiment_id": experiment_id(str(labels.get("experiment") or "")),
        "user_id": job.created_by.username if job.created_by else "",
        "status": status,
        "start_time": milliseconds(job.started_at or job.created_at),
        "end_time": milliseconds(job.completed_at),
        "artifact_uri": f"mlflow-artifacts:/{job.job_id}",
        "lifecycle_stage": "active",
    }
    metrics = [
        {
            "key": names.get(name, name),
            "value": value,
            "timestamp": milliseconds(one.last_report_at),
            "step": one.latest_steps.get(name, 0),
        }
        for name, value in one.latest.items()
    ]
    data = {
        "metrics": metrics,
        "params": pairs({**one.hyperparameters, **(labels.get("params") or {})}),
        "tags": pairs({"mlflow.runName": one.name, **(labels.get("tags") or {})}),
    }
    return {"info": {k: v for k, v in info.items() if v is not None}, "data": data}


def pairs(given: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"key": str(name), "value": str(value)} for name, value in given.items()]
