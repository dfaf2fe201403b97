"""Shapes of webhooks, deliveries and preferences."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers

from ai_notices import bodies
from ai_notices.models import Attempt, Delivery, Watch, Webhook
from brands.api.serializers import StrictSerializer

SHAPES = Webhook.Shape.values
STATES = Delivery.State.values
CHOICES = Watch.Choice.values
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def kinds_field(**facts: Any) -> serializers.ListField:
    """Their names are checked by the service: apps bring their own."""
    return serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=50,
        help_text="Names from `GET /ai/notifications/kinds/`.",
        **facts,
    )


class KindSerializer(serializers.Serializer):
    kind = serializers.CharField()
    title = serializers.CharField()


class WebhookSerializer(serializers.ModelSerializer):
    url = serializers.CharField(
        source="shown_address", help_text="Of Slack's addresses, which are secrets, only the host."
    )
    payload = serializers.ChoiceField(SHAPES, source="shape", help_text="What it takes.")
    is_active = serializers.BooleanField(source="is_on")
    off_reason = serializers.ChoiceField(
        Webhook.Off.values, source="off", help_text="Why it is off; empty: it is on."
    )
    created_by = serializers.CharField(
        source="created_by.username", allow_null=True, default=None, read_only=True
    )

    class Meta:
        model = Webhook
        fields = (
            "id",
            "name",
            "payload",
            "url",
            "kinds",
            "language",
            "is_active",
            "off_reason",
            "off_at",
            "failing_since",
            "last_ok_at",
            "created_by",
            "created_at",
        )


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook at the one moment when its secret is told."""

    secret = serializers.CharField(help_text="`whsec_…`, shown this once; empty for Slack.")

    class Meta:
        model = Webhook
        fields = (*WebhookSerializer.Meta.fields, "secret")


class WebhookRequestSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    url = serializers.CharField(max_length=2000)
    payload = serializers.ChoiceField(SHAPES, default="standard")
    kinds = kinds_field(allow_empty=False)
    language = serializers.ChoiceField(LANGUAGES, default="en", help_text="Of Slack messages.")


class WebhookChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80, required=False)
    url = serializers.CharField(max_length=2000, required=False)
    kinds = kinds_field(allow_empty=False, required=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    is_active = serializers.BooleanField(required=False)


class AttemptSerializer(serializers.ModelSerializer):
    class Meta:
        model = Attempt
        fields = ("number", "at", "seconds", "status", "error_code", "error", "answer")


class DeliverySerializer(serializers.ModelSerializer):
    message_id = serializers.CharField(source="message.message_id", help_text="`webhook-id`.")
    kind = serializers.CharField(source="message.kind")
    job_id = serializers.SerializerMethodField()
    outcome = serializers.ChoiceField(STATES, source="state")
    next_try_at = serializers.SerializerMethodField(help_text="Null: there is none.")

    class Meta:
        model = Delivery
        fields = (
            "id",
            "message_id",
            "kind",
            "job_id",
            "outcome",
            "attempts",
            "next_try_at",
            "delivered_at",
            "created_at",
        )

    def get_job_id(self, delivery: Delivery) -> str | None:
        return delivery.message.facts.get("job_id")

    def get_next_try_at(self, delivery: Delivery) -> str | None:
        if delivery.state != Delivery.State.WAITING:
            return None
        return serializers.DateTimeField().to_representation(delivery.due_at)


class DeliveryDetailSerializer(DeliverySerializer):
    """With the body that is sent, and every try."""

    body = serializers.SerializerMethodField()
    tries = AttemptSerializer(many=True)

    class Meta:
        model = Delivery
        fields = (*DeliverySerializer.Meta.fields, "body", "tries")

    def get_body(self, delivery: Delivery) -> str:
        return bodies.shown(delivery)


class PreferencesSerializer(serializers.Serializer):
    email = serializers.ListField(child=serializers.CharField(), source="mail_kinds")
    page = serializers.ListField(child=serializers.CharField(), source="page_kinds")
    language = serializers.ChoiceField(LANGUAGES)


class PreferencesRequestSerializer(StrictSerializer):
    email = kinds_field(required=False)
    page = kinds_field(required=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)

    names: ClassVar = {"email": "mail_kinds", "page": "page_kinds"}

    def changes(self) -> dict[str, Any]:
        return {self.names.get(name, name): v for name, v in self.validated_data.items()}


class JobChoiceSerializer(StrictSerializer):
    """`null`: as your preferences say."""

    notify = serializers.ChoiceField(CHOICES, allow_null=True)
