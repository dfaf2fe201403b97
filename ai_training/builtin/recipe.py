"""What a LoRA training is given: hyperparameters with their defaults, and what they may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ai_core.execution.protocol import Failure
from ai_core.statuses import FailureClass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The names are those of the presets; unknown names are other people's and are left alone."""

    lora_r: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.05
    target_modules: list[str] = field(default_factory=list)
    learning_rate: float = 1e-4
    epochs: float = 3.0
    batch_size: int = 4
    gradient_accumulation_steps: int = 1
    max_length: int = 1024
    warmup_ratio: float = 0.03
    weight_decay: float = 0.01
    lr_scheduler: str = "cosine"
    validation_split: float = 0.1
    eval_steps: int = 0  # 0: ten times in all
    save_steps: int = 0
    max_grad_norm: float = 1.0
    seed: int = 42

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Recipe:
        plain = cls()
        found: dict[str, Any] = {}
        for one in fields(cls):
            if given.get(one.name) is None:
                continue
            kind = type(getattr(plain, one.name))
            try:
                found[one.name] = kind(given[one.name])
            except (TypeError, ValueError):
                raise unusable(f"{one.name} must be a {kind.__name__}.") from None
        recipe = cls(**found)
        recipe.check()
        return recipe

    def check(self) -> None:
        whole = ("lora_r", "batch_size", "gradient_accumulation_steps", "max_length")
        for name in (*whole, "learning_rate", "epochs"):
            if not getattr(self, name) > 0:
                raise unusable(f"{name} must be more than 0.")
        if not 0 <= self.validation_split < 1:
            raise unusable("validation_split must be from 0 to below 1.")

    def steps_of(self, rows: int) -> int:
        """How many optimiser steps that makes."""
        in_an_epoch = math.ceil(rows / (self.batch_size * self.gradient_accumulation_steps))
        return max(1, math.ceil(in_an_epoch * self.epochs))

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate: up along a line, then down along half a cosine, a line, or not."""
        warm = int(steps * self.warmup_ratio)
        if step <= warm:
            return self.learning_rate * step / max(1, warm)
        share = (step - warm) / max(1, steps - warm)
        if self.lr_scheduler == "constant":
            return self.learning_rate
        if self.lr_scheduler == "linear":
            return self.learning_rate * (1 - share)
        return self.learning_rate * (1 + math.cos(math.pi * share)) / 2


def unusable(sentence: str) -> Failure:
    return Failure(sentence, code="HYPERPARAMETERS_INVALID", failure_class=FailureClass.INPUT)
