"""The three presets of a LoRA training: where a configuration begins."""

from __future__ import annotations

from typing import Any

_COMMON: dict[str, Any] = {
    "batch_size": 4,
    "gradient_accumulation_steps": 4,
    "max_length": 1024,
    "warmup_ratio": 0.03,
    "weight_decay": 0.01,
    "lr_scheduler": "cosine",
    "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
    "seed": 42,
}

PRESETS: dict[str, dict[str, Any]] = {
    # Learns slowly and stays close to the base model: few rows, or rows of mixed quality.
    "conservative": _COMMON
    | {"lora_r": 8, "lora_alpha": 16, "lora_dropout": 0.1, "learning_rate": 5e-5, "epochs": 2},
    "balanced": _COMMON
    | {"lora_r": 16, "lora_alpha": 32, "lora_dropout": 0.05, "learning_rate": 1e-4, "epochs": 3},
    # Learns much and may forget: many clean rows, and an eye on the validation loss.
    "aggressive": _COMMON
    | {"lora_r": 64, "lora_alpha": 128, "lora_dropout": 0.0, "learning_rate": 3e-4, "epochs": 5},
}


def hyperparameters_of(preset: str, *changes: dict[str, Any]) -> dict[str, Any]:
    """Return the preset's hyperparameters with what each change says instead; null takes out."""
    found = dict(PRESETS.get(preset, {}))
    for change in changes:
        found.update(change)
    return {name: value for name, value in found.items() if value is not None}
