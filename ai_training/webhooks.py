"""The body of a signed webhook, read into a report: one event, or a batch of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from ai_training import reports
from ai_training.reports import Event, Report, refused


class _Gathered:
    """The parts of a report, as the events of a body bring them."""

    def __init__(self) -> None:
        self.points: list[reports.Point] = []
        self.lines: list[reports.Line] = []
        self.events: list[Event] = []
        self.stages: list[reports.Stage] = []
        self.checkpoints: list[reports.Saved] = []
        self.files: list[reports.Attached] = []
        self.progress: reports.Progress | None = None
        self.ending: reports.Ending | None = None

    def add(self, body: Mapping[str, Any], where: str) -> None:
        kind = reports.text(body.get("type"), f"{where}type")
        data = {} if body.get("data") is None else body["data"]
        if not isinstance(data, Mapping):
            raise refused(f"{where}data", _("Send an object."))
        step, at = body.get("step"), f"{where}data"
        match kind:
            case "log":
                self._log(data, at)
                return
            case "metrics":
                self.points.append(reports.point({**data, "step": data.get("step", step)}, at))
            case "progress":
                self.progress = reports.progress(data, at, step=step)
            case "stage":
                self.stages.append(reports.stage(data, at))
            case "checkpoint":
                self.checkpoints.append(reports.saved(data, at, step=step))
            case "artifact" if data.get("content") is not None:
                self.files.append(reports.attached(data, at))
                data = {name: value for name, value in data.items() if name != "content"}
                data["size"] = len(self.files[-1].content)
            case "status" if data.get("status") in reports.ENDINGS:
                self.ending = reports.ending(data, at)
        self.events.append(_event(kind, body, data))

    def _log(self, data: Mapping[str, Any], where: str) -> None:
        lines = data.get("lines")
        if lines is None:
            self.lines.append(reports.line(data, where))
            return
        level = reports.text(data.get("level"), f"{where}.level") or "info"
        if not isinstance(lines, list) or len(lines) > reports.MOST:
            raise refused(f"{where}.lines", _("Send a list of lines."))
        self.lines += [
            reports.line({"message": one, "level": level}, f"{where}.lines") for one in lines
        ]


def read(body: Mapping[str, Any], *, message_id: str) -> Report:
    """`{"type", "sequence"?, "step"?, "data"}`, or `{"type": "batch", "data": {"events": […]}}`."""
    gathered = _Gathered()
    data = body.get("data")
    if body.get("type") == "batch" and isinstance(data, Mapping):
        for place, one in enumerate(reports.objects(data.get("events"), "data.events")):
            gathered.add(one, f"data.events.{place}.")
    else:
        gathered.add(body, "")
    return Report(
        message_id=message_id,
        sequence=reports.maybe_whole(body.get("sequence"), "sequence"),
        points=gathered.points,
        lines=gathered.lines,
        events=gathered.events,
        stages=gathered.stages,
        checkpoints=gathered.checkpoints,
        files=gathered.files,
        progress=gathered.progress,
        ending=gathered.ending,
    )


def _event(kind: str, body: Mapping[str, Any], data: Mapping[str, Any]) -> Event:
    """Every event lands in the log, whether or not its type is known."""
    shown = {"stage": "status", "progress": "info"}.get(kind, kind)
    payload = {"type": kind, "data": dict(data)}
    payload |= {name: body[name] for name in ("step", "sequence") if body.get(name) is not None}
    said = data.get("message")
    return Event(
        type=shown if shown in reports.EVENT_TYPES else "info",
        message=said[:4_000] if isinstance(said, str) else _sentence(kind, body, data),
        payload=payload,
    )


def _sentence(kind: str, body: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    said = data.get("name" if kind == "artifact" else kind)
    about = said if isinstance(said, str) else ""
    step = f"step {body['step']}" if isinstance(body.get("step"), int) else ""
    return " ".join(part for part in (kind[:40], str(about)[:200], step) if part)
