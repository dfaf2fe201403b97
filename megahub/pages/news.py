"""What happened to one's own jobs, and what the brand should know: the bell, and a page of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ai_core import brand_notices, news_choices, waiting
from ai_core.models import AIJob
from ai_core.news_choices import NewsChoices
from ai_core.pages import words
from ai_core.statuses import FINAL, JobStatus
from brands.access import Access
from brands.models import Reader
from brands.pages.reading import answer, for_readers

SINCE = timedelta(days=7)
LOOKED_AT = 200  # of one's newest jobs
SHOWN, MOST_NOTICES, MOST_WAITING = 20, 10, 3
KIND_OF_STATUS = {
    "running": "job.started",
    **{s: f"job.{s}" for s in ("paused", "completed", "failed", "cancelled", "timeout")},
}
ADDRESSES = {
    "quota_threshold": "settings-quotas",
    "webhook_disabled": "settings-webhooks",
    "schedule_paused": "schedules",
}
ICONS = {"info": "info", "warning": "triangle-alert", "error": "circle-x"}


@dataclass(frozen=True, kw_only=True)
class News:
    """One line of the bell; `key` is the same however often it is told."""

    key: str
    at: datetime
    text: str
    detail: str = ""
    took: str = ""
    url: str = ""
    status: str = ""
    level: str = "info"
    is_new: bool = False

    @property
    def icon(self) -> str:
        return words.STATUS_ICONS.get(self.status) or ICONS.get(self.level, "info")


@for_readers
def news_page(request: HttpRequest, access: Access) -> HttpResponse:
    found = news_of(access)
    facts = {
        "crumbs": [(_("Notifications"), None)],
        "access": access,
        "news": found,
        "unseen": sum(one.is_new for one in found),
        "waiting": list(_waiting(access)),
    }
    return answer(request, "shell/news_page.html", facts, part="shell/news.html")


@require_POST
@for_readers
def news_seen(request: HttpRequest, access: Access) -> HttpResponse:
    """Everything up to now is seen."""
    reader, _created = Reader.objects.get_or_create(user=access.user)
    reader.seen[_brand_of(access)] = datetime.now(UTC).isoformat()
    reader.save(update_fields=["seen"])
    if "HX-Request" in request.headers:
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("news"))


def news_of(access: Access) -> list[News]:
    """The newest first: three queries, and those of whoever has notices for the brand."""
    seen, wishes = _seen(access), news_choices.choices_of(access)
    found = [*_of_jobs(access, seen, wishes), *_of_brand(access, seen, wishes)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:SHOWN]


def _brand_of(access: Access) -> str:
    return str(access.brand.pk) if access.brand else "all"


def _seen(access: Access) -> datetime:
    """Who looks for the first time has seen all but the last day."""
    seen = Reader.objects.filter(user=access.user).values_list("seen", flat=True).first() or {}
    text = seen.get(_brand_of(access))
    return datetime.fromisoformat(text) if text else datetime.now(UTC) - timedelta(days=1)


def _of_jobs(access: Access, seen: datetime, wishes: NewsChoices) -> Iterator[News]:
    mine = Q(created_by=access.user.pk) | Q(pk__in=wishes.watched_jobs)
    if not wishes.watched_jobs:
        mine = Q(created_by=access.user.pk)
    jobs: Any = AIJob.objects.for_brand(access.scope).filter(mine)
    newest = jobs.order_by("-created_at", "-id").values("pk")[:LOOKED_AT]
    recent = Q(completed_at__gte=datetime.now(UTC) - SINCE) | Q(
        status__in=[JobStatus.RUNNING, JobStatus.PAUSED]
    )
    rows = (
        AIJob.objects.filter(recent, pk__in=newest)
        .exclude(status__in=_unwanted(wishes))
        .exclude(pk__in=wishes.silent_jobs)
        .order_by("-updated_at")
        .values(
            "job_id", "description", "job_type__name", "status", "started_at", "completed_at",
            "updated_at", "error_message", "moved_by", "active_seconds",
        )[: 2 * SHOWN]
    )  # fmt: skip
    for row in rows:
        if row["status"] == JobStatus.CANCELLED and row["moved_by"] == access.user.pk:
            continue  # what one did oneself is no news
        at = row["completed_at"] or row["started_at"] or row["updated_at"]
        yield News(
            key=f"{row['job_id']}-{row['status']}",
            at=at,
            text=_said(row),
            detail=_why(row),
            took=_took(row),
            url=reverse("job", args=[row["job_id"]]),
            status=row["status"],
            level="error" if row["status"] in ("failed", "timeout") else "info",
            is_new=at > seen,
        )


def _unwanted(wishes: NewsChoices) -> list[str]:
    return [s for s in JobStatus.values if KIND_OF_STATUS.get(s) in wishes.unwanted_kinds]


def _said(row: dict[str, Any]) -> str:
    name = {"name": row["description"] or words.type_title(row["job_type__name"])}
    match row["status"]:
        case JobStatus.COMPLETED:
            return _("“%(name)s” is done") % name
        case JobStatus.FAILED:
            return _("“%(name)s” has failed") % name
        case JobStatus.TIMEOUT:
            return _("“%(name)s” took too long and was stopped") % name
        case JobStatus.CANCELLED:
            return _("“%(name)s” was cancelled by somebody else") % name
        case JobStatus.PAUSED:
            return _("“%(name)s” is paused") % name
    return _("“%(name)s” has started") % name


def _why(row: dict[str, Any]) -> str:
    if row["status"] not in (JobStatus.FAILED, JobStatus.TIMEOUT):
        return ""
    return row["error_message"].partition("\n")[0][:140]


def _took(row: dict[str, Any]) -> str:
    if row["status"] not in FINAL or row["active_seconds"] < 1:
        return ""
    return _("after %(time)s") % {"time": words.duration(row["active_seconds"])}


def _of_brand(access: Access, seen: datetime, wishes: NewsChoices) -> Iterator[News]:
    if access.brand is None:
        return
    since = datetime.now(UTC) - 4 * SINCE
    for notice in brand_notices.recent(access.brand, most=MOST_NOTICES):
        if notice.at >= since and notice.kind.replace("_", ".", 1) not in wishes.unwanted_kinds:
            yield News(
                key=notice.key,
                at=notice.at,
                text=notice.text,
                url=_address_of(notice.kind),
                level=notice.level,
                is_new=notice.at > seen,
            )


def _address_of(kind: str) -> str:
    """Where one can do something about it; nowhere, if that app is not installed."""
    try:
        return reverse(ADDRESSES[kind])
    except (KeyError, NoReverseMatch):
        return ""


def _waiting(access: Access) -> Iterator[dict[str, Any]]:
    """One's next jobs in their queues, with their places."""
    jobs: Any = AIJob.objects.for_brand(access.scope).filter(
        created_by=access.user.pk, status=JobStatus.PENDING, due=True
    )
    mine = list(jobs.select_related("queue", "job_type").order_by("-priority", "id")[:MOST_WAITING])
    queues = {job.queue_id: waiting.Line(job.queue) for job in mine}
    for job in mine:
        card = queues[job.queue_id].card(job)
        yield {
            "name": job.description or words.type_title(job.job_type.name),
            "url": reverse("job", args=[job.job_id]),
            "position": card.position,
            "start": card.estimated_start,
        }
