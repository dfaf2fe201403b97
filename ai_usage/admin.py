"""Usage in the admin: to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ai_usage.models import AIJobUsage, DailyUsage
from brands.admin import SuperusersOnly


class OnlyRead(SuperusersOnly):
    """What was used is booked by jobs, and by nobody's hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AIJobUsage)
class AIJobUsageAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        "job_id", "brand", "job_type", "provider_name", "model", "total_tokens", "total_cost",
        "price_status", "ending", "ended_at",
    )  # fmt: skip
    list_filter = ("brand", "price_status", "ending")
    list_select_related = ("brand",)
    raw_id_fields = ("job",)
    show_full_result_count = False


@admin.register(DailyUsage)
class DailyUsageAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("day", "brand", "job_type", "provider", "model", "jobs", "cost", "unpriced")
    list_filter = ("brand", "job_type", "provider")
    list_select_related = ("brand",)
    date_hierarchy = "day"
