"""The answers as the OpenAPI document describes them; PostgreSQL and the services make them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from ai_core.actions import ACTIONS
from ai_core.api.filters import ORDERINGS, JobFilters
from ai_core.api.shapes_examples import (  # noqa: F401  (one door for the views)
    BULK_EXAMPLE,
    CANCELLED_EXAMPLE,
    CREATED_EXAMPLE,
    DASHBOARD_EXAMPLE,
    DETAIL_EXAMPLE,
    NEW_JOB_EXAMPLE,
    PAGE_EXAMPLE,
    TYPES_EXAMPLE,
)
from ai_core.models.job_types import Category
from ai_core.models.records import EventType, JobStage, LogLevel
from ai_core.statuses import JobStatus, Priority

# The settings name these two: other doors have fields of the same names with other choices.
STATUSES = JobStatus.values
STAGE_STATES = JobStage.State.values


class BrandInJobSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class UserInJobSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()


class TypeInJobSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    category = serializers.ChoiceField(Category.values)


class ReleaseInJobSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class OrNull:
    """Null unless said otherwise: the document says so by the field, never by its schema too."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"allow_null": True, **how})


@extend_schema_field({"type": "object", "additionalProperties": True})
class AnyObject(OrNull, serializers.JSONField):
    pass


@extend_schema_field({"type": "string", "pattern": r"^-?\d+\.\d{6}$"})
class Money(OrNull, serializers.CharField):
    """A decimal string with six places; null: not known."""


class JobSerializer(serializers.Serializer):
    """A job as lists show it. What extensions add (`cost`, `usage`, …) stands beside these."""

    id = serializers.IntegerField()
    job_id = serializers.CharField()
    job_type = TypeInJobSerializer()
    status = serializers.ChoiceField(STATUSES)
    priority = serializers.ChoiceField(Priority.words())
    progress_percentage = serializers.IntegerField(min_value=0, max_value=100)
    brand = BrandInJobSerializer()
    created_by = UserInJobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    description = serializers.CharField()
    input_data = AnyObject()
    result_data = AnyObject(required=False, help_text="A job that was just made has none.")
    error_message = serializers.CharField()
    is_async = serializers.BooleanField()
    task_id = serializers.CharField()
    execution_time_seconds = serializers.FloatField(
        allow_null=True, help_text="Without pauses and waits; null before it has started."
    )
    queue = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    release = ReleaseInJobSerializer(allow_null=True)
    error_code = serializers.CharField()
    failure_class = serializers.CharField()
    updated_at = serializers.DateTimeField()
    cost = Money(required=False, help_text="When an extension knows costs; null: unknown price.")


class StageSerializer(serializers.Serializer):
    name = serializers.CharField()
    state = serializers.ChoiceField(STAGE_STATES)
    substatus = serializers.CharField()
    progress = serializers.IntegerField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)


class OriginSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    job_id = serializers.CharField()
    kind = serializers.CharField(help_text="retry or restart")


class WaitingSerializer(serializers.Serializer):
    """Why it waits, its place, and a range for its start (null: cannot be said)."""

    reason = serializers.CharField()
    waiting_because = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
    brand_position = serializers.IntegerField(allow_null=True)
    position_is_capped = serializers.BooleanField()
    estimated_start = serializers.DateTimeField(allow_null=True)
    estimated_start_latest = serializers.DateTimeField(allow_null=True)
    slots_used = serializers.IntegerField(allow_null=True)
    slots_total = serializers.IntegerField(allow_null=True)


class JobDetailSerializer(JobSerializer):
    """A job with all that is known of it; extensions that have nothing to say are left out."""

    stage = serializers.CharField()
    substatus = serializers.CharField()
    stages = StageSerializer(many=True)
    run_after = serializers.DateTimeField(allow_null=True)
    timeout_seconds = serializers.IntegerField()
    attempt = serializers.IntegerField()
    failures = serializers.IntegerField()
    losses = serializers.IntegerField()
    stop_requested = serializers.CharField()
    checkpoint_at = serializers.DateTimeField(allow_null=True)
    origin = OriginSerializer(allow_null=True)
    cancel_reason = serializers.CharField()
    cancel_notes = serializers.CharField()
    removed = AnyObject(help_text="Content that is no longer kept: kind → when and why.")
    available_actions = serializers.ListField(child=serializers.ChoiceField(ACTIONS))
    waiting = WaitingSerializer(required=False, allow_null=True)


class JobPageSerializer(serializers.Serializer):
    """A page by number; one by cursor has no count."""

    count = serializers.IntegerField(required=False)
    count_is_capped = serializers.BooleanField(
        required=False, help_text="There, and true, when there are more than were counted."
    )
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = JobSerializer(many=True)


class JobInBriefSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    job_id = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)


class ManyMadeSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    jobs = JobInBriefSerializer(many=True)


class CancelledJobSerializer(JobInBriefSerializer):
    cancelled_at = serializers.DateTimeField()


class ReceiptSerializer(serializers.Serializer):
    """What cancelling has meant: when, and whether the work itself has stopped."""

    requested_at = serializers.DateTimeField()
    was_running = serializers.BooleanField()
    work_has_stopped = serializers.BooleanField()
    slot_free_by = serializers.DateTimeField(allow_null=True)
    executed_seconds = serializers.FloatField()
    reason = serializers.CharField()
    spent = Money(required=False, help_text="Where costs are known of; null: unknown price.")
    saved_at_least = Money(required=False, help_text="Of what it would still have cost.")
    saved_at_most = Money(required=False)
    saving_is_projected = serializers.BooleanField(
        required=False, help_text="From this job's own progress, not from its type's estimate."
    )


class CancelledSerializer(serializers.Serializer):
    message = serializers.CharField()
    job = CancelledJobSerializer()
    receipt = ReceiptSerializer()


class DoneSerializer(serializers.Serializer):
    message = serializers.CharField()
    job = JobDetailSerializer()


class StatusSerializer(JobInBriefSerializer):
    progress_percentage = serializers.IntegerField()
    stage = serializers.CharField()
    substatus = serializers.CharField()
    error_code = serializers.CharField()
    error_message = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()
    is_final = serializers.BooleanField()


class SliceSerializer(serializers.Serializer):
    """Rows from a cursor: send `next_after` as `after` to go on."""

    next_after = serializers.IntegerField()
    has_more = serializers.BooleanField()
    status = serializers.ChoiceField(STATUSES)
    is_final = serializers.BooleanField(help_text="Then nothing but late lines can still come.")


class LogLineSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    time = serializers.DateTimeField()
    level = serializers.ChoiceField(LogLevel.values)
    stage = serializers.CharField()
    attempt = serializers.IntegerField()
    message = serializers.CharField()


class LogPageSerializer(SliceSerializer):
    results = LogLineSerializer(many=True)


class EventSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    time = serializers.DateTimeField()
    type = serializers.ChoiceField(EventType.values)
    attempt = serializers.IntegerField()
    old_status = serializers.CharField()
    new_status = serializers.CharField()
    message = serializers.CharField()
    payload = AnyObject()
    actor = UserInJobSerializer(allow_null=True)


class EventPageSerializer(SliceSerializer):
    results = EventSerializer(many=True)


class MetricSerializer(serializers.Serializer):
    """One step; its figures (`training_loss`, `learning_rate`, …) stand beside these."""

    step = serializers.IntegerField()
    epoch = serializers.FloatField(allow_null=True)
    time = serializers.DateTimeField()


class MetricPageSerializer(serializers.Serializer):
    results = MetricSerializer(many=True)
    total_points = serializers.IntegerField()
    downsampled = serializers.BooleanField()
    next_since_step = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(STATUSES)
    is_final = serializers.BooleanField()


class LinkSerializer(serializers.Serializer):
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class ArtifactSerializer(LinkSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    size = serializers.IntegerField()
    size_text = serializers.CharField()
    content_type = serializers.CharField()
    sha256 = serializers.CharField()
    is_partial = serializers.BooleanField()
    attempt = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ArtifactListSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    results = ArtifactSerializer(many=True)


class JobTypeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.ChoiceField(Category.values)
    estimated_duration_seconds = serializers.IntegerField()
    requires_async = serializers.BooleanField()
    queue = serializers.CharField()
    can_pause = serializers.BooleanField()
    available = serializers.BooleanField()
    unavailable_because = serializers.CharField()


class JobTypeDetailSerializer(JobTypeSerializer):
    input_schema = AnyObject()
    stages = serializers.ListField(child=serializers.CharField())
    timeout_seconds = serializers.IntegerField()
    max_failures = serializers.IntegerField()
    max_losses = serializers.IntegerField()
    retry_seconds = serializers.IntegerField()


class ByPrioritySerializer(serializers.Serializer):
    low = serializers.IntegerField()
    normal = serializers.IntegerField()
    high = serializers.IntegerField()
    urgent = serializers.IntegerField()


class StatsSerializer(serializers.Serializer):
    total_jobs = serializers.IntegerField()
    jobs_today = serializers.IntegerField()
    draft = serializers.IntegerField()
    pending = serializers.IntegerField()
    running = serializers.IntegerField()
    paused = serializers.IntegerField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    timeout = serializers.IntegerField()
    success_rate = serializers.FloatField(
        allow_null=True, help_text="completed / (completed + failed + timeout)"
    )
    avg_execution_seconds = serializers.FloatField(
        allow_null=True, help_text="Of the newest 2,000 completed jobs."
    )
    p95_execution_seconds = serializers.FloatField(allow_null=True, help_text="Of the same.")
    total_cost = Money(
        help_text="All that was ever spent, up to now: from the sums of days, so that it stays "
        "when a job is deleted."
    )
    unpriced_jobs = serializers.IntegerField(
        help_text="Jobs with an unknown price: `total_cost` knows nothing of them."
    )
    by_priority = ByPrioritySerializer()


class TopTypeSerializer(serializers.Serializer):
    name = serializers.CharField()
    count = serializers.IntegerField()


class DaySerializer(serializers.Serializer):
    date = serializers.DateField()
    jobs = serializers.IntegerField()
    total_cost = Money()


class BrandShareSerializer(serializers.Serializer):
    brand_id = serializers.IntegerField()
    brand_name = serializers.CharField()
    jobs = serializers.IntegerField()
    cost = Money()
    unpriced_jobs = serializers.IntegerField()


class DashboardSerializer(serializers.Serializer):
    stats = StatsSerializer()
    recent_jobs = JobSerializer(many=True)
    top_job_types = TopTypeSerializer(many=True)
    daily_activity = DaySerializer(many=True)
    brand_breakdown = BrandShareSerializer(many=True)


class ByStatusSerializer(serializers.Serializer):
    jobs = JobSerializer(many=True)
    count = serializers.IntegerField()


class NewJobInBriefSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    job_id = serializers.CharField()


class VerdictSerializer(serializers.Serializer):
    id = serializers.IntegerField(allow_null=True)
    job_id = serializers.CharField()
    done = serializers.BooleanField()
    status = serializers.CharField(allow_null=True)
    error_code = serializers.CharField()
    detail = serializers.CharField()
    new_job = NewJobInBriefSerializer(allow_null=True)


class BulkAnswerSerializer(serializers.Serializer):
    action = serializers.CharField()
    dry_run = serializers.BooleanField()
    done = serializers.IntegerField(help_text="With `dry_run`: how many would be.")
    refused = serializers.IntegerField()
    has_more = serializers.BooleanField(help_text="The filter finds more: call again.")
    results = VerdictSerializer(many=True)


class QueueSerializer(serializers.Serializer):
    name = serializers.CharField()
    description = serializers.CharField()
    concurrency_limit = serializers.IntegerField(allow_null=True)
    is_paused = serializers.BooleanField()
    workers = serializers.IntegerField()
    slots_used = serializers.IntegerField()
    slots_total = serializers.IntegerField(allow_null=True)
    depth = serializers.IntegerField()
    depth_is_capped = serializers.BooleanField()


class WaitingJobSerializer(JobSerializer, WaitingSerializer):
    """A waiting job with its place in the queue."""


class QueueDetailSerializer(QueueSerializer):
    waiting = WaitingJobSerializer(many=True)


# ---------------------------------------------------------------------- parameters
def _parameter(name: str, kind: Any = str, text: str = "", **facts: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=text, **facts)


def _filters() -> list[OpenApiParameter]:
    """Describe each filter of the list from the filter itself."""
    found = []
    for name, one in JobFilters.base_filters.items():
        field = one.field
        valid = [value for value, _label in getattr(field, "choices", None) or []]
        several = type(one).__name__ == "WordsFilter"
        kinds = {"IntegerFilter": int, "BooleanFilter": bool, "DecimalFilter": float}
        found.append(
            _parameter(
                name,
                kinds.get(type(one).__name__, str),
                str(field.help_text or ""),
                enum=valid or None,
                **({"many": True, "explode": False} if several else {}),
            )
        )
    return found


_PAGING = [
    _parameter("page", {"type": "integer", "minimum": 1}, "Number of the page."),
    _parameter("page_size", {"type": "integer", "minimum": 1}, "25 unless told, at most 200."),
    _parameter("cursor", str, "Walk by cursor: empty for the newest, then as `next` gives it."),
    _parameter(
        "ordering",
        str,
        "Comma-separated, `-` for backwards: " + ", ".join(ORDERINGS) + ", duration, progress.",
    ),
    _parameter("sortBy", str, "Another way to say `ordering`, with `sortOrder`."),
    _parameter("sortOrder", str, enum=["asc", "desc"]),
    _parameter("skip", {"type": "integer", "minimum": 0}, "Another way to say `page`."),
    _parameter("take", {"type": "integer", "minimum": 1}, "Another way to say `page_size`."),
]
LIST_PARAMETERS = [*_filters(), *_PAGING]
EXPORT_PARAMETERS = [_parameter("format", str, enum=["csv", "json"])]
BY_STATUS_PARAMETERS = [
    _parameter("status", str, required=True, enum=STATUSES),
    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
]
_AFTER = [
    _parameter("after", {"type": "integer", "minimum": 0}, "`next_after` of the last answer."),
    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 2000}),
    _parameter("search", str, "A word in the message."),
]
LOG_PARAMETERS = [
    *_AFTER,
    _parameter("level", str, many=True, explode=False, enum=LogLevel.values),
    _parameter("tail", {"type": "integer", "minimum": 0, "maximum": 2000}, "Only the newest."),
    _parameter("format", str, enum=["json", "text"]),
]
EVENT_PARAMETERS = [
    *_AFTER,
    _parameter("type", str, many=True, explode=False, enum=EventType.values),
    _parameter("from", str, "A moment like 2026-01-31T14:30:00Z."),
    _parameter("to", str, "A moment like 2026-01-31T14:30:00Z."),
]
METRIC_PARAMETERS = [
    _parameter("since_step", {"type": "integer", "minimum": 0}, "Only later steps."),
    _parameter("points", {"type": "integer", "minimum": 10, "maximum": 10000}),
]
QUEUE_PARAMETERS = [_parameter("limit", {"type": "integer", "minimum": 1, "maximum": 1000})]


def _header(name: str, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text)


CREATE_HEADERS = [
    _header("Idempotency-Key", "The same key and body again return the job of the first time."),
    _header("Prefer", "`wait=30`: answer when the job is over, or after so many seconds (≤ 60)."),
]
IF_NONE_MATCH = [_header("If-None-Match", "The `ETag` of the last answer.")]
RANGE = [_header("Range", "`bytes=1000-`")]
