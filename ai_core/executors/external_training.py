"""Trainings that somebody else computes: a runner claims the job and reports; no worker does."""

from ai_core.execution.protocol import Executor, Way
from ai_core.execution.registry import JobTypeSpec

_AMOUNT = {"type": "number", "minimum": 0, "maximum": 10**18}
_TEXT = {"type": "string", "maxLength": 200}


class ExternalTraining(Executor):
    """Waits for its runner. The hub keeps its state, its log and its labels."""

    name = "external_training"
    way = Way.EXTERNAL


EXTERNAL_TRAINING = JobTypeSpec(
    name="external_training",
    description="Train a model on a machine of somebody else, which reports to the hub.",
    category="training",
    queue="training",
    estimated_duration_seconds=3600,
    timeout_seconds=604_800,
    max_failures=1,
    input_schema={
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 200},
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
            "hourly_rate": {"type": "string", "pattern": r"^\d{1,8}(\.\d{1,6})?$"},
            "total_steps": {"type": "integer", "minimum": 1},
            "total_epochs": {"type": "number", "exclusiveMinimum": 0},
            "preset": {"type": "string", "maxLength": 40},
            "options": {"type": "object"},
        },
        "required": ["image"],
        "additionalProperties": False,
    },
)
