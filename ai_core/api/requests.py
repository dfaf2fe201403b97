"""The bodies that calls about jobs take; a member that they do not know is refused by its name."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ai_core import job_options
from ai_core.models import Release
from ai_core.statuses import Priority
from brands.access import Access
from brands.api.serializers import StrictSerializer

LONGEST_TIMEOUT = 30 * 24 * 3600
MOST_TAGS = 20


@extend_schema_field({"type": "object", "additionalProperties": True})
class InputField(serializers.JSONField):
    """What the job type's JSON Schema says; checked by the service."""


class ReleaseField(serializers.IntegerField):
    """The number of a release of the caller's brand."""

    default_error_messages: ClassVar = {"missing": _("There is no such release.")}

    def to_internal_value(self, data: Any) -> Release:
        access: Access = self.context["access"]
        number = super().to_internal_value(data)
        found = Release.objects.for_brand(access.scope).filter(pk=number).first()
        if found is None:
            self.fail("missing")
        return found


class DescribingSerializer(StrictSerializer):
    """What people may say about a job besides its input."""

    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    priority = serializers.ChoiceField(Priority.words(), required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=MOST_TAGS, required=False
    )
    release = ReleaseField(required=False, allow_null=True)
    run_after = serializers.DateTimeField(
        required=False, allow_null=True, help_text="It starts no earlier."
    )

    def validate_tags(self, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))

    def validate_run_after(self, moment: datetime | None) -> datetime | None:
        if moment is not None and not 2000 <= moment.year <= 2200:
            raise serializers.ValidationError(_("Choose a moment in this century or the next."))
        return moment


class NewJobSerializer(DescribingSerializer):
    """A job to be made."""

    job_type = serializers.CharField(max_length=60, help_text="Name of a job type.")
    input_data = InputField(required=False, default=dict)
    is_async = serializers.BooleanField(required=False, allow_null=True, help_text="As the type.")
    timeout_seconds = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_TIMEOUT
    )
    draft = serializers.BooleanField(
        required=False, help_text="Keep it as a draft; submit it later."
    )

    def get_fields(self) -> dict[str, Any]:
        """What apps let one choose besides comes as members of its own."""
        more = {
            one.name: serializers.ChoiceField(
                list(one.choices), required=False, help_text=one.help_text
            )
            for one in job_options.options()
        }
        return {**super().get_fields(), **more}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        chosen = {
            one.name: attrs.pop(one.name) for one in job_options.options() if one.name in attrs
        }
        return {**attrs, "options": chosen} if chosen else attrs


class BulkSerializer(StrictSerializer):
    """Up to 1,000 jobs: all of them are made, or none."""

    jobs = serializers.ListField(child=serializers.DictField(), allow_empty=False, max_length=1000)


class ChangeSerializer(DescribingSerializer):
    """What may be changed: the input until it starts, progress while it runs."""

    input_data = InputField(required=False)
    progress_percentage = serializers.IntegerField(required=False, min_value=0, max_value=100)


class CancelSerializer(StrictSerializer):
    """Why a job is cancelled; reasons are reported on."""

    reason = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    notes = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class AgainSerializer(StrictSerializer):
    """Run it again, as it was or with another input."""

    input_data = InputField(required=False)


class NothingSerializer(StrictSerializer):
    """An empty body, or an empty object."""


class BulkActionSerializer(StrictSerializer):
    """One action on many jobs: those with these ids, or all that a filter finds."""

    action = serializers.ChoiceField(
        ["cancel", "pause", "resume", "submit", "retry", "restart", "promote", "delete", "tag"]
    )
    ids = serializers.ListField(
        child=serializers.CharField(max_length=60),
        allow_empty=False,
        max_length=1000,
        required=False,
        help_text="Numbers or `job_id`s.",
    )
    filter = serializers.DictField(
        required=False, help_text='Parameters of `GET /ai/jobs/`, like {"status": "failed"}.'
    )
    dry_run = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    notes = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=MOST_TAGS, required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError({"ids": [_("Send ids or filter, one of them.")]})
        if attrs["action"] == "tag" and not attrs.get("tags"):
            raise serializers.ValidationError({"tags": [_("Say which tags to add.")]})
        return attrs


class QueueChangeSerializer(StrictSerializer):
    """How many jobs of a queue may run at once; null: as many as the workers have room for."""

    concurrency_limit = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=100_000
    )
    is_paused = serializers.BooleanField(required=False)
