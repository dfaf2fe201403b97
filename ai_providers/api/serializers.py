"""Shapes of providers, their limits, and a chat."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ai_core.statuses import Priority
from ai_providers.job_types import CHAT, ON_QUOTA, PASSED_ON
from ai_providers.models import Provider
from ai_providers.models.providers import NAME, KindName
from ai_providers.models.quotas import Mode, Unit
from brands.api.serializers import StrictSerializer


class ProviderSerializer(serializers.ModelSerializer):
    """A provider. Its key comes back as its last four characters."""

    kind = serializers.ChoiceField(KindName.values)
    models = serializers.ListField(child=serializers.CharField(), source="model_names")
    api_key = serializers.SerializerMethodField(help_text="Its last four characters; null: none.")
    has_key = serializers.SerializerMethodField()
    order = serializers.IntegerField(source="position")
    check_says = serializers.CharField()

    class Meta:
        model = Provider
        fields = (
            "id",
            "name",
            "kind",
            "base_url",
            "api_key",
            "has_key",
            "is_active",
            "models",
            "order",
            "max_concurrency",
            "requests_per_minute",
            "checked_at",
            "check_ok",
            "check_says",
            "key_changed_at",
            "created_at",
        )

    @extend_schema_field({"type": ["string", "null"]})
    def get_api_key(self, provider: Provider) -> str | None:
        return provider.key_last4 or None

    def get_has_key(self, provider: Provider) -> bool:
        return bool(provider.sealed_key)


class ProviderRequestSerializer(StrictSerializer):
    """A provider as it is added; a change names only what changes."""

    name = serializers.RegexField(
        NAME,
        max_length=60,
        error_messages={"invalid": _("Use small letters, digits, dots and hyphens.")},
    )
    kind = serializers.ChoiceField(KindName.values)
    base_url = serializers.CharField(max_length=500, allow_blank=True, required=False)
    api_key = serializers.CharField(
        max_length=1000, allow_blank=True, required=False, help_text="Written, never read."
    )
    is_active = serializers.BooleanField(required=False)
    models = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=500, required=False
    )
    order = serializers.IntegerField(min_value=0, max_value=32_767, required=False)
    max_concurrency = serializers.IntegerField(
        min_value=1, max_value=100_000, allow_null=True, required=False
    )
    requests_per_minute = serializers.IntegerField(
        min_value=1, max_value=1_000_000, allow_null=True, required=False
    )

    renamed: ClassVar = {"models": "model_names", "order": "position"}

    def validate_models(self, names: list[str]) -> list[str]:
        return list(dict.fromkeys(names))

    def changes(self) -> dict[str, Any]:
        """The columns that change, without the key."""
        found = {**self.validated_data}
        found.pop("api_key", None)
        return {self.renamed.get(name, name): value for name, value in found.items()}


class CheckSerializer(serializers.Serializer):
    """What a call to the provider has shown."""

    ok = serializers.BooleanField()
    detail = serializers.CharField()
    reason = serializers.CharField()
    upstream_status = serializers.IntegerField(allow_null=True)
    seconds = serializers.FloatField()
    models = serializers.ListField(child=serializers.CharField())
    missing_models = serializers.ListField(child=serializers.CharField())
    circuit = serializers.CharField(allow_null=True, help_text="closed or open; null: not known.")
    failures = serializers.IntegerField(allow_null=True)
    running = serializers.IntegerField(allow_null=True)


@extend_schema_field({"type": "string", "pattern": r"^\d+(\.\d{6})?$"})
class AmountField(serializers.CharField):
    """Money with six places, or a whole number of tokens."""


class ThresholdSerializer(serializers.Serializer):
    """A share of the limit that was used up, and when."""

    percent = serializers.IntegerField(help_text="50, 80 or 100.")
    noted_at = serializers.DateTimeField()


class QuotaSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    scope = serializers.CharField()
    unit = serializers.ChoiceField(Unit.values)
    mode = serializers.ChoiceField(Mode.values)
    limit = AmountField()
    used = AmountField()
    held = AmountField()
    remaining = AmountField()
    percent = serializers.FloatField(allow_null=True)
    thresholds = ThresholdSerializer(many=True)


class ProviderInBriefSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class QuotaReportSerializer(serializers.Serializer):
    """The limits of this month, and what is left of them."""

    provider = ProviderInBriefSerializer(allow_null=True)
    period = serializers.CharField()
    period_start = serializers.DateField()
    resets_at = serializers.DateTimeField()
    currency = serializers.CharField()
    quotas = QuotaSerializer(many=True)


class NewQuotaSerializer(StrictSerializer):
    unit = serializers.ChoiceField(Unit.values)
    limit = serializers.DecimalField(max_digits=18, decimal_places=6, min_value=0)
    mode = serializers.ChoiceField(Mode.values, default=Mode.HARD)


class QuotasRequestSerializer(StrictSerializer):
    """All limits of a provider; one that is left out ends."""

    quotas = NewQuotaSerializer(many=True, max_length=2)

    def validate_quotas(self, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
        units = [one["unit"] for one in wanted]
        if len(set(units)) != len(units):
            raise serializers.ValidationError(_("Give each unit once."))
        return wanted


@extend_schema_field(CHAT.input_schema["properties"]["messages"])
class MessagesField(serializers.JSONField):
    """Checked by the job type's schema."""


class ChatRequestSerializer(StrictSerializer):
    """A question in OpenAI's words; further options of theirs are passed on."""

    messages = MessagesField()
    model = serializers.CharField(max_length=200, required=False, allow_blank=True)
    temperature = serializers.FloatField(required=False, min_value=0, max_value=2)
    max_tokens = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)
    fallbacks = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=8
    )
    on_quota = serializers.ChoiceField(ON_QUOTA, required=False)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    priority = serializers.ChoiceField(Priority.words(), required=False)

    def get_fields(self) -> dict[str, Any]:
        further = {
            name: serializers.JSONField(required=False)
            for name in PASSED_ON
            if name not in self._declared_fields
        }
        return {**super().get_fields(), **further}
