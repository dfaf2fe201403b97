"""The answers about usage as the OpenAPI document describes them."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ai_core.pricing import PriceStatus


@extend_schema_field({"type": ["string", "null"], "pattern": r"^-?\d+\.\d{6}$"})
class MoneyField(serializers.CharField):
    """A decimal string with six places; null: not known."""


class _Brand(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()

    class Meta:
        ref_name = "BrandOfUsage"


class _User(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()

    class Meta:
        ref_name = "UserOfUsage"


class UsageFiguresSerializer(serializers.Serializer):
    """The sums of one group, with what it is grouped by beside them."""

    day = serializers.DateField(required=False)
    brand = _Brand(required=False)
    job_type = serializers.CharField(required=False)
    provider = serializers.CharField(required=False)
    model = serializers.CharField(required=False)
    user = _User(required=False, allow_null=True)
    jobs = serializers.IntegerField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    timeout = serializers.IntegerField()
    calls = serializers.IntegerField()
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    cached_tokens = serializers.IntegerField()
    reasoning_tokens = serializers.IntegerField()
    total_tokens = serializers.IntegerField()
    total_cost = MoneyField(help_text="Of what has a known price.")
    currency = serializers.CharField()
    unpriced_jobs = serializers.IntegerField(help_text="Jobs with an unknown price.")
    execution_time_seconds = serializers.FloatField()
    success_rate = serializers.FloatField(
        allow_null=True, help_text="completed / (completed + failed + timeout)"
    )


class UsageSerializer(serializers.Serializer):
    group_by = serializers.ListField(child=serializers.CharField())
    to = serializers.DateField()
    currency = serializers.CharField()
    results = UsageFiguresSerializer(many=True)
    has_more = serializers.BooleanField(help_text="There are more groups: ask for fewer days.")
    totals = UsageFiguresSerializer(many=True, help_text="One per currency.")

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "from": serializers.DateField()}


class UsageRowSerializer(serializers.Serializer):
    """The bill of one job."""

    job_id = serializers.CharField()
    ended_at = serializers.DateTimeField()
    day = serializers.DateField()
    brand = serializers.CharField()
    user = serializers.CharField(allow_null=True)
    job_type = serializers.CharField()
    ending = serializers.CharField()
    provider = serializers.CharField()
    model = serializers.CharField()
    calls = serializers.IntegerField()
    prompt_tokens = serializers.IntegerField(allow_null=True)
    completion_tokens = serializers.IntegerField(allow_null=True)
    total_tokens = serializers.IntegerField(allow_null=True)
    cached_tokens = serializers.IntegerField(allow_null=True)
    total_cost = MoneyField()
    known_cost = MoneyField()
    currency = serializers.CharField()
    price_status = serializers.ChoiceField([str(status) for status in PriceStatus])
    price_source = serializers.CharField()
    price_version = serializers.CharField()
    execution_time_seconds = serializers.FloatField()
