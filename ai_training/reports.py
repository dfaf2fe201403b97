"""What a runner says, in one shape, whichever door it came through."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from brands.errors import Invalid

# What others call the figures of the curve.
ALIASES = {
    "loss": "training_loss",
    "train_loss": "training_loss",
    "train/loss": "training_loss",
    "eval_loss": "validation_loss",
    "val_loss": "validation_loss",
    "eval/loss": "validation_loss",
    "lr": "learning_rate",
    "train/learning_rate": "learning_rate",
}
EVENT_TYPES = frozenset({"status", "metrics", "warning", "error", "info", "checkpoint", "artifact"})
MOST = 10_000  # points, lines and events in one report
MOST_NAMES = 200
LARGEST_STEP = 2**62


@dataclass(frozen=True, kw_only=True)
class Point:
    """Figures of one step; None stands for a figure that is not a number."""

    step: int
    values: Mapping[str, float | None]
    epoch: float | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    message: str
    level: str = "info"


@dataclass(frozen=True, kw_only=True)
class Event:
    type: str
    message: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stage:
    name: str
    substatus: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress:
    percent: float | None = None
    step: int | None = None
    total_steps: int | None = None
    epoch: float | None = None
    total_epochs: float | None = None
    substatus: str | None = None


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A checkpoint, as its runner describes it."""

    step: int
    epoch: float | None = None
    path: str = ""
    size: int | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    is_best: bool = False


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A small file that came inside a message."""

    name: str
    content: bytes
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """`status` is running, completed, failed, cancelled, paused or released."""

    status: str
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """One delivery. The same `message_id` again changes nothing; `sequence` orders deliveries."""

    message_id: str = field(default_factory=lambda: f"msg_{uuid4().hex}")
    sequence: int | None = None
    lease: UUID | None = None
    holder: str = "webhook"
    points: Sequence[Point] = ()
    lines: Sequence[Line] = ()
    events: Sequence[Event] = ()
    stages: Sequence[Stage] = ()
    progress: Progress | None = None
    checkpoints: Sequence[Saved] = ()
    files: Sequence[Attached] = ()
    ending: Ending | None = None


ENDINGS = frozenset({"running", "completed", "failed", "cancelled", "paused", "released"})


def canonical(name: str) -> str:
    """The name under which the hub keeps a figure."""
    return ALIASES.get(name, name)[:100]


def figures(given: Any, *, where: str = "values") -> dict[str, float | None]:
    """Read named figures; null, "NaN" and "Infinity" are figures that are not numbers."""
    if not isinstance(given, Mapping) or len(given) > MOST_NAMES:
        raise refused(
            where, _("Send an object of at most %(most)s figures.") % {"most": MOST_NAMES}
        )
    return {
        canonical(str(name)): _figure(value, f"{where}.{name}") for name, value in given.items()
    }


def _figure(value: Any, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refused(where, _("Send a number."))
    try:
        number = float(value)
    except ValueError:
        raise refused(where, _("Send a number.")) from None
    return number if math.isfinite(number) else None


def whole(value: Any, where: str, *, most: int = LARGEST_STEP) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise refused(where, _("Send a whole number from 0."))
    return value


def maybe_whole(value: Any, where: str) -> int | None:
    return None if value is None else whole(value, where)


def maybe_number(value: Any, where: str) -> float | None:
    return None if value is None else _figure(value, where)


def text(value: Any, where: str, *, most: int = 4_000) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refused(where, _("Send a text."))
    return value[:most]


def objects(value: Any, where: str) -> list[Mapping[str, Any]]:
    """Read a list of objects, not longer than one report may be."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise refused(where, _("Send a list of objects."))
    if len(value) > MOST:
        raise refused(where, _("Send at most %(most)s at once.") % {"most": MOST})
    return value


def point(given: Mapping[str, Any], where: str) -> Point:
    """`{"step", "epoch"?, "values": {…}}`, or the figures beside `step` and `epoch`."""
    own = given.get("values")
    if own is None:
        own = {name: value for name, value in given.items() if name not in ("step", "epoch", "at")}
    return Point(
        step=whole(given.get("step"), f"{where}.step"),
        epoch=maybe_number(given.get("epoch"), f"{where}.epoch"),
        values=figures(own, where=where),
    )


def line(given: Mapping[str, Any], where: str) -> Line:
    return Line(
        message=text(given.get("message"), f"{where}.message", most=20_000),
        level=text(given.get("level"), f"{where}.level").lower() or "info",
    )


def event(given: Mapping[str, Any], where: str) -> Event:
    kind = text(given.get("type"), f"{where}.type")
    payload = given.get("payload") or {}
    if not isinstance(payload, Mapping):
        raise refused(f"{where}.payload", _("Send an object."))
    return Event(
        type=kind if kind in EVENT_TYPES - {"status"} else "info",
        message=text(given.get("message"), f"{where}.message"),
        payload=payload,
    )


def saved(given: Mapping[str, Any], where: str, *, step: Any = None) -> Saved:
    metrics = given.get("metrics") or {}
    return Saved(
        step=whole(given.get("step", step), f"{where}.step"),
        epoch=maybe_number(given.get("epoch"), f"{where}.epoch"),
        path=text(given.get("path") or given.get("uri"), f"{where}.path", most=500),
        size=maybe_whole(given.get("size"), f"{where}.size"),
        metrics=figures(metrics, where=f"{where}.metrics"),
        is_best=given.get("is_best") is True,
    )


def progress(given: Mapping[str, Any], where: str, *, step: Any = None) -> Progress:
    percent = given.get("percent", given.get("percentage", given.get("progress")))
    said = given.get("step", step)
    return Progress(
        percent=maybe_number(percent, f"{where}.percent"),
        step=maybe_whole(said, f"{where}.step"),
        total_steps=maybe_whole(given.get("total_steps"), f"{where}.total_steps"),
        epoch=maybe_number(given.get("epoch"), f"{where}.epoch"),
        total_epochs=maybe_number(given.get("total_epochs"), f"{where}.total_epochs"),
        substatus=text(given["substatus"], f"{where}.substatus") if "substatus" in given else None,
    )


def stage(given: Mapping[str, Any], where: str) -> Stage:
    name = text(given.get("stage") or given.get("name"), f"{where}.stage", most=40)
    if not name:
        raise refused(f"{where}.stage", _("Name the stage."))
    return Stage(name=name, substatus=text(given.get("substatus"), f"{where}.substatus", most=200))


def attached(given: Mapping[str, Any], where: str) -> Attached:
    """`content` is base64; larger files are uploaded by whoever has a key."""
    name = text(given.get("name"), f"{where}.name", most=200)
    if not name.strip(" ./"):
        raise refused(f"{where}.name", _("Name the file."))
    try:
        content = base64.b64decode(
            text(given["content"], f"{where}.content", most=2**24), validate=True
        )
    except ValueError:
        raise refused(f"{where}.content", _("Send the file as base64.")) from None
    return Attached(
        name=name, content=content, kind=text(given.get("kind"), f"{where}.kind", most=40)
    )


def ending(given: Mapping[str, Any], where: str) -> Ending:
    status = text(given.get("status"), f"{where}.status")
    result = given.get("result") or {}
    if status not in ENDINGS:
        allowed = ", ".join(sorted(ENDINGS))
        raise refused(f"{where}.status", _("Must be one of: %(allowed)s.") % {"allowed": allowed})
    if not isinstance(result, Mapping):
        raise refused(f"{where}.result", _("Send an object."))
    message = text(given.get("message"), f"{where}.message")
    return Ending(status=status, message=message, result=result)


def report_of(given: Mapping[str, Any], **facts: Any) -> Report:
    """Read the body of the runner's API; `facts` are message_id, lease, holder."""
    known = {
        "message_id", "sequence", "lease", "points", "logs", "events", "stages", "progress",
        "checkpoints", "ending",
    }  # fmt: skip
    for name in given.keys() - known:
        raise refused(str(name)[:80], _("There is no such field."))
    message_id = text(given.get("message_id"), "message_id", most=200)
    if message_id:
        facts["message_id"] = message_id
    return Report(
        sequence=maybe_whole(given.get("sequence"), "sequence"),
        points=_each(given, "points", point),
        lines=_each(given, "logs", line),
        events=_each(given, "events", event),
        stages=_each(given, "stages", stage),
        checkpoints=_each(given, "checkpoints", saved),
        progress=_one(given, "progress", progress),
        ending=_one(given, "ending", ending),
        **facts,
    )


def _each(given: Mapping[str, Any], name: str, read: Any) -> list[Any]:
    found: Iterable[Any] = objects(given.get(name), name)
    return [read(one, f"{name}.{place}") for place, one in enumerate(found)]


def _one(given: Mapping[str, Any], name: str, read: Any) -> Any:
    if given.get(name) is None:
        return None
    if not isinstance(given[name], Mapping):
        raise refused(name, _("Send an object."))
    return read(given[name], name)


def refused(where: str, sentence: str) -> Invalid:
    return Invalid(f"{where}: {sentence}", errors={where: [sentence]})
