"""What MLflow's calls do here: runs are trainings, figures and endings are reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction

from ai_core.models import AIJob, JobMetric
from ai_core.statuses import FINAL
from ai_training import gathering, holding, runs
from ai_training.job_types import EXTERNAL
from ai_training.mlflow import words
from ai_training.models import TrainingRun
from ai_training.reports import Ending, Point, Report, canonical, figures, refused, whole
from brands.access import Access
from brands.errors import NotFound

SILENCE = 21_600.0  # seconds; MLflow's clients only speak when they have something to say
MOST_FOUND = 1_000
MOST_LABELS = 1_000
LONGEST_LABEL = 8_000


class Tracking:
    """One caller's view of the brand's trainings."""

    def __init__(self, access: Access) -> None:
        self.access = access

    # ------------------------------------------------------------------ finding
    def jobs(self) -> Any:
        return AIJob.objects.for_brand(self.access.scope).filter(job_type__category="training")

    def find(self, reference: Any) -> TrainingRun:
        number = self.jobs().named(str(reference or "")).values_list("pk", flat=True).first()
        found = TrainingRun.objects.select_related("job__job_type", "job__created_by")
        run = found.filter(pk=number).first() if number else None
        if run is None:
            raise NotFound
        return run

    def own(self, reference: Any) -> TrainingRun:
        """One that the caller may report about, and that is computed outside."""
        run = self.find(reference)
        self.access.must_change(run.job.created_by_id)
        if run.job.job_type.name != EXTERNAL:
            raise NotFound
        return run

    def shown(self, reference: Any) -> dict[str, Any]:
        run = self.find(reference)
        return words.run(run, run.job)

    def search(self, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The newest runs of these experiments; MLflow's filter language is not spoken."""
        if given.get("filter"):
            raise refused("filter", "Filters are not supported here: use the hub's own lists.")
        most = min(whole(given.get("max_results", 100), "max_results"), MOST_FOUND)
        names = {words.experiment_name(str(one)) for one in given.get("experiment_ids") or []}
        found = TrainingRun.objects.filter(pk__in=self.jobs().values("pk"))
        found = found.select_related("job__created_by").order_by("-pk")
        if words.DEFAULT not in names:
            found = found.filter(labels__experiment__in=[name for name in names if name])
        elif names == {words.DEFAULT}:
            found = found.exclude(labels__has_key="experiment")
        return [words.run(one, one.job) for one in found[:most]]

    def history(self, reference: Any, key: str) -> list[dict[str, Any]]:
        run = self.find(reference)
        name = canonical(key)
        found = JobMetric.objects.filter(job=run.pk, values__has_key=name).order_by("step")
        rows = found.values_list("step", "at", f"values__{name}")[:25_000]
        return [
            {
                "key": key,
                "value": "NaN" if value is None else value,
                "timestamp": words.milliseconds(at),
                "step": step,
            }
            for step, at, value in rows
        ]

    def experiments(self) -> list[dict[str, Any]]:
        names = TrainingRun.objects.filter(
            pk__in=self.jobs().values("pk"), labels__has_key="experiment"
        )
        found = names.order_by().values_list("labels__experiment", flat=True).distinct()
        return [words.experiment(name) for name in (words.DEFAULT, *found[:MOST_FOUND])]

    # ------------------------------------------------------------------ making
    def create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A training that its script computes; its first report begins it."""
        brand = self.access.brand_to_create_in()
        name = words.experiment_name(str(given.get("experiment_id") or ""))
        if name is None:
            raise NotFound
        tags = _labels(given.get("tags"), "tags")
        called = str(given.get("run_name") or tags.get("mlflow.runName") or name)[:200]
        wanted = {"image": "mlflow", "name": called, "silence_seconds": SILENCE}
        run = runs.create_run(wanted, user=self.access.user, brand=brand)
        labels: dict[str, Any] = {"tags": tags}
        if name != words.DEFAULT:
            labels["experiment"] = name
        TrainingRun.objects.filter(pk=run.pk).update(labels=labels)
        self._report(run, ending=Ending(status="running"))
        return self.shown(run.job.job_id)

    # ------------------------------------------------------------------ logging
    def log(self, given: Mapping[str, Any]) -> None:
        """Figures, parameters and tags, as `runs/log-batch` sends them."""
        run = self.own(given.get("run_id") or given.get("run_uuid"))
        params = _labels(given.get("params"), "params")
        tags = _labels(given.get("tags"), "tags")
        metrics = given.get("metrics") or []
        names = {
            canonical(str(one.get("key"))): str(one.get("key"))
            for one in metrics
            if canonical(str(one.get("key"))) != one.get("key")
        }
        self._note(run, params=params, tags=tags, mlflow_names=names)
        points = _points(metrics)
        if points:
            self._report(run, points=points)

    def delete_tag(self, given: Mapping[str, Any]) -> None:
        run = self.own(given.get("run_id"))
        with transaction.atomic():
            locked = TrainingRun.objects.select_for_update(no_key=True).get(pk=run.pk)
            (locked.labels.get("tags") or {}).pop(str(given.get("key")), None)
            locked.save(update_fields=["labels"])

    def update(self, given: Mapping[str, Any]) -> dict[str, Any]:
        run = self.own(given.get("run_id") or given.get("run_uuid"))
        if name := given.get("run_name"):
            TrainingRun.objects.filter(pk=run.pk).update(name=str(name)[:200])
        status = words.ENDINGS.get(str(given.get("status") or ""))
        if status is not None and not (status != "running" and self._has_runner(run)):
            self._report(run, ending=Ending(status=status))
        return self.shown(run.job.job_id)

    def _has_runner(self, run: TrainingRun) -> bool:
        """A `megahub runner` says itself how the command ended, once its files are here."""
        holder = run.job.leased_by.removeprefix(holding.HOLDER)
        return bool(run.runner) and holder == run.runner

    def _note(self, run: TrainingRun, **labels: dict[str, str]) -> None:
        """Add to the run's labels; parameters count as hyperparameters, which runs differ in."""
        new = {name: values for name, values in labels.items() if values}
        if not new:
            return
        with transaction.atomic():
            locked = TrainingRun.objects.select_for_update(no_key=True).get(pk=run.pk)
            for name, values in new.items():
                merged = {**(locked.labels.get(name) or {}), **values}
                if len(merged) > MOST_LABELS:
                    raise refused(name, f"At most {MOST_LABELS} of them.")
                locked.labels[name] = merged
            locked.hyperparameters |= new.get("params") or {}
            called = (new.get("tags") or {}).get("mlflow.runName")
            locked.name = called[:200] if called else locked.name
            locked.save(update_fields=["labels", "hyperparameters", "name"])

    def _report(self, run: TrainingRun, **said: Any) -> None:
        if run.job.status in FINAL and "ending" in said:
            return
        report = Report(message_id=f"mlflow-{uuid4().hex}", holder=words.HOLDER, **said)
        gathering.take(run.pk, report)


def _points(metrics: Iterable[Mapping[str, Any]]) -> list[Point]:
    """Figures by step; of several of one name at one step, the last."""
    steps: dict[int, dict[str, float | None]] = defaultdict(dict)
    for one in metrics:
        value = one.get("value")
        step = max(0, int(one.get("step") or 0))
        steps[step] |= figures({str(one.get("key")): value}, where="metrics")
    return [Point(step=step, values=values) for step, values in sorted(steps.items())]


def _labels(given: Any, where: str) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise refused(where, "Send a list of objects with key and value.")
    return {str(one.get("key"))[:250]: str(one.get("value"))[:LONGEST_LABEL] for one in given}
