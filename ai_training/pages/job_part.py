"""The training on the page of its job: progress, curve, figures, cost, guard rails, machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ai_core.models import AIJob, JobEvent, JobMetric
from ai_core.models.records import EventType
from ai_core.page_parts import JobPart
from ai_core.statuses import OPEN, JobStatus
from ai_training import looks, trackers
from ai_training.estimates import VARIES
from ai_training.job_types import EXTERNAL
from ai_training.models import Checkpoint, ComputeOffer, GuardRail, TrainingRun
from ai_training.pages import figures
from brands.access import Access

LOOKED_BACK = 60  # reports, for the lines of the machines
FEW = 6
LOSSES = ("training_loss", "validation_loss")
NEARLY = 80  # percent of the budget
_SETTINGS = ("lora_r", "lora_alpha", "lora_dropout", "learning_rate", "lr_scheduler", "batch_size")


def find(request: HttpRequest, access: Access, job: AIJob, tab: str) -> Mapping[str, Any] | None:
    run = (
        TrainingRun.objects.select_related("dataset", "configuration", "offer")
        .filter(pk=job.pk)
        .first()
    )
    if run is None:
        return None
    tracker = trackers.tracker_of(run, job)
    rails = list(GuardRail.objects.filter(job=job.pk))
    may_change = access.can_change(job.created_by_id)
    own: dict[str, Any] = {
        "run": run,
        "cost": (cost := tracker.as_dict()),
        "money": money_of(run, cost),
        "items": [{**item, "label": COST_ITEMS[item["name"]]} for item in cost["items"]],
        "rails": rails,
        "fired": [rail for rail in rails if rail.fired_at],
        "is_open": job.status in OPEN,
        "may_change": may_change,
        "speed": speed(run, cost["active_seconds"]),
        "seconds_left": looks.seconds_left(tracker),
        "steps_left_in_epoch": _left_in_epoch(run),
        "all_rails": rail_rows(rails),
        "rail_actions": GuardRail.Action.choices,
        "offers": _offers(run) if may_change and job.status == JobStatus.PAUSED else (),
    }
    if job.status == JobStatus.PENDING and job.job_type.name == EXTERNAL and may_change:
        own["hub"] = request.build_absolute_uri("/").rstrip("/")  # for whoever is to report
    if tab == "overview":
        own |= _overview(run, job, cost, own["speed"])
    if tab == "history":
        own["history"] = history(run, job, cost)
    return own


def _overview(
    run: TrainingRun, job: AIJob, cost: Mapping[str, Any], pace: float | None
) -> dict[str, Any]:
    newest = JobMetric.objects.filter(job=job.pk).order_by("-step")
    rows = list(reversed(newest.values_list("values", flat=True)[:LOOKED_BACK]))
    checkpoints = list(Checkpoint.objects.filter(job=job.pk).order_by("-step")[: FEW + 1])
    return {
        "figures": figures.shown(looks.trends(run), speed=pace),
        "gauges": figures.gauges(rows),
        "checkpoints": checkpoints[:FEW],
        "has_more_checkpoints": len(checkpoints) > FEW,
        "history": history(run, job, cost),
        "settings": settings_of(run),
        "has_points": bool(rows),
        "curve": curve_facts(run, job),
    }


def speed(run: TrainingRun, active_seconds: float) -> float | None:
    """Steps an hour, over all the time in which it worked."""
    return run.step / active_seconds * 3600 if run.step and active_seconds >= 1 else None


def _left_in_epoch(run: TrainingRun) -> int | None:
    if not run.total_steps or not run.total_epochs or run.total_epochs < 1:
        return None
    size = run.total_steps / run.total_epochs
    return max(0, round(size - run.step % size)) if run.step < run.total_steps else 0


def _offers(run: TrainingRun) -> Sequence[ComputeOffer]:
    return list(ComputeOffer.objects.filter(brand=run.brand_id, is_active=True)[:100])


def settings_of(run: TrainingRun) -> list[tuple[str, str]]:
    """The few settings that people ask for first; all are in the configuration."""
    own = run.hyperparameters
    known = [name for name in _SETTINGS if name in own] or list(own)[: len(_SETTINGS)]
    return [(figures.setting_title(name), _said(own[name])) for name in known]


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)[:120]
    return str(value)[:120]


LIMITS = {
    GuardRail.Kind.MAX_COST: ("limit", gettext_lazy("dollars"), ""),
    GuardRail.Kind.NAN_LOSS: ("", "", ""),
    GuardRail.Kind.RISING: ("evaluations", gettext_lazy("evaluations"), "3"),
    GuardRail.Kind.STALLED: ("minutes", gettext_lazy("minutes"), "30"),
}


def rail_rows(rails: Sequence[GuardRail]) -> list[dict[str, Any]]:
    """Every kind of guard rail, with the run's own where it has one, as the dialog shows them."""
    known = {rail.kind: rail for rail in rails}
    return [
        {
            "kind": kind.value,
            "label": kind.label,
            "rail": (rail := known.get(kind.value)),
            "limit_name": name,
            "unit": unit,
            "limit": f"{rail.limit.normalize():f}" if rail and rail.limit is not None else usual,
            "action": rail.action if rail else GuardRail.Action.WARN,
        }
        for kind, (name, unit, usual) in LIMITS.items()
    ]


# ---------------------------------------------------------------------- the curve
def curve_facts(run: TrainingRun, job: AIJob) -> dict[str, Any]:
    """What the chart needs to know besides the points: its lines, and the best of them."""
    best = None if run.best_loss is None else {"step": run.best_step, "value": run.best_loss}
    return {"attempt": job.attempt, "lines": curve_lines(run), "best": best}


def curve_lines(run: TrainingRun) -> list[dict[str, Any]]:
    """The losses; where a run has none, the first figures that it has."""
    names = [name for name in LOSSES if name in run.latest]
    if not names:
        names = [name for name in run.latest if not figures.is_machine(name)][:2]
    tones = ("valid",) if names == ["validation_loss"] else ("train", "valid")
    found = [_line(name, tone) for name, tone in zip(names, tones, strict=False)]
    if "learning_rate" in run.latest and "learning_rate" not in names:
        found.append(_line("learning_rate", "rate") | {"own": True})
    return found


def _line(name: str, tone: str) -> dict[str, Any]:
    label = str(figures.definition_of(name).label)
    return {"name": name, "label": label, "tone": tone, "sparse": name == "validation_loss"}


# ---------------------------------------------------------------------- money
COST_ITEMS = {
    "compute": gettext_lazy("Computing"),
    "storage": gettext_lazy("Storage"),
    "spot_buffer": gettext_lazy("Spot buffer"),
}


def money_of(run: TrainingRun, cost: Mapping[str, Any]) -> dict[str, Any]:
    """Of what the bar shows a share: the budget where there is one, else the estimate."""
    spent = Decimal(cost["spent"]) if cost["spent"] is not None else None
    of_budget = float(spent / run.budget * 100) if spent is not None and run.budget else None
    percent = cost["percent_of_estimate"]
    share = percent if percent is not None else of_budget
    return {
        "share": None if share is None else min(share, 100.0),
        "percent": percent,
        "of_budget": of_budget,
        "level": cost["level"] if percent is not None else _level(of_budget),
        "over": cost["over_estimate"],
        "nearly": of_budget is not None and NEARLY <= of_budget < 100,
        "varies": int(VARIES * 100),
    }


def _level(percent: float | None) -> str:
    if percent is None:
        return "unknown"
    return "green" if percent < trackers.YELLOW else "yellow" if percent <= trackers.RED else "red"


# ---------------------------------------------------------------------- what happened
def history(run: TrainingRun, job: AIJob, cost: Mapping[str, Any]) -> dict[str, Any]:
    """Stretches of work and of pause, as they followed one another."""
    worked = [{"kind": "work", **one} for one in cost["segments"]]
    paused = pauses(job)
    lines = sorted([*worked, *paused], key=lambda one: one["started_at"])
    return {
        "lines": lines,
        "active": cost["active_seconds"],
        "paused": sum(one["seconds"] for one in paused),
        "spent": cost["spent"],
    }


def pauses(job: AIJob) -> list[dict[str, Any]]:
    moves = JobEvent.objects.filter(job=job.pk, type=EventType.STATUS).exclude(new_status="")
    found: list[dict[str, Any]] = []
    since = None
    for status, at in moves.order_by("id").values_list("new_status", "at"):
        if since is not None:
            found.append(_pause(since, at))
        since = at if status == JobStatus.PAUSED else None
    if since is not None:
        found.append(_pause(since, None))
    return found


def _pause(since: Any, until: Any) -> dict[str, Any]:
    seconds = ((until or timezone.now()) - since).total_seconds()
    return {"kind": "pause", "started_at": since, "ended_at": until, "seconds": round(seconds, 1)}


PART = JobPart(
    name="training",
    find=find,
    actions="ai_training/job_actions.html",
    alerts="ai_training/job_alerts.html",
    measures="ai_training/job_measures.html",
    main="ai_training/job_curve.html",
    below="ai_training/job_below.html",
    side="ai_training/job_side.html",
    dialogs="ai_training/job_dialogs.html",
    styles=("vendor/uplot.css", "css/training.css"),
    libraries=("vendor/uplot.js",),
    scripts=("js/training/job.js",),
)
