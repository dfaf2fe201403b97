"""What somebody wants of a training, looked up in their brand: nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ai_core.errors import InvalidInput
from ai_training.models import ComputeOffer, Dataset, TrainingConfiguration
from ai_training.models.catalogue import Preset
from ai_training.presets import PRESETS, hyperparameters_of
from brands.models import Brand


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """A training as it was asked for, with everything that it names found."""

    name: str
    base_model: str
    preset: str
    dataset: Dataset | None
    configuration: TrainingConfiguration | None
    offer: ComputeOffer | None
    hyperparameters: dict[str, Any]
    hourly_rate: Decimal | None
    is_spot: bool
    resources: str
    budget: Decimal | None
    guard_rails: dict[str, Any]
    total_steps: int | None
    total_epochs: float | None
    silence_seconds: float | None


def wishes_of(given: Mapping[str, Any], brand: Brand | int) -> Wishes:
    """Look up what the input of a job names; raise what cannot be found or used."""
    dataset = _named(Dataset, given, "dataset", brand)
    configuration = _named(TrainingConfiguration, given, "configuration", brand)
    offer = _named(ComputeOffer, given, "offer", brand)
    if dataset is not None and dataset.state == Dataset.State.INVALID:
        raise _refused("dataset", _("This dataset has problems. Mend it and upload it again."))
    preset = str(given.get("preset") or (configuration.preset if configuration else ""))
    own = configuration.hyperparameters if configuration else {}
    values = hyperparameters_of(preset, own, given.get("hyperparameters") or {})
    epochs = given.get("total_epochs") or values.get("epochs")
    rate = given.get("hourly_rate")
    return Wishes(
        name=str(given.get("name") or ""),
        base_model=str(
            given.get("base_model") or (configuration and configuration.base_model) or ""
        ),
        preset=preset if preset in Preset.values else Preset.OWN if preset else "",
        dataset=dataset,
        configuration=configuration,
        offer=offer,
        hyperparameters=values,
        hourly_rate=Decimal(rate) if rate else offer.hourly_rate if offer else None,
        is_spot=bool(offer and offer.pricing == ComputeOffer.Pricing.SPOT),
        resources=offer.resources if offer else _resources(given.get("resources") or {}),
        budget=Decimal(given["budget"]) if given.get("budget") else None,
        guard_rails={
            **(configuration.guard_rails if configuration else {}),
            **(given.get("guard_rails") or {}),
        },
        total_steps=given.get("total_steps") or _steps(values, dataset, epochs),
        total_epochs=epochs if isinstance(epochs, int | float) else None,
        silence_seconds=given.get("silence_seconds"),
    )


def _named(kind: Any, given: Mapping[str, Any], name: str, brand: Brand | int) -> Any:
    if given.get(name) is None:
        return None
    found = kind.objects.filter(brand=brand, pk=given[name], is_active=True).first()
    if found is None:
        raise _refused(name, _("There is none with this number in your brand. Choose another."))
    return found


def _refused(name: str, sentence: str) -> InvalidInput:
    return InvalidInput(f"{name}: {sentence}", errors={f"input_data.{name}": [sentence]})


def _resources(given: Mapping[str, Any]) -> str:
    """How a list shows them: `2 × A100`, `8 × CPU`."""
    if given.get("gpu"):
        return f"{given['gpu']:g} × {given.get('gpu_model') or 'GPU'}"[:120]
    return f"{given['cpu']:g} × CPU"[:120] if given.get("cpu") else ""


def _steps(values: Mapping[str, Any], dataset: Dataset | None, epochs: Any) -> int | None:
    """How many optimiser steps that makes; None where something is not known."""
    batch, gather = values.get("batch_size"), values.get("gradient_accumulation_steps", 1)
    numbers = (batch, gather, epochs)
    if dataset is None or not dataset.rows or not all(_positive(one) for one in numbers):
        return None
    return max(1, int(-(-dataset.rows // (batch * gather)) * epochs))


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def known_presets() -> list[dict[str, Any]]:
    return [{"preset": name, "hyperparameters": values} for name, values in PRESETS.items()]
