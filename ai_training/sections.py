"""What this app shows on a job: `training`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ai_core.sections import Section, money
from ai_training import signing
from ai_training.job_types import EXTERNAL
from ai_training.models import TrainingRun

WEBHOOK = "/ai/webhooks/training/{job_id}/"


def load(job_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    return {run.pk: shown(run) for run in _runs(job_ids)}


def when_created(job_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    """The secret of the webhook, this once."""
    found = {}
    for run in _runs(job_ids):
        one = shown(run)
        secret = signing.newest_secret(run.job)
        if one["webhook"] and secret:
            one["webhook"] = {**one["webhook"], "secret": secret.reveal()}
        found[run.pk] = one
    return found


def _runs(job_ids: Sequence[int]) -> Any:
    return TrainingRun.objects.filter(job__in=list(job_ids)).select_related(
        "job__job_type", "dataset", "configuration", "offer"
    )


def shown(run: TrainingRun) -> dict[str, Any]:
    """A run in brief, as lists and details of jobs show it."""
    external = run.job.job_type.name == EXTERNAL
    return {
        "name": run.name,
        "base_model": run.base_model,
        "preset": run.preset,
        "dataset": _named(run.dataset),
        "configuration": _named(run.configuration),
        "offer": _named(run.offer),
        "resources": run.resources,
        "region": run.offer.region if run.offer else None,
        "pricing": "spot" if run.is_spot else "on_demand",
        "hourly_rate": money(run.hourly_rate),
        "budget": money(run.budget),
        "estimate_low": money(run.estimate_low),
        "estimate_high": money(run.estimate_high),
        "step": run.step,
        "total_steps": run.total_steps,
        "epoch": run.epoch,
        "total_epochs": run.total_epochs,
        "best": None
        if run.best_loss is None
        else {"validation_loss": run.best_loss, "step": run.best_step},
        "latest": run.latest,
        "last_report_at": run.last_report_at,
        "webhook": {"url": WEBHOOK.format(job_id=run.job.job_id)} if external else None,
    }


def _named(row: Any) -> dict[str, Any] | None:
    return None if row is None else {"id": row.pk, "name": row.name}


_MONEY = {"type": ["string", "null"], "pattern": r"^-?\d+\.\d{6}$"}
_COUNT = {"type": ["integer", "null"], "minimum": 0}
_NAMED = {
    "type": ["object", "null"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
TRAINING = Section(
    name="training",
    load=load,
    in_lists=True,
    categories=frozenset({"training"}),
    when_created=when_created,
    schema={
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "base_model": {"type": "string"},
            "preset": {"type": "string"},
            "dataset": _NAMED,
            "configuration": _NAMED,
            "offer": _NAMED,
            "resources": {"type": "string"},
            "region": {"type": ["string", "null"]},
            "pricing": {"enum": ["spot", "on_demand"]},
            "hourly_rate": {**_MONEY, "description": "null: not known."},
            "budget": _MONEY,
            "estimate_low": _MONEY,
            "estimate_high": _MONEY,
            "step": {"type": "integer"},
            "total_steps": _COUNT,
            "epoch": {"type": ["number", "null"]},
            "total_epochs": {"type": ["number", "null"]},
            "best": {
                "type": ["object", "null"],
                "properties": {
                    "validation_loss": {"type": "number"},
                    "step": {"type": "integer"},
                },
            },
            "latest": {"type": "object", "additionalProperties": {"type": "number"}},
            "last_report_at": {"type": ["string", "null"], "format": "date-time"},
            "webhook": {
                "type": ["object", "null"],
                "properties": {
                    "url": {"type": "string"},
                    "secret": {"type": "string", "description": "Shown once, when it is made."},
                },
            },
        },
    },
)
