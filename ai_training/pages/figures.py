"""What the figures of a run are called, how they are written, and which way is better (MON-03)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ai_core.pages import words

STABLE = 0.5  # percent: less than that is no change
UP, DOWN = "up", "down"
MOST_SHOWN = 24
PERPLEXITY = "perplexity"


@dataclass(frozen=True)
class Definition:
    """`better` is the way in which the figure should go; empty: neither is better."""

    label: Any
    better: str = ""
    form: str = "number"  # number, percent, tiny
    unit: Any = ""
    points: bool = False  # its change is told in points, since it is a share itself


DEFINITIONS = {
    "training_loss": Definition(gettext_lazy("Training loss"), DOWN),
    "validation_loss": Definition(gettext_lazy("Validation loss"), DOWN),
    PERPLEXITY: Definition(gettext_lazy("Perplexity"), DOWN),
    "accuracy": Definition(gettext_lazy("Accuracy"), UP),
    "learning_rate": Definition(gettext_lazy("Learning rate"), form="tiny"),
    "gradient_norm": Definition(gettext_lazy("Gradient norm")),
    "grad_norm": Definition(gettext_lazy("Gradient norm")),
    "tokens_per_second": Definition(gettext_lazy("Tokens a second"), UP),
    "steps_per_hour": Definition(gettext_lazy("Steps an hour"), UP),
    "gpu_utilisation": Definition(gettext_lazy("GPU utilisation"), UP, "percent", points=True),
    "gpu_utilization": Definition(gettext_lazy("GPU utilisation"), UP, "percent", points=True),
    "gpu_memory_gb": Definition(gettext_lazy("GPU memory"), unit="GB"),
    "gpu_memory": Definition(gettext_lazy("GPU memory"), unit="GB"),
    "gpu_memory_percent": Definition(gettext_lazy("GPU memory"), form="percent", points=True),
    "gpu_temperature": Definition(gettext_lazy("GPU temperature"), DOWN, unit="°C"),
    "gpu_power": Definition(gettext_lazy("GPU power"), unit="W"),
    "cpu_utilisation": Definition(gettext_lazy("Processor load"), form="percent", points=True),
    "cpu_percent": Definition(gettext_lazy("Processor load"), form="percent", points=True),
    "memory_gb": Definition(gettext_lazy("Memory"), unit="GB"),
    "memory_percent": Definition(gettext_lazy("Memory"), form="percent", points=True),
}
ORDER = list(DEFINITIONS)
MACHINE = ("gpu_", "cpu_", "memory_")  # these are hardware, and shown as lines over time


# What hyperparameters are called; others go by their own names.
SETTINGS = {
    "lora_r": gettext_lazy("LoRA rank"),
    "lora_alpha": gettext_lazy("LoRA alpha"),
    "lora_dropout": gettext_lazy("LoRA dropout"),
    "learning_rate": gettext_lazy("Learning rate"),
    "lr_scheduler": gettext_lazy("Learning rate schedule"),
    "batch_size": gettext_lazy("Batch size"),
    "gradient_accumulation_steps": gettext_lazy("Batches gathered in a step"),
    "epochs": gettext_lazy("Epochs"),
    "max_length": gettext_lazy("Longest row, in tokens"),
    "warmup_ratio": gettext_lazy("Warm-up"),
    "weight_decay": gettext_lazy("Weight decay"),
    "target_modules": gettext_lazy("Layers"),
    "seed": gettext_lazy("Seed"),
    "base_model": gettext_lazy("Base model"),
    "total_steps": gettext_lazy("Steps"),
    "total_epochs": gettext_lazy("Epochs in all"),
}


def setting_title(name: str) -> str:
    known = SETTINGS.get(name)
    return str(known) if known else words.type_title(name)


def definition_of(name: str) -> Definition:
    known = DEFINITIONS.get(name)
    return known or Definition(words.type_title(name.replace("/", " ")[:60]))


def is_machine(name: str) -> bool:
    return name.startswith(MACHINE)


@dataclass(frozen=True)
class Figure:
    """One figure as a card shows it: `verdict` is good, bad or plain."""

    name: str
    label: str
    value: str
    step: int
    arrow: str
    change: str
    verdict: str


def shown(trends: Sequence[Mapping[str, Any]], *, speed: float | None) -> list[Figure]:
    """The newest figures with their trends, the best known first; hardware stands elsewhere."""
    told = [one for one in trends if not is_machine(one["name"])]
    names = {one["name"] for one in told}
    told += _derived(told, names)
    if speed is not None and "steps_per_hour" not in names:
        told.append({"name": "steps_per_hour", "value": speed, "before": None, "step": 0})
    told.sort(key=lambda one: (_place(one["name"]), one["name"]))
    return [_figure(one) for one in told[:MOST_SHOWN]]


def _place(name: str) -> int:
    return ORDER.index(name) if name in DEFINITIONS else len(ORDER)


def _derived(told: Sequence[Mapping[str, Any]], names: set[str]) -> list[dict[str, Any]]:
    """Perplexity follows from the validation loss where nobody reports it."""
    loss = next((one for one in told if one["name"] == "validation_loss"), None)
    if loss is None or PERPLEXITY in names or loss["value"] > 30:
        return []
    before = loss.get("before")
    earlier = math.exp(before) if before is not None and before <= 30 else None
    return [{**loss, "name": PERPLEXITY, "value": math.exp(loss["value"]), "before": earlier}]


def _figure(one: Mapping[str, Any]) -> Figure:
    known, value, before = definition_of(one["name"]), one["value"], one.get("before")
    arrow, change, verdict = _trend(known, value, before)
    return Figure(
        one["name"], str(known.label), written(one["name"], value), one.get("step") or 0,
        arrow, change, verdict,
    )  # fmt: skip


def _trend(known: Definition, value: float, before: float | None) -> tuple[str, str, str]:
    """Arrow, words and verdict; green means better, not lower."""
    if before is None or (before == 0 and not known.points):
        return "", "", "plain"
    change = value - before if known.points else (value - before) / abs(before) * 100
    if abs(change) < STABLE:
        return "arrow-right", _("stable"), "plain"
    went = UP if change > 0 else DOWN
    sign = "+" if change > 0 else "−"
    size = number_format(round(abs(change), 1), 1)
    said = (
        _("%(sign)s%(size)s points") % {"sign": sign, "size": size}
        if known.points
        else _("%(sign)s%(size)s %% from %(before)s")
        % {"sign": sign, "size": size, "before": _number(known, before)}
    )
    verdict = "plain" if not known.better else "good" if went == known.better else "bad"
    return f"arrow-{went}", said, verdict


def written(name: str, value: Any) -> str:
    """A figure as people read it: `0.342`, `1.82e-4`, `87 %`, `61.4 GB`."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return words.UNKNOWN
    known = definition_of(name)
    text = _number(known, float(value))
    return f"{text} {known.unit}" if known.unit else text


def _number(known: Definition, value: float) -> str:
    if known.form == "percent":
        return words.percent(round(value / 100, 3))
    size = abs(value)
    if value and (known.form == "tiny" or size < 0.001 or size >= 1e7):
        head, _e, power = f"{value:.2e}".partition("e")
        return f"{head}e{int(power)}"
    places = _places(size)  # rounded here: number_format only cuts off
    return str(number_format(round(value, places), places, force_grouping=True))


def _places(size: float) -> int:
    return 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3


# ---------------------------------------------------------------------- hardware
WIDTH, HEIGHT = 300, 44


@dataclass(frozen=True)
class Gauge:
    """One figure of the machines over the last reports, drawn as a line."""

    label: str
    value: str
    line: str
    area: str
    low: str
    high: str


def gauges(rows: Sequence[Mapping[str, Any]]) -> list[Gauge]:
    """`rows` are the newest values, oldest first."""
    names = [name for name in dict.fromkeys(n for row in rows for n in row) if is_machine(name)]
    names.sort(key=lambda name: (_place(name), name))
    found = []
    for name in names[:6]:
        values = [float(row[name]) for row in rows if isinstance(row.get(name), int | float)]
        if values:
            found.append(_gauge(name, values))
    return found


def _gauge(name: str, values: Sequence[float]) -> Gauge:
    known = definition_of(name)
    top = 100.0 if known.form == "percent" else max(values) * 1.15 or 1.0
    step = WIDTH / max(len(values) - 1, 1)
    points = [
        f"{number * step:.1f},{HEIGHT - max(0.0, min(value / top, 1.0)) * (HEIGHT - 2):.1f}"
        for number, value in enumerate(values if len(values) > 1 else [*values, *values])
    ]
    line = "M" + "L".join(points)
    return Gauge(
        label=str(known.label),
        value=written(name, values[-1]),
        line=line,
        area=f"{line}V{HEIGHT}H0Z",
        low=written(name, min(values)),
        high=written(name, max(values)),
    )
