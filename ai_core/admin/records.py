"""What jobs leave behind, and what groups them, in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from ai_core.admin.reading import BrandRows, ReadOnly, pretty
from ai_core.models import Artifact, JobEvent, JobLog, JobMetric, Release
from brands.asking import access_of


class RecordAdmin(BrandRows, ReadOnly):
    """Rows of a job; usually reached from its page, narrowed to it."""

    list_select_related: ClassVar = ("job",)
    search_fields: ClassVar = ("=job__job_id",)
    search_help_text = gettext_lazy("A job's id in full.")
    ordering = ("-id",)


@admin.register(JobEvent)
class EventAdmin(RecordAdmin):
    list_display = ("at", "job", "type", "attempt", "old_status", "new_status", "message", "actor")
    list_filter = ("type", "new_status")
    list_select_related: ClassVar = ("job", "actor")
    fields = (
        "job", "at", "type", "attempt", "old_status", "new_status", "message", "shown_payload",
        "actor",
    )  # fmt: skip
    readonly_fields = ("shown_payload",)

    @admin.display(description=gettext_lazy("facts"))
    def shown_payload(self, event: JobEvent) -> SafeString:
        return pretty(event.payload)


@admin.register(JobLog)
class LogAdmin(RecordAdmin):
    list_display = ("at", "job", "attempt", "level", "stage", "message")
    list_filter = ("level",)


@admin.register(JobMetric)
class MetricAdmin(RecordAdmin):
    list_display = ("job", "step", "epoch", "at", "values")
    fields = ("job", "step", "attempt", "epoch", "at", "shown_values")
    readonly_fields = ("shown_values",)

    @admin.display(description=gettext_lazy("facts"))
    def shown_values(self, metric: JobMetric) -> SafeString:
        return pretty(metric.values)


@admin.register(Artifact)
class ArtifactAdmin(RecordAdmin):
    list_display = ("name", "job", "kind", "size", "content_type", "is_partial", "created_at")
    list_filter = ("is_partial", "kind")
    search_fields: ClassVar = ("=job__job_id", "name", "=sha256")
    search_help_text = gettext_lazy("A job's id, a checksum in full, or a part of the name.")


@admin.register(Release)
class ReleaseAdmin(BrandRows, ReadOnly):
    list_display = ("name", "brand", "created_by", "created_at")
    list_filter = ("brand",)
    brand_filters = ("brand",)
    list_select_related = ("brand", "created_by")
    search_fields = ("name", "description")
    fields = ("name", "description", "brand", "created_by", "created_at")
    readonly_fields = ("brand", "created_by", "created_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its name and description; a brand's release stays the brand's."""
        permitted = request.user.has_perm("ai_core.change_release")
        return permitted and access_of(request).can_manage
