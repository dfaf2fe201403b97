"""Shapes of runs, their cost and their course, and of what runners send."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from ai_core.api.shapes import (
    METRIC_PARAMETERS,
    AnyObject,
    EventSerializer,
    MetricPageSerializer,
    Money,
)
from ai_core.statuses import JobStatus
from ai_training.api.catalogue_shapes import PRICINGS, Rails, Settings
from ai_training.job_types import DECIMAL, EXTERNAL, GUARD_RAILS, TRAINING
from ai_training.models import GuardRail
from ai_training.reports import ENDINGS
from brands.api.serializers import StrictSerializer

LEVELS = ["green", "yellow", "red", "unknown"]
RAIL_ACTIONS = GuardRail.Action.values
STATUSES = JobStatus.values
ENDING_STATUSES = sorted(ENDINGS)


class SegmentSerializer(serializers.Serializer):
    """Active seconds at one rate."""

    number = serializers.IntegerField()
    attempt = serializers.IntegerField()
    offer = serializers.IntegerField(allow_null=True)
    resources = serializers.CharField()
    hourly_rate = Money(allow_null=True)
    pricing = serializers.ChoiceField(PRICINGS)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    active_seconds = serializers.FloatField()
    cost = Money(allow_null=True)


class CostItemSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="compute, storage, or spot_buffer: of the estimate")
    amount = Money(allow_null=True)
    bytes = serializers.IntegerField(required=False, help_text="What the hub keeps of the run.")


class TrainingCostSerializer(serializers.Serializer):
    """What a run has cost, will cost, and may cost."""

    currency = serializers.CharField()
    spent = Money(allow_null=True)
    hourly_rate = Money(allow_null=True)
    pricing = serializers.ChoiceField(PRICINGS)
    resources = serializers.CharField()
    active_seconds = serializers.FloatField()
    estimate_low = Money(allow_null=True)
    estimate_high = Money(allow_null=True)
    percent_of_estimate = serializers.FloatField(allow_null=True)
    level = serializers.ChoiceField(LEVELS)
    over_estimate = serializers.BooleanField()
    projected = Money(allow_null=True)
    projected_low = Money(allow_null=True)
    projected_high = Money(allow_null=True)
    budget = Money(allow_null=True)
    budget_left = Money(allow_null=True)
    items = CostItemSerializer(many=True)
    segments = SegmentSerializer(many=True)


class GuardRailSerializer(serializers.Serializer):
    kind = serializers.CharField(help_text="max_cost, nan_loss, rising_validation or stalled")
    limit = Money(allow_null=True)
    action = serializers.ChoiceField(RAIL_ACTIONS)
    fired_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class TrendSerializer(serializers.Serializer):
    """A figure, and how it has moved."""

    name = serializers.CharField()
    value = serializers.FloatField()
    step = serializers.IntegerField()
    before = serializers.FloatField(allow_null=True)
    change_percent = serializers.FloatField(allow_null=True)


class CheckpointSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    step = serializers.IntegerField()
    epoch = serializers.FloatField(allow_null=True)
    attempt = serializers.IntegerField()
    path = serializers.CharField()
    size = serializers.IntegerField(allow_null=True)
    metrics = Settings()
    is_best = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class RunSerializer(serializers.Serializer):
    """A training with all that is known of it; `training` is as in the job's own JSON."""

    id = serializers.IntegerField()
    job_id = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    stop = serializers.CharField()
    progress_percentage = serializers.IntegerField()
    training = AnyObject()
    hyperparameters = Settings()
    labels = Settings()
    cost = TrainingCostSerializer()
    guard_rails = GuardRailSerializer(many=True)
    metrics = TrendSerializer(many=True)
    checkpoints = serializers.IntegerField()
    paused_seconds = serializers.FloatField()
    seconds_left = serializers.FloatField(allow_null=True)
    runner = serializers.CharField()


class CurveSerializer(MetricPageSerializer):
    """Rows by step, thinned out where there are more than asked for."""

    class Meta:
        ref_name = "TrainingCurve"


class ComparedRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    job_id = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    cost = Money(allow_null=True)
    active_seconds = serializers.FloatField()
    best = AnyObject()
    curve = CurveSerializer()


class DifferenceSerializer(serializers.Serializer):
    name = serializers.CharField()
    differs = serializers.BooleanField()
    values = serializers.ListField(child=AnyObject())


class ComparisonSerializer(serializers.Serializer):
    runs = ComparedRunSerializer(many=True)
    differences = DifferenceSerializer(many=True)


class EstimateSerializer(serializers.Serializer):
    """Judged by the brand's own runs; null: not known."""

    total_steps = serializers.IntegerField(allow_null=True)
    duration_seconds = serializers.FloatField(allow_null=True)
    seconds_per_step = serializers.FloatField(allow_null=True)
    cost_low = Money(allow_null=True)
    cost_high = Money(allow_null=True)
    spot_buffer = Money(allow_null=True)
    hourly_rate = Money(allow_null=True)
    judged_by_runs = serializers.IntegerField()
    currency = serializers.CharField()


# ---------------------------------------------------------------------- what is sent
@extend_schema_field({"type": "object", "properties": TRAINING, "additionalProperties": True})
class TrainingInput(serializers.DictField):
    """The input of a training job."""


class EstimateRequestSerializer(StrictSerializer):
    job_type = serializers.CharField(
        default=EXTERNAL, max_length=80, help_text="Judged by runs of this type alone."
    )
    input_data = TrainingInput()


class ChangedRails(Rails):
    """Guard rails of which null takes one away."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        gone = [name for name, facts in data.items() if facts is None]
        unknown = [name for name in gone if name not in GUARD_RAILS["properties"]]
        kept = {name: facts for name, facts in data.items() if facts is not None or name in unknown}
        return {**super().to_internal_value(kept), **dict.fromkeys(gone)}


class RunChangeSerializer(StrictSerializer):
    """What may change while a run is open. A guard rail that is null is taken away."""

    budget = serializers.RegexField(DECIMAL, allow_null=True, required=False)
    guard_rails = ChangedRails(required=False)
    labels = Settings(required=False)


class ResumeRequestSerializer(StrictSerializer):
    offer = serializers.IntegerField(
        required=False, allow_null=True, help_text="Go on with another compute offer."
    )


class ClaimRequestSerializer(StrictSerializer):
    runner = serializers.CharField(max_length=100, help_text="The name of the machine.")
    lease_seconds = serializers.FloatField(min_value=1, max_value=3600, required=False)


class LeaseRequestSerializer(StrictSerializer):
    lease = serializers.UUIDField()


class ClaimSerializer(serializers.Serializer):
    """The run, and the lease with which everything about it is sent."""

    id = serializers.IntegerField()
    job_id = serializers.CharField()
    lease = serializers.UUIDField()
    lease_seconds = serializers.FloatField()
    attempt = serializers.IntegerField()
    input_data = AnyObject()
    hyperparameters = Settings()
    checkpoint = AnyObject(allow_null=True)
    dataset = AnyObject(allow_null=True)


class BeatSerializer(serializers.Serializer):
    status = serializers.ChoiceField(STATUSES)
    stop = serializers.CharField(help_text="Empty, or why to stop: pause, cancelled, timeout, …")
    attempt = serializers.IntegerField()


class ReportReceiptSerializer(BeatSerializer):
    accepted = serializers.BooleanField()
    duplicate = serializers.BooleanField()


class SecretSerializer(serializers.Serializer):
    """Shown once."""

    url = serializers.CharField()
    secret = serializers.CharField()


class PointSerializer(serializers.Serializer):
    step = serializers.IntegerField()
    epoch = serializers.FloatField(required=False)
    values = Settings(required=False, help_text="Or the figures beside `step` and `epoch`.")


class LogLineSerializer(serializers.Serializer):
    message = serializers.CharField()
    level = serializers.CharField(required=False)


class ReportedEventSerializer(serializers.Serializer):
    type = serializers.CharField()
    message = serializers.CharField()
    payload = Settings(required=False)


class ReportedStageSerializer(serializers.Serializer):
    stage = serializers.CharField()
    substatus = serializers.CharField(required=False)


class EndingSerializer(serializers.Serializer):
    status = serializers.ChoiceField(ENDING_STATUSES)
    message = serializers.CharField(required=False)
    result = Settings(required=False)


class ReportSerializer(serializers.Serializer):
    """What a runner says; `message_id` makes a repeated report harmless."""

    message_id = serializers.CharField(required=False)
    sequence = serializers.IntegerField(required=False)
    lease = serializers.UUIDField(required=False)
    points = PointSerializer(many=True, required=False)
    logs = LogLineSerializer(many=True, required=False)
    events = ReportedEventSerializer(many=True, required=False)
    stages = ReportedStageSerializer(many=True, required=False)
    progress = Settings(required=False)
    checkpoints = serializers.ListField(child=Settings(), required=False)
    ending = EndingSerializer(required=False)


class WebhookSerializer(serializers.Serializer):
    """One event, or `batch` with `data.events`."""

    type = serializers.CharField()
    sequence = serializers.IntegerField(required=False)
    step = serializers.IntegerField(required=False)
    data = Settings(required=False)


class ReportedArtifactSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    attempt = serializers.IntegerField()


def _whole(name: str, says: str, **limits: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "integer", "minimum": 0, **limits}, description=says)


CURVE_PARAMETERS = [
    *METRIC_PARAMETERS,
    OpenApiParameter("names", str, description="Only these figures, with commas between."),
    _whole("first", "From this step."),
    _whole("last", "To this step."),
    OpenApiParameter("latest", bool, description="Only the newest row."),
    OpenApiParameter("format", str, enum=["json", "csv"]),
]
HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
]


class EventPagesSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    results = EventSerializer(many=True)
