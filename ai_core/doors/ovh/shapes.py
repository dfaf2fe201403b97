"""OVH's bodies and answers, as they are read and as the OpenAPI document describes them."""
# ruff: noqa: N815  (the names are the ones that OVH writes)

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_field
from rest_framework import serializers

from ai_core.api.requests import LONGEST_TIMEOUT, MOST_TAGS
from ai_core.doors.ovh.asked import MOST, SORTS
from ai_core.doors.ovh.spec import tag_of
from ai_core.doors.ovh.states import STATES
from brands.api.serializers import StrictSerializer

_LONGEST_TAG = 40


@extend_schema_field({"type": "object", "additionalProperties": True})
class AnObject(serializers.DictField):
    pass


def _number(**facts: Any) -> serializers.FloatField:
    return serializers.FloatField(required=False, allow_null=True, min_value=0, **facts)


def _text(longest: int = 200, **facts: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=longest, required=False, allow_null=True, allow_blank=True, **facts
    )


class OvhEnvVarSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200)
    value = serializers.CharField(max_length=32_000, allow_blank=True, trim_whitespace=False)


class OvhResourcesSerializer(StrictSerializer):
    cpu = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=10**9)
    gpu = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=10**9)
    gpuBrand = _text()
    gpuMemory = _number(max_value=1e18)
    gpuModel = _text()
    memory = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=10**18
    )
    ephemeralStorage = _number(max_value=1e18)
    flavor = _text()
    privateNetwork = _number(max_value=1e18)
    publicNetwork = _number(max_value=1e18)


def check_label(name: str, value: str) -> None:
    """A label is kept as a tag, so both together have a tag's length."""
    if not name or "=" in name or len(tag_of(name, value)) > _LONGEST_TAG:
        raise serializers.ValidationError(
            _("A label has a name without '=', and at most 40 characters with its value.")
        )


class OvhJobSpecInputSerializer(StrictSerializer):
    """OVH's JobSpecInput; `spec` of any job may be posted again as it is."""

    image = serializers.CharField(max_length=300)
    name = _text()
    region = _text(40)
    command = serializers.ListField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=32_000),
        required=False,
        allow_null=True,
        max_length=500,
    )
    envVars = OvhEnvVarSerializer(many=True, required=False, allow_null=True, max_length=500)
    labels = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False, allow_null=True
    )
    resources = OvhResourcesSerializer(required=False, allow_null=True)
    volumes = serializers.ListField(
        child=AnObject(), required=False, allow_null=True, max_length=100
    )
    timeout = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_TIMEOUT
    )
    timeoutAutoRestart = serializers.BooleanField(required=False, allow_null=True)
    defaultHttpPort = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=65_535
    )
    grpcPort = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=65_535
    )
    unsecureHttp = serializers.BooleanField(required=False, allow_null=True)
    sshPublicKeys = serializers.ListField(
        child=serializers.CharField(max_length=4_000),
        required=False,
        allow_null=True,
        max_length=50,
    )
    readUser = _text()
    partnerId = _text()
    shutdown = serializers.ChoiceField(["Stop"], required=False, allow_null=True)

    def validate_labels(self, labels: dict[str, str] | None) -> dict[str, str] | None:
        if labels and len(labels) > MOST_TAGS:
            raise serializers.ValidationError(_("There is room for 20 labels."))
        for name, value in (labels or {}).items():
            check_label(name, value)
        return labels


class OvhLabelSerializer(StrictSerializer):
    """One label; without a value it is taken away."""

    name = serializers.CharField(max_length=40)
    value = serializers.CharField(
        max_length=40, required=False, allow_null=True, allow_blank=True, default=None
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_label(attrs["name"], attrs["value"] or "")
        return attrs


class OvhInfoSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class OvhMomentSerializer(serializers.Serializer):
    state = serializers.ChoiceField(STATES)
    date = serializers.DateTimeField()


class OvhJobStatusSerializer(serializers.Serializer):
    """OVH's JobStatus; addresses and ports are null, since the hub opens none."""

    state = serializers.ChoiceField(STATES)
    info = OvhInfoSerializer()
    history = OvhMomentSerializer(many=True)
    queuedAt = serializers.DateTimeField(allow_null=True)
    initializingAt = serializers.DateTimeField(allow_null=True)
    startedAt = serializers.DateTimeField(allow_null=True)
    stoppedAt = serializers.DateTimeField(allow_null=True)
    finalizedAt = serializers.DateTimeField(allow_null=True)
    timeoutAt = serializers.DateTimeField(allow_null=True)
    lastTransitionDate = serializers.DateTimeField(allow_null=True)
    duration = serializers.IntegerField(allow_null=True, help_text="Seconds of running.")
    exitCode = serializers.IntegerField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    infoUrl = serializers.CharField(allow_null=True)
    monitoringUrl = serializers.CharField(allow_null=True)
    sshUrl = serializers.CharField(allow_null=True)
    grpcAddress = serializers.CharField(allow_null=True)
    ip = serializers.CharField(allow_null=True)
    externalIp = serializers.CharField(allow_null=True)
    dataSync = serializers.ListField(child=AnObject())
    volumes = serializers.ListField(child=AnObject())


class OvhJobSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    user = serializers.CharField()
    spec = AnObject(help_text="OVH's JobSpec.")
    status = OvhJobStatusSerializer()


class OvhLogLineSerializer(serializers.Serializer):
    content = serializers.CharField()
    timestamp = serializers.DateTimeField()


class OvhLogSerializer(serializers.Serializer):
    lastActivity = serializers.DateTimeField(allow_null=True)
    logs = OvhLogLineSerializer(many=True)


def _parameter(name: str, kind: Any = str, text: str = "", **facts: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=text, **facts)


_PAGE: list[OpenApiParameter] = [
    _parameter("page", {"type": "integer", "minimum": 1}),
    _parameter("size", {"type": "integer", "minimum": 1, "maximum": MOST}, "1,000 unless told."),
]
PROJECT = OpenApiParameter(
    "project_id", str, OpenApiParameter.PATH, description="Slug or UUID of the brand."
)
JOB = OpenApiParameter("job_id", str, OpenApiParameter.PATH, description="OVH's UUID of a job.")
LIST_PARAMETERS: list[OpenApiParameter] = [
    PROJECT,
    *_PAGE,
    _parameter("sort", str, enum=list(SORTS)),
    _parameter("order", str, enum=["asc", "desc"]),
    _parameter("statusState", str, many=True, enum=list(STATES)),
    _parameter("userName"),
    _parameter("labelSelector", str, "`name=value`"),
    _parameter("updatedAfter", str, "A moment like 2026-01-31T14:30:00Z."),
    _parameter("updatedBefore", str, "A moment like 2026-01-31T14:30:00Z."),
]
LOG_PARAMETERS: list[OpenApiParameter] = [PROJECT, JOB, *_PAGE]
FORCE = _parameter("force", bool, "Stop it first where it runs.")
SPEC_EXAMPLE = OpenApiExample(
    "a training",
    {
        "image": "pytorch/pytorch:2.1-cuda12",
        "name": "finetune-llm",
        "region": "GRA",
        "command": ["python", "train.py"],
        "resources": {"gpu": 2, "gpuModel": "A100"},
        "labels": {"team": "search"},
    },
    request_only=True,
)
