"""The queues: slots in use, who waits in which order, and when each will probably start."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from ai_core.models import AIJob, Queue
from ai_core.pages.lines import Line, lines
from ai_core.pages.queue_curves import Curves, curves_of
from ai_core.pages.reading import answer, for_readers
from ai_core.waiting import Waiting, queue_overview
from brands.access import Access
from brands.errors import NotFound

SHOWN = 50
FRESH_SECONDS = 30
MOST_EMPTY = 3


@for_readers
def queue_page(request: HttpRequest, access: Access) -> HttpResponse:
    queues = list(Queue.objects.order_by("name"))
    queue = _chosen(queues, request.GET.get("queue", ""), access)
    facts: dict[str, Any] = {
        "crumbs": [(_("Queue"), None)],
        "access": access,
        "queues": _with_depth(queues, access, queue),
        "queue": queue,
        "query": request.GET,
        "may_set": access.user.is_superuser and access.can_manage,
    }
    if queue is not None:
        facts.update(_standing(queue, access))
    return answer(request, "ai_core/queue.html", facts, part="ai_core/queue_part.html")


def _chosen(queues: list[Queue], name: str, access: Access) -> Queue | None:
    """The one that was asked for, else the one that most of this brand's jobs wait in."""
    if name:
        found = next((one for one in queues if one.name == name), None)
        if found is None:
            raise NotFound
        return found
    jobs: Any = AIJob.objects.for_brand(access.scope).filter(status="pending").order_by()
    busiest = jobs.values_list("queue_id").annotate(number=Count("pk")).order_by("-number").first()
    return next((one for one in queues if busiest and one.pk == busiest[0]), None) or next(
        (one for one in queues if one.name == "default"), queues[0] if queues else None
    )


def _with_depth(queues: list[Queue], access: Access, current: Queue | None) -> list[dict[str, Any]]:
    jobs: Any = AIJob.objects.for_brand(access.scope).order_by()
    waiting = dict(
        jobs.filter(status="pending").values_list("queue_id").annotate(number=Count("pk"))
    )
    return [
        {"queue": one, "waiting": waiting.get(one.pk, 0), "is_current": one == current}
        for one in queues
    ]


def _standing(queue: Queue, access: Access) -> dict[str, Any]:
    found = queue_overview(queue, access.scope, limit=SHOWN)
    cards: dict[int, Waiting] = {job.pk: card for job, card in found["waiting"]}
    mine: Any = AIJob.objects.for_brand(access.scope)
    held = list(
        mine.filter(queue=queue, lease_token__isnull=False)
        .order_by("active_since")
        .values_list("pk", flat=True)[:SHOWN]
    )
    later = list(
        mine.filter(queue=queue, status="pending", due=False)
        .order_by("run_after")
        .values_list("pk", flat=True)[:SHOWN]
    )
    shown = {line.id: line for line in lines([*held, *cards, *later], access)}
    running = [_running(shown[one]) for one in held if one in shown]
    total, used = found["slots_total"], found["slots_used"]
    return {
        "running": running,
        "others_running": max(0, used - len(running)),
        "free": range(min(max(0, (total or 0) - used), MOST_EMPTY)),
        "slots_used": used,
        "slots_total": total,
        "workers": found["workers"],
        "depth": found["depth"],
        "waiting": [
            (_placed(shown[one], card), card) for one, card in cards.items() if one in shown
        ],
        "later": [shown[one] for one in later if one in shown],
        "others_waiting": max(0, found["depth"] - len(cards)),
        "analytics": _analytics(queue, access),
        "curves": _curves(queue, access),
    }


def _placed(line: Line, card: Waiting) -> Line:
    """Who is first already cannot be moved to the front."""
    return replace(line, actions=line.actions - {"promote"}) if card.position == 1 else line


def _running(line: Line) -> dict[str, Any]:
    spent, done = line.row["execution_time_seconds"] or 0, line.row["progress_percentage"]
    left = float(spent) * (100 - done) / done if 3 <= done < 100 else None
    return {"line": line, "left": left}


def _curves(queue: Queue, access: Access) -> Curves:
    """They move slowly and cost a look at a week of jobs: half a minute old is fresh enough."""
    scope = access.brand.pk if access.brand else "all"
    key = f"pages:curves:{queue.pk}:{scope}"
    try:
        found: Curves | None = cache.get(key)
        if found is None:
            found = curves_of(queue, access)
            cache.set(key, found, FRESH_SECONDS)
    except RedisError:
        return curves_of(queue, access)
    return found


def _analytics(queue: Queue, access: Access) -> dict[str, Any]:
    """How long the jobs of the last day waited, and how many ended in the last hour."""
    now = datetime.now(UTC)
    mine: Any = AIJob.objects.for_brand(access.scope).filter(queue=queue).order_by()
    wait = ExpressionWrapper(F("started_at") - F("created_at"), output_field=DurationField())
    found = mine.filter(
        created_at__gte=now - timedelta(days=1), started_at__isnull=False, run_after__isnull=True
    ).aggregate(mean=Avg(wait), longest=Max(wait), number=Count("pk"))
    return {
        "mean": found["mean"].total_seconds() if found["mean"] else None,
        "longest": found["longest"].total_seconds() if found["longest"] else None,
        "started": found["number"],
        "an_hour": mine.filter(completed_at__gte=now - timedelta(hours=1)).count(),
    }
