"""The job type of trainings that somebody else computes, with the schema of its input."""

from typing import Any

from django.utils.translation import gettext_noop

from ai_core.execution.registry import JobTypeSpec

EXTERNAL = "external_training"
STAGES = ("preprocessing", "model_loading", "training", "finalisation")
DECIMAL = r"^\d{1,8}(\.\d{1,6})?$"

_AMOUNT = {"type": "number", "minimum": 0, "maximum": 10**18}
_TEXT = {"type": "string", "maxLength": 200}
_ID = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
_ACTION = {"enum": ["warn", "pause", "cancel"]}


def _rail(**limit: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**limit, "action": _ACTION},
        "required": list(limit),
        "additionalProperties": False,
    }


GUARD_RAILS: dict[str, Any] = {
    "type": "object",
    "title": gettext_noop("Guard rails"),
    "properties": {
        "max_cost": _rail(limit={"type": "string", "pattern": DECIMAL}),
        "nan_loss": _rail(),
        "rising_validation": _rail(evaluations={"type": "integer", "minimum": 1, "maximum": 10**6}),
        "stalled": _rail(minutes={"type": "number", "minimum": 0.01, "maximum": 10**6}),
    },
    "additionalProperties": False,
}

# What every training may say of itself, whoever computes it.
TRAINING: dict[str, Any] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "dataset": {**_ID, "title": gettext_noop("Dataset")},
    "configuration": {**_ID, "title": gettext_noop("Configuration")},
    "offer": {**_ID, "title": gettext_noop("Compute offer")},
    "base_model": _TEXT,
    "preset": {"type": "string", "maxLength": 40},
    "hyperparameters": {"type": "object", "maxProperties": 200},
    "hourly_rate": {"type": "string", "pattern": DECIMAL},
    "budget": {"type": "string", "pattern": DECIMAL},
    "guard_rails": GUARD_RAILS,
    "total_steps": {"type": "integer", "minimum": 1, "maximum": 2**62},
    "total_epochs": {"type": "number", "exclusiveMinimum": 0, "maximum": 10**9},
}

EXTERNAL_TRAINING = JobTypeSpec(
    name=EXTERNAL,
    description="Train a model on a machine of somebody else, which reports to the hub.",
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
            "image": {"type": "string", "minLength": 1, "maxLength": 300},
            "region": {"type": "string", "maxLength": 40},
            "command": {"type": "array", "items": {"type": "string"}, "maxItems": 500},
            "env_vars": {
                "type": "array",
                "maxItems": 500,
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
                    "required": ["name", "value"],
                    "additionalProperties": False,
                },
            },
            "resources": {
                "type": "object",
                "properties": {
                    "cpu": _AMOUNT,
                    "gpu": _AMOUNT,
                    "gpu_brand": _TEXT,
                    "gpu_memory": _AMOUNT,
                    "gpu_model": _TEXT,
                    "memory": _AMOUNT,
                    "ephemeral_storage": _AMOUNT,
                    "flavor": _TEXT,
                    "private_network": _AMOUNT,
                    "public_network": _AMOUNT,
                },
                "additionalProperties": False,
            },
            "volumes": {"type": "array", "items": {"type": "object"}, "maxItems": 100},
            # A run that nobody hears of for so long is taken for lost.
            "silence_seconds": {"type": "number", "minimum": 1, "maximum": 86_400},
            "options": {"type": "object"},
        },
        "required": ["image"],
        "additionalProperties": False,
    },
)
