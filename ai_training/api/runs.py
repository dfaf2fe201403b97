"""Runs as people and programs look at them, and what may be done with them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from ai_core import inputs, rows
from ai_core.api import shapes as core
from ai_core.api.base import JobsBase, ReadsInBrand, raw_json
from ai_core.api.filters import LST_NAMES, canonical, narrowed
from ai_core.api.pagination import JobPage
from ai_core.api.query import Query, refuse
from ai_core.models import JobMetric
from ai_core.pricing import CURRENCY
from ai_core.sections import money
from ai_training import levels, looks, runs
from ai_training.api import run_shapes as shapes
from ai_training.job_types import TRAINING as PROPERTIES
from ai_training.models import Checkpoint, ComputeOffer, TrainingRun
from ai_training.sections import WEBHOOK
from ai_training.wishes import wishes_of
from brands.asking import access_of
from brands.errors import Invalid, NotFound
from brands.moments import written
from brands.spreadsheets import cell, csv_lines

POINTS, LEAST, MOST = 1_000, 10, 10_000
TRAINING = "training"


class RunsBase(JobsBase):
    """A view over runs: jobs of the brand that have one."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(job_type__category=TRAINING)

    def run_of(self, reference: str) -> TrainingRun:
        number = self.number_of(reference)
        found = (
            TrainingRun.objects.filter(pk=number)
            .select_related(
                "job__job_type", "job__brand", "job__queue", "dataset", "configuration", "offer"
            )
            .first()
        )
        if found is None:
            raise NotFound
        return found

    def own_run(self, reference: str) -> TrainingRun:
        """Find a run that the caller may change or report about."""
        run = self.run_of(reference)
        self.access.must_change(run.job.created_by_id)
        return run


class RunsView(RunsBase):
    """The trainings."""

    @extend_schema(
        operation_id="training_runs_list",
        tags=["training"],
        parameters=core.LIST_PARAMETERS,
        responses=core.JobPageSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Training jobs with their `training`; filters and pages as for `/ai/jobs/`."""
        return page_of_runs(self, request, request.query_params.copy())


def page_of_runs(view: RunsBase, request: Request, asked: QueryDict) -> HttpResponse:
    """The list of jobs, of trainings alone."""
    asked["category"] = TRAINING
    jobs = narrowed(view.get_queryset(), asked, view.access.brand, extra=LST_NAMES)
    return JobPage(jobs, canonical(asked), request, scope=view.access.scope).answer()


class RunView(RunsBase):
    """One training."""

    @extend_schema(
        operation_id="training_run_get", tags=["training"], responses=shapes.RunSerializer
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Its standing, cost, guard rails and newest figures."""
        Query(request, [])
        return _json(looks.whole(self.run_of(id)))

    @extend_schema(
        operation_id="training_run_change",
        tags=["training"],
        request=shapes.RunChangeSerializer,
        responses=shapes.RunSerializer,
    )
    def patch(self, request: Request, id: str) -> HttpResponse:
        """Change the budget, guard rails or labels of an open run; a rail that fired is armed."""
        run = self.own_run(id)
        form = shapes.RunChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        if "budget" in wanted:
            budget = wanted["budget"]
            runs.set_budget(run, budget=None if budget is None else Decimal(budget))
        if "guard_rails" in wanted:
            runs.set_rails(run, wanted["guard_rails"])
        if "labels" in wanted:
            runs.set_labels(run, labels=wanted["labels"])
        return _json(looks.whole(self.run_of(id)))


class PauseRunView(RunsBase):
    """Pausing."""

    @extend_schema(
        operation_id="training_run_pause",
        tags=["training"],
        request=None,
        responses=shapes.RunSerializer,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Ask who computes for a checkpoint and to stop there; then the cost clock stops."""
        run = self.own_run(id)
        runs.pause(run.job, user=self.access.user)
        return _json(looks.whole(self.run_of(id)))


class ResumeRunView(RunsBase):
    """Resuming."""

    @extend_schema(
        operation_id="training_run_resume",
        tags=["training"],
        request=shapes.ResumeRequestSerializer,
        responses=shapes.RunSerializer,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Put a paused run back into its queue; with `offer`, on other machines."""
        run = self.own_run(id)
        form = shapes.ResumeRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        number = form.validated_data.get("offer")
        offer = None
        if number is not None:
            offer = ComputeOffer.objects.filter(pk=number, brand=run.brand_id).first()
            if offer is None:
                refuse("offer", "There is none with this number in your brand. Choose another.")
        runs.resume(run.job, user=self.access.user, offer=offer)
        return _json(looks.whole(self.run_of(id)))


class CostView(RunsBase):
    """What a run costs."""

    @extend_schema(
        operation_id="training_run_cost", tags=["training"], responses=shapes.TrainingCostSerializer
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """So far, projected, its budget, and every segment of work with its rate."""
        Query(request, [])
        return _json(looks.whole(self.run_of(id))["cost"])


class CheckpointsView(RunsBase):
    """Where a run can go on from."""

    @extend_schema(
        operation_id="training_run_checkpoints",
        tags=["training"],
        responses=shapes.CheckpointSerializer(many=True),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Every checkpoint, by step, as a plain list."""
        Query(request, [])
        found = Checkpoint.objects.filter(job=self.number_of(id)).order_by("step")
        names = list(shapes.CheckpointSerializer().fields)
        return _json(list(found.values(*names)))


class SecretView(RunsBase):
    """The secret that signs a run's webhooks."""

    @extend_schema(
        operation_id="training_run_new_secret",
        tags=["training"],
        request=None,
        responses={201: shapes.SecretSerializer},
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Make a new secret, shown this once; the one before counts for another day."""
        run = self.own_run(id)
        secret = runs.renew_secret(run)
        body = {"url": WEBHOOK.format(job_id=run.job.job_id), "secret": secret.reveal()}
        answer = raw_json(rows.json_text(body), status=201)
        answer["Cache-Control"] = "no-store"
        return answer


class CurveView(RunsBase):
    """The curve of a run."""

    @extend_schema(
        operation_id="training_run_metrics",
        tags=["training"],
        parameters=shapes.CURVE_PARAMETERS,
        responses={
            (200, "application/json"): shapes.CurveSerializer,
            (200, "text/csv"): str,
        },
    )
    def get(self, request: Request, id: str) -> HttpResponseBase:
        """Rows by step; beyond `points` thinned out, minima, maxima and the newest always kept."""
        return curve_answer(self.run_of(id), request)


def curve_answer(run: TrainingRun, request: Request) -> HttpResponseBase:
    query = Query(request, ["since_step", "points", "names", "first", "last", "latest"])
    if query.word("format", ["json", "csv"], "json") == "csv":
        return _as_csv(run)
    if query.word("latest", ["true", "false"], "false") == "true":
        newest = levels.newest(run)
        return _json(looks.curve_body(newest, run.job))
    steps = {
        name: query.integer(name, 0, most=2**62) if name in query.given else None
        for name in ("since_step", "first", "last")
    }
    names = [name.strip() for name in query.text("names").split(",") if name.strip()]
    points = query.integer("points", POINTS, least=LEAST, most=MOST)
    curve = levels.curve_of(run, points=points, names=names[:20], **steps)
    return _json(looks.curve_body(curve, run.job, since=steps["since_step"]))


def _as_csv(run: TrainingRun) -> StreamingHttpResponse:
    """Every point, streamed; the figures are those that the run's newest rows have."""
    names = sorted(run.latest)
    answer = StreamingHttpResponse(_lines(run, names), content_type="text/csv; charset=utf-8")
    name = f"metrics-{run.job.job_id}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _lines(run: TrainingRun, names: list[str]) -> Iterator[bytes]:
    yield csv_lines([["step", "epoch", "time", *map(cell, names)]])
    found = JobMetric.objects.filter(job=run.pk).order_by("step")
    for step, epoch, at, values in found.values_list("step", "epoch", "at", "values").iterator(
        chunk_size=2_000
    ):
        yield csv_lines([[step, epoch, written(at), *(values.get(name) for name in names)]])


class CompareView(RunsBase):
    """Runs beside one another."""

    @extend_schema(
        operation_id="training_compare",
        tags=["training"],
        parameters=[
            OpenApiParameter("ids", str, required=True, description="2 to 10, commas between."),
            core.METRIC_PARAMETERS[1],
        ],
        responses=shapes.ComparisonSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Curves, costs, and the settings in which up to ten runs differ."""
        query = Query(request, ["ids", "points"])
        wanted = [one.strip() for one in query.text("ids").split(",") if one.strip()]
        if not 1 < len(wanted) <= runs.MOST_COMPARED or len(set(wanted)) != len(wanted):
            refuse("ids", "Name 2 to 10 runs, each once.")
        points = query.integer("points", 300, least=LEAST, most=2_000)
        return _json(looks.compared([self.run_of(one) for one in wanted], points=points))


class EstimateView(RunsBase):
    """What a training would take."""

    permission_classes = (ReadsInBrand,)

    @extend_schema(
        operation_id="training_estimate",
        tags=["training"],
        request=shapes.EstimateRequestSerializer,
        responses=shapes.EstimateSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Its time and its cost as a range, judged by the brand's own runs. Nothing is saved."""
        form = shapes.EstimateRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        brand = access_of(request).brand
        if brand is None:
            raise Invalid("Name a brand: send X-Brand.")
        given = form.validated_data["input_data"]
        _check(given)
        wanted = wishes_of(given, brand)
        kind = form.validated_data["job_type"]
        found = runs.estimate_run(given, brand=brand, job_type=kind)
        body = {
            "total_steps": wanted.total_steps,
            "hourly_rate": money(wanted.hourly_rate),
            "currency": CURRENCY,
            **found.as_dict(),
        }
        return _json(body)


def _check(given: Any) -> None:
    inputs.check({"type": "object", "properties": PROPERTIES}, given)


def _json(body: Any) -> HttpResponse:
    return raw_json(rows.json_text(body))
