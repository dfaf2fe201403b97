"""Which processes of the hub are alive, what they serve and how busy they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ai_core.models import AIJob, ServiceHeartbeat
from ai_core.pages.reading import answer, for_readers
from ai_core.waiting import SEEN_WITHIN
from brands.access import Access

FORGOTTEN = timedelta(days=1)


@for_readers
def workers_page(request: HttpRequest, access: Access) -> HttpResponse:
    """The machines belong to no brand; what they run is only counted here."""
    now = datetime.now(UTC)
    held: dict[str, int] = dict(
        AIJob.objects.filter(lease_token__isnull=False)
        .order_by()
        .values_list("leased_by")
        .annotate(number=Count("pk"))
    )
    found = ServiceHeartbeat.objects.filter(seen_at__gt=now - FORGOTTEN).order_by("kind", "name")
    services = [_shown(one, held, now) for one in found]
    facts: dict[str, Any] = {
        "crumbs": [(_("Workers"), None)],
        "access": access,
        "services": services,
        "alive": sum(one["is_alive"] and one["kind"] == "worker" for one in services),
        "slots": sum(one["slots"] for one in services if one["is_alive"]),
        "busy": sum(one["busy"] for one in services if one["is_alive"]),
    }
    return answer(request, "ai_core/workers.html", facts, part="ai_core/workers_part.html")


def _shown(one: ServiceHeartbeat, held: dict[str, int], now: datetime) -> dict[str, Any]:
    facts = one.facts if isinstance(one.facts, dict) else {}
    slots = facts.get("slots") or {}
    total = sum(slots.values()) if isinstance(slots, dict) else 0
    queues = facts.get("queues")
    busy = held.get(one.name, 0)
    return {
        "name": one.name,
        "kind": one.kind,
        "is_alive": one.seen_at > now - SEEN_WITHIN,
        "seen_at": one.seen_at,
        "started_at": one.started_at,
        "slots": total,
        "busy": busy,
        "ways": ", ".join(f"{way} {number}" for way, number in slots.items()) if slots else "",
        "queues": ", ".join(queues) if queues else _("all queues"),
        "share": round(100 * busy / total) if total else 0,
    }
