"""Trainings in the admin: what they are made of to change, how they went to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ai_training.models import (
    Checkpoint,
    ComputeOffer,
    CostSegment,
    Dataset,
    GuardRail,
    TrainingConfiguration,
    TrainingRun,
)
from brands.admin import SuperusersOnly


class OnlyRead(SuperusersOnly):
    """Runs and what they cost are written by reports, and by nobody's hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Dataset)
class DatasetAdmin(SuperusersOnly, admin.ModelAdmin):
    """Rows come in through the API; here a dataset is renamed or retired."""

    list_display = ("name", "brand", "format", "state", "rows", "size", "is_active", "created_at")
    list_filter = ("brand", "state", "format")
    list_select_related = ("brand",)
    search_fields = ("name", "description")
    fields = ("name", "description", "is_active")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TrainingConfiguration)
class ConfigurationAdmin(SuperusersOnly, admin.ModelAdmin):
    list_display = ("name", "brand", "preset", "base_model", "is_active", "created_at")
    list_filter = ("brand", "preset")
    list_select_related = ("brand",)
    search_fields = ("name", "base_model")
    raw_id_fields = ("created_by",)


@admin.register(ComputeOffer)
class OfferAdmin(SuperusersOnly, admin.ModelAdmin):
    list_display = (
        "name", "brand", "region", "kind", "model", "count", "hourly_rate", "pricing", "is_active",
    )  # fmt: skip
    list_filter = ("brand", "kind", "pricing")
    list_select_related = ("brand",)
    search_fields = ("name", "region", "model")
    raw_id_fields = ("created_by",)


@admin.register(TrainingRun)
class RunAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("job_id", "name", "brand", "preset", "resources", "step", "total_steps")
    list_filter = ("brand", "preset")
    list_select_related = ("brand",)
    search_fields = ("name", "job__job_id")
    show_full_result_count = False


@admin.register(CostSegment)
class SegmentAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("job_id", "number", "brand", "resources", "hourly_rate", "seconds", "cost")
    list_filter = ("brand",)
    list_select_related = ("brand",)


@admin.register(GuardRail)
class GuardRailAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("job_id", "kind", "limit", "action", "fired_at", "reason")
    list_filter = ("kind", "action")


@admin.register(Checkpoint)
class CheckpointAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("job_id", "step", "attempt", "size", "is_best", "created_at")
