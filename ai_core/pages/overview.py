"""The overview's part about jobs: what is going on now, and how the last two weeks went."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from ai_core.budgets import budgets_of
from ai_core.models import AIJob
from ai_core.pages.figures import figures
from ai_core.pages.lines import lines
from ai_core.pages.reading import zone_of
from ai_core.status_service import StatusService
from brands.access import Access
from brands.scoping import ALL_BRANDS

FEW, FEW_LIMITS = 5, 3


def jobs_overview(access: Access) -> dict[str, Any]:
    """Return what `ai_core/overview.html` needs; nothing for whoever may see no jobs."""
    if access.scope is None or not access.can_read:
        return {}
    with timezone.override(zone_of(access)):
        found = StatusService.get_dashboard_stats(access.scope)
        now: Any = AIJob.objects.for_brand(access.scope)
        running = now.filter(status="running").order_by("-started_at", "-id")
        failed = now.filter(status__in=["failed", "timeout"]).order_by("-created_at", "-id")
        recent = [job["id"] for job in found["recent_jobs"]]
        live = list(running.values_list("pk", flat=True)[:FEW])
        bad = list(failed.values_list("pk", flat=True)[:FEW])
        shown = {line.id: line for line in lines(dict.fromkeys([*recent, *live, *bad]), access)}
        return {
            "figures": figures(access),
            "budgets": budgets_of(access.brand)[:FEW_LIMITS] if access.brand else [],
            "stats": found["stats"],
            "days": _bars(found["daily_activity"]),
            "types": _shares(found["top_job_types"], found["stats"]["total_jobs"]),
            "by_brand": found["brand_breakdown"] if access.scope is ALL_BRANDS else [],
            "recent": [shown[one] for one in recent if one in shown],
            "running": [shown[one] for one in live if one in shown],
            "failed": [shown[one] for one in bad if one in shown],
        }


def _bars(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The oldest first, each with a height in the drawing; a day with jobs is never flat."""
    most = max([day["jobs"] for day in days] + [1])
    return [
        {
            "date": day["date"],
            "label": date_format(date.fromisoformat(day["date"]), "D j M"),
            "short": date_format(date.fromisoformat(day["date"]), "j"),
            "jobs": day["jobs"],
            "cost": day["total_cost"],
            "has_cost": bool(day["total_cost"]) and Decimal(day["total_cost"]) > 0,
            "height": max(3, round(100 * day["jobs"] / most)) if day["jobs"] else 0,
            "top": 100 - (max(3, round(100 * day["jobs"] / most)) if day["jobs"] else 0),
            "x": index * 24,
        }
        for index, day in enumerate(reversed(days))
    ]


def _shares(types: list[dict[str, Any]], total: int) -> list[dict[str, Any]]:
    return [{**one, "share": round(100 * one["count"] / total) if total else 0} for one in types]
