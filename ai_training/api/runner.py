"""What a runner needs that has nothing but HTTPS and an API key: claim, beat, report, files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ai_core import artifacts, rows
from ai_core.api.base import raw_json
from ai_core.api.query import Query, refuse
from ai_core.errors import LeaseLost
from ai_training import reports, runners
from ai_training.api import run_shapes as shapes
from ai_training.api.raw import RawParser, body_file
from ai_training.api.receipts import receipt
from ai_training.api.runs import RunsBase
from ai_training.errors import LeaseNotCurrent
from ai_training.holding import RUNNER_LEASE

PIECE = 2**20


class ClaimAnyView(RunsBase):
    """Work for a runner."""

    @extend_schema(
        operation_id="training_claim",
        tags=["runners"],
        request=shapes.ClaimRequestSerializer,
        responses={200: shapes.ClaimSerializer, 204: None},
    )
    def post(self, request: Request) -> HttpResponse:
        """Claim the next external training that has a command; 204: there is nothing to do now.

        A member's key is given the member's own runs, a manager's key all of the brand's.
        """
        form = _claim_form(request)
        found = runners.claim_next(self.access, self.get_queryset(), **form)
        return Response(status=204) if found is None else raw_json(rows.json_text(found))


class ClaimView(RunsBase):
    """One run for a runner."""

    @extend_schema(
        operation_id="training_run_claim",
        tags=["runners"],
        request=shapes.ClaimRequestSerializer,
        responses=shapes.ClaimSerializer,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Claim this run; whoever held it before must have let go, or be lost."""
        run = self.own_run(id)
        return raw_json(rows.json_text(runners.claim_one(run, **_claim_form(request))))


def _claim_form(request: Request) -> dict[str, Any]:
    form = shapes.ClaimRequestSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    wanted = form.validated_data
    return {
        "runner": wanted["runner"],
        "lease_seconds": wanted.get("lease_seconds", RUNNER_LEASE),
    }


class BeatView(RunsBase):
    """A sign of life."""

    @extend_schema(
        operation_id="training_run_beat",
        tags=["runners"],
        request=shapes.LeaseRequestSerializer,
        responses=shapes.BeatSerializer,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Renew the lease, several times before it ends; `stop` says whether to go on."""
        run = self.own_run(id)
        form = shapes.LeaseRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return raw_json(rows.json_text(runners.beat(run, form.validated_data["lease"])))


class ReportView(RunsBase):
    """What a runner says."""

    @extend_schema(
        operation_id="training_run_report",
        tags=["runners"],
        request=shapes.ReportSerializer,
        responses=shapes.ReportReceiptSerializer,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Points, lines, events, stages, checkpoints, the end; once it answers, it is kept."""
        run = self.own_run(id)
        runners.must_be_outside(run)
        given = dict(request.data)
        report = reports.report_of(given, lease=_lease(given.get("lease")), holder=run.runner)
        return receipt(self, request, run.pk, report)


class ArtifactUploadView(RunsBase):
    """A file of a run."""

    parser_classes = (RawParser,)
    body_limit_bytes = None

    @extend_schema(
        operation_id="training_run_upload",
        tags=["runners"],
        parameters=[
            OpenApiParameter("name", str, required=True),
            OpenApiParameter("lease", str, required=True),
            OpenApiParameter("kind", str, description="adapter, checkpoint, …"),
        ],
        request={"application/octet-stream": bytes},
        responses={201: shapes.ReportedArtifactSerializer},
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """The body is the file; the same name again replaces it. Kept even after a cancel."""
        run = self.own_run(id)
        query = Query(request, ["name", "lease", "kind"])
        runners.must_be_outside(run)
        lease = _lease(query.text("lease"))
        if lease is None:
            refuse("lease", "Send the lease with which the run was claimed.")
        claimed = runners.speaking(run, lease)
        with body_file(request) as source, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "artifact"
            with path.open("wb") as file:
                while piece := source.read(PIECE):
                    file.write(piece)
            try:
                found = artifacts.store_for(
                    claimed, query.text("name"), path, kind=query.text("kind"),
                    partial=run.job.is_final,
                )  # fmt: skip
            except LeaseLost:
                raise LeaseNotCurrent from None
        names = list(shapes.ReportedArtifactSerializer().fields)
        body = {name: getattr(found, "pk" if name == "id" else name) for name in names}
        return raw_json(rows.json_text(body), status=201)


def _lease(text: Any) -> UUID | None:
    if text in (None, ""):
        return None
    try:
        return UUID(str(text))
    except ValueError:
        refuse("lease", "Send the lease with which the run was claimed.")
