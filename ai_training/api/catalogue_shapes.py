"""Shapes of datasets, configurations and compute offers, as they are shown and as they are sent."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ai_core import inputs
from ai_training.job_types import DECIMAL, GUARD_RAILS
from ai_training.models import ComputeOffer, Dataset, TrainingConfiguration
from ai_training.models.catalogue import Preset
from brands.api.serializers import StrictSerializer

STATES = Dataset.State.values
FORMATS = Dataset.Format.values
PRESETS = Preset.values
PRICINGS = ComputeOffer.Pricing.values


@extend_schema_field({"type": "object", "additionalProperties": True})
class Settings(serializers.DictField):
    """Named values, whatever they are."""


@extend_schema_field(GUARD_RAILS)
class Rails(serializers.JSONField):
    """Guard rails, by the schema of the job type's input."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        found = inputs.problems(GUARD_RAILS, value)
        if found:
            raise serializers.ValidationError([f"{p}: {m[0]}" for p, m in found.items()])
        return value


@extend_schema_field({"type": "string", "pattern": r"^-?\d+\.\d{6}$"})
class RateField(serializers.DecimalField):
    """Money as a decimal string with six places; null: not known."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(max_digits=14, decimal_places=6, **facts)


class _NamedSerializer(serializers.ModelSerializer):
    created_by = serializers.CharField(
        source="created_by.username", allow_null=True, default=None, read_only=True
    )


_SHARED = ("id", "name", "description", "is_active", "created_by", "created_at")


class DatasetSerializer(_NamedSerializer):
    """A dataset, with what was found in its file."""

    format = serializers.ChoiceField(FORMATS)
    state = serializers.ChoiceField(STATES)
    columns = serializers.ListField(child=serializers.CharField())
    preview = serializers.ListField(child=Settings())
    problems = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Dataset
        fields = (
            *_SHARED, "format", "state", "reference", "size", "rows", "sha256", "columns",
            "preview", "problems",
        )  # fmt: skip


class ConfigurationSerializer(_NamedSerializer):
    preset = serializers.ChoiceField(PRESETS)
    hyperparameters = Settings()
    guard_rails = Rails()

    class Meta:
        model = TrainingConfiguration
        fields = (*_SHARED, "preset", "base_model", "hyperparameters", "guard_rails")


class OfferSerializer(_NamedSerializer):
    kind = serializers.CharField(help_text="gpu or cpu")
    pricing = serializers.ChoiceField(PRICINGS)
    hourly_rate = RateField(allow_null=True)
    resources = serializers.CharField(read_only=True)

    class Meta:
        model = ComputeOffer
        fields = (
            *_SHARED, "provider", "region", "kind", "model", "count", "memory_gb", "hourly_rate",
            "pricing", "resources",
        )  # fmt: skip


class PresetSerializer(serializers.Serializer):
    preset = serializers.ChoiceField(PRESETS)
    hyperparameters = Settings()


# ---------------------------------------------------------------------- what is sent
class _NamedRequest(StrictSerializer):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    is_active = serializers.BooleanField(required=False)


class DatasetRequestSerializer(_NamedRequest):
    """Either its rows as text, or where it lies; larger files go to `…/upload/`."""

    format = serializers.ChoiceField(FORMATS)
    content = serializers.CharField(required=False, trim_whitespace=False)
    reference = serializers.CharField(max_length=500, required=False)

    def validate(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if ("content" in wanted) == ("reference" in wanted):
            raise serializers.ValidationError(_("Send content or reference, one of them."))
        return wanted


class DatasetChangeSerializer(_NamedRequest):
    """Its rows never change: upload another one."""


class ConfigurationRequestSerializer(_NamedRequest):
    preset = serializers.ChoiceField(PRESETS, required=False)
    base_model = serializers.CharField(max_length=200, allow_blank=True, required=False)
    hyperparameters = Settings(required=False)
    guard_rails = Rails(required=False)


class OfferRequestSerializer(_NamedRequest):
    provider = serializers.CharField(max_length=60, allow_blank=True, required=False)
    region = serializers.CharField(max_length=40, allow_blank=True, required=False)
    kind = serializers.RegexField(
        r"^(gpu|cpu)\Z", help_text="gpu or cpu", error_messages={"invalid": _("Enter gpu or cpu.")}
    )
    model = serializers.CharField(max_length=80, allow_blank=True, required=False)
    count = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    memory_gb = serializers.IntegerField(
        min_value=1, max_value=10**9, allow_null=True, required=False
    )
    hourly_rate = serializers.RegexField(DECIMAL, allow_null=True, required=False)
    pricing = serializers.ChoiceField(PRICINGS, required=False)
