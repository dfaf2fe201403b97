"""`/api/wizard/jobs…`: a job made in steps, as a draft that says what would become of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from ai_core import rows
from ai_core.analysis import Outlook, analyse
from ai_core.api import job, records, shapes, verbs
from ai_core.api.base import JobsBase, raw_json
from ai_core.api.requests import ChangeSerializer, NewJobSerializer, NothingSerializer
from ai_core.doors.live import LiveToo
from ai_core.models import AIJob
from ai_core.services import JobService

_TAG = "wizard"


class NewDraftSerializer(NewJobSerializer):
    """The first step: a job type, and whatever is known of the rest."""

    draft = None  # type: ignore[assignment]  # it always is one


class CostSerializer(serializers.Serializer):
    low = shapes.Money()
    high = shapes.Money()
    currency = serializers.CharField(allow_null=True)


class DurationSerializer(serializers.Serializer):
    usual_seconds = serializers.FloatField()
    long_seconds = serializers.FloatField(help_text="Nine of ten jobs take no longer.")


class BlockerSerializer(serializers.Serializer):
    effect = serializers.ChoiceField(["refuses", "delays"])
    code = serializers.CharField()
    detail = serializers.CharField()
    facts = shapes.AnyObject()


class AnalysisSerializer(serializers.Serializer):
    """What is known before anything is spent; null: it is not known."""

    valid = serializers.BooleanField(help_text="The input fits the job type's schema.")
    can_submit = serializers.BooleanField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    warnings = serializers.ListField(child=serializers.CharField())
    facts = shapes.AnyObject()
    cost = CostSerializer(allow_null=True)
    duration = DurationSerializer()
    estimated_start = serializers.DateTimeField(allow_null=True)
    estimated_start_latest = serializers.DateTimeField(allow_null=True)
    waiting = shapes.WaitingSerializer(allow_null=True)
    blockers = BlockerSerializer(many=True)


class DraftsView(JobsBase):
    """Begin."""

    @extend_schema(
        operation_id="wizard_job_create",
        tags=[_TAG],
        request=NewDraftSerializer,
        responses={201: shapes.JobDetailSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a draft. Its input may still be incomplete: it is checked when it is submitted."""
        brand = self.access.brand_to_create_in()
        form = NewDraftSerializer(data=request.data, context={"access": self.access})
        form.is_valid(raise_exception=True)
        wanted = dict(form.validated_data)
        draft = JobService.create_job(
            wanted.pop("job_type"),
            wanted.pop("input_data"),
            self.access.user,
            brand,
            draft=True,
            **wanted,
        )
        return raw_json(
            self.detail(draft.pk).text, status=201, Location=f"/api/wizard/jobs/{draft.pk}"
        )


class DraftView(job.JobView):
    """Go on with a draft."""

    http_method_names: ClassVar[Any] = ["get", "patch", "head", "options"]

    @extend_schema(operation_id="wizard_job_get", tags=[_TAG], responses=shapes.JobDetailSerializer)
    def get(self, request: Request, id: str) -> HttpResponse:
        """What has been said so far; a page may be reloaded at any step."""
        return super().get(request, id)

    @extend_schema(
        operation_id="wizard_job_change",
        tags=[_TAG],
        request=ChangeSerializer,
        responses=shapes.JobDetailSerializer,
    )
    def patch(self, request: Request, id: str) -> HttpResponse:
        """Another step: what is named is changed."""
        return super().patch(request, id)


class SubmitView(verbs.SubmitView):
    """The last step."""

    @extend_schema(
        operation_id="wizard_job_submit",
        tags=[_TAG],
        request=NothingSerializer,
        responses=shapes.DoneSerializer,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Check the draft as a whole and put it into its queue."""
        return super().post(request, id)


class StatusView(records.StatusView):
    """How it goes."""

    @extend_schema(
        operation_id="wizard_job_status",
        tags=[_TAG],
        parameters=shapes.IF_NONE_MATCH,
        responses={200: shapes.StatusSerializer, 304: None},
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """The few fields that a poller needs; `ETag` and 304."""
        return super().get(request, id)


class LogsView(LiveToo, records.LogsView):
    """What it says."""

    @extend_schema(
        operation_id="wizard_job_logs",
        tags=[_TAG],
        parameters=shapes.LOG_PARAMETERS,
        responses={
            (200, "application/json"): shapes.LogPageSerializer,
            (200, "text/plain"): str,
            307: None,
        },
    )
    def get(self, request: Request, id: str) -> HttpResponseBase:
        """Lines after a cursor; `format=text`: the whole as a file; as an event stream: live."""
        return super().get(request, id)


class AnalysisView(JobsBase):
    """What would become of it."""

    @extend_schema(operation_id="wizard_job_analysis", tags=[_TAG], responses=AnalysisSerializer)
    def get(self, request: Request, id: str) -> HttpResponse:
        """Valid, cost, duration, start, and what would block it; nothing is spent by asking."""
        found: AIJob = self.find(id)
        return raw_json(rows.json_text(shown(analyse(found, user_id=self.access.user.pk))))


def shown(outlook: Outlook) -> dict[str, Any]:
    body = asdict(outlook)
    return {
        "valid": outlook.valid,
        "can_submit": outlook.can_submit,
        **{name: body[name] for name in ("errors", "warnings", "facts", "cost")},
        "duration": {
            "usual_seconds": round(outlook.duration.usual, 3),
            "long_seconds": round(outlook.duration.long, 3),
        },
        **{name: body[name] for name in ("estimated_start", "estimated_start_latest")},
        "waiting": body["waiting"],
        "blockers": body["blockers"],
    }
