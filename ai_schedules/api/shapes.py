"""Shapes of schedules and their ticks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ai_core.api.requests import MOST_TAGS, InputField
from ai_core.statuses import Priority
from ai_schedules import cron
from ai_schedules.models import Schedule, Tick
from brands.api.serializers import StrictSerializer

RUNS_SHOWN = 5
MISSED, OVERLAP = Schedule.Missed.values, Schedule.Overlap.values
PAUSED, BECAME = Schedule.Paused.values, Tick.Became.values


class ScheduleSerializer(serializers.ModelSerializer):
    job_type = serializers.CharField(source="job_type.name")
    input_data = InputField()
    priority = serializers.SerializerMethodField()
    missed = serializers.ChoiceField(MISSED, help_text="What becomes of missed ticks.")
    overlap = serializers.ChoiceField(OVERLAP, help_text="While the job before still runs.")
    is_paused = serializers.SerializerMethodField()
    paused_because = serializers.ChoiceField(PAUSED, source="paused")
    next_at = serializers.SerializerMethodField(help_text="Null: it is paused.")
    created_by = serializers.CharField(
        source="created_by.username", allow_null=True, default=None, read_only=True
    )

    class Meta:
        model = Schedule
        fields = (
            "id",
            "name",
            "cron",
            "time_zone",
            "job_type",
            "input_data",
            "priority",
            "description",
            "tags",
            "missed",
            "most_missed",
            "overlap",
            "is_paused",
            "paused_because",
            "paused_at",
            "failures",
            "last_failure",
            "next_at",
            "last_at",
            "created_by",
            "created_at",
        )

    def get_priority(self, schedule: Schedule) -> str:
        return Priority(schedule.priority).word

    def get_is_paused(self, schedule: Schedule) -> bool:
        return not schedule.is_on

    def get_next_at(self, schedule: Schedule) -> str | None:
        if not schedule.is_on:
            return None
        return serializers.DateTimeField().to_representation(schedule.next_at)


class ScheduleDetailSerializer(ScheduleSerializer):
    """With its next runs."""

    next_runs = serializers.SerializerMethodField()

    class Meta:
        model = Schedule
        fields = (*ScheduleSerializer.Meta.fields, "next_runs")

    def get_next_runs(self, schedule: Schedule) -> list[str]:
        runs = cron.upcoming(schedule.cron, schedule.time_zone, count=RUNS_SHOWN)
        return [serializers.DateTimeField().to_representation(run) for run in runs]


class ScheduleChangeSerializer(StrictSerializer):
    """What may be said of a schedule; the service checks expression, type and input."""

    name = serializers.CharField(max_length=120, required=False)
    cron = serializers.CharField(
        max_length=100, required=False, help_text="Minute, hour, day, month, weekday."
    )
    time_zone = serializers.CharField(
        max_length=64, required=False, help_text="Like Europe/Paris; else the brand's."
    )
    job_type = serializers.CharField(max_length=60, required=False)
    input_data = InputField(required=False)
    priority = serializers.ChoiceField(Priority.words(), required=False)
    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=MOST_TAGS, required=False
    )
    missed = serializers.ChoiceField(MISSED, required=False)
    most_missed = serializers.IntegerField(min_value=1, max_value=100, required=False)
    overlap = serializers.ChoiceField(OVERLAP, required=False)


class ScheduleRequestSerializer(ScheduleChangeSerializer):
    name = serializers.CharField(max_length=120)
    cron = serializers.CharField(max_length=100, help_text="Minute, hour, day, month, weekday.")
    job_type = serializers.CharField(max_length=60, help_text="Name of a job type.")

    def wanted(self, *, time_zone: str) -> dict[str, Any]:
        return {"time_zone": time_zone, "input_data": {}, **self.validated_data}


class TickSerializer(serializers.ModelSerializer):
    became = serializers.ChoiceField(BECAME)
    job_id = serializers.CharField(source="job.job_id", allow_null=True, default=None)
    missed = serializers.IntegerField(help_text="Ticks that this one stands for besides.")

    class Meta:
        model = Tick
        fields = ("id", "at", "became", "why", "missed", "by_hand", "job_id", "noted_at")


class PreviewRequestSerializer(StrictSerializer):
    cron = serializers.CharField(max_length=100)
    time_zone = serializers.CharField(max_length=64, required=False)


class PreviewSerializer(serializers.Serializer):
    cron = serializers.CharField(help_text="As it is kept.")
    time_zone = serializers.CharField()
    next_runs = serializers.ListField(child=serializers.DateTimeField())


class MadeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    job_id = serializers.CharField()
