"""Tells those who wait that their job is near the front of its queue, once a job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from ai_core import waiting
from ai_core.models import AIJob, Queue
from ai_core.statuses import JobStatus
from ai_notices import outbox, payload, recipients
from ai_notices.models import Message, Preference, Watch
from ai_notices.outbox import Post

KIND = "job.queue_position"
NEAR = 3
WAITED = timedelta(minutes=1)  # who waits shorter has had no time to wonder


def look() -> int:
    """Look at the queues in which somebody waits who wants to know; return how many were told."""
    hooks = outbox.listening()
    jobs = _waiting_for_news(hooks)
    found = 0
    for queue in Queue.objects.filter(pk__in={job.queue_id for job in jobs}):
        line = waiting.Line(queue)
        near = {place[0]: place[3] for place in line.places[:NEAR]}
        mine = [job for job in jobs if job.pk in near]
        found += _tell(mine, near, line, hooks)
    return found


def _waiting_for_news(hooks: Any) -> list[AIJob]:
    brands = [brand for brand, some in hooks.items() if any(KIND in one.kinds for one in some)]
    people = Preference.objects.filter(mail_kinds__contains=[KIND]).values("user")
    always = Watch.objects.filter(job=OuterRef("pk"), choice=Watch.Choice.ALWAYS)
    wanted = Q(brand__in=brands) | Q(created_by__in=people) | Exists(always)
    rows = AIJob.objects.filter(
        wanted, status=JobStatus.PENDING, due=True, deleted_at__isnull=True,
        created_at__lt=datetime.now(UTC) - WAITED,
    )  # fmt: skip
    told = Message.objects.filter(job_number=OuterRef("pk"), kind=KIND, brand=OuterRef("brand"))
    rows = rows.filter(~Exists(told)).select_related("job_type", "brand", "created_by", "queue")
    return list(rows.order_by("queue_rank", "-priority", "id")[:500])


def _tell(jobs: list[AIJob], near: dict[int, int], line: waiting.Line, hooks: Any) -> int:
    watches = recipients.watches_of([job.pk for job in jobs])
    people = {job.created_by_id for job in jobs if job.created_by_id}
    people |= {user for chosen in watches.values() for user in chosen}
    readers = recipients.Readers.of(people)
    facts = payload.of_jobs({job.pk: job for job in jobs})
    posts = []
    for job in jobs:
        start = line.start_of(job.pk)[0]
        more = {"status": job.status, "position": near[job.pk]}
        more["estimated_start"] = payload.written(start)
        message = Message(
            brand_id=job.brand_id, kind=KIND, key=f"near-{job.pk}", at=datetime.now(UTC),
            job_number=job.pk, facts={**facts[job.pk], **more},
        )  # fmt: skip
        told_to = recipients.of_job(
            KIND,
            job,
            actor=None,
            watches=watches.get(job.pk, {}),
            readers=readers,
        )
        webhooks = outbox.wanting(hooks, brand_id=job.brand_id, kind=KIND)
        posts.append(Post(message=message, webhooks=webhooks, people=told_to))
    outbox.write(posts)
    return len(posts)
