"""Erases what jobs contain, at once and for good: what somebody wrote, got, or was told.

What stays: that there was a job, of which type, when, how it ended, and what it cost.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from ai_core.models import AIJob, IdempotencyKey
from ai_core.models.retention import Content
from ai_core.removal import remove
from ai_core.signals import content_removed
from ai_core.statuses import FINAL

EVERYTHING = "everything"

_STATEMENTS = [
    """UPDATE ai_core_aijob SET description = '', tags = '{}', error_message = '',
         substatus = '', cancel_reason = '' WHERE id = ANY (%s)""",
    """UPDATE ai_core_aijobdata SET cancel_notes = '' WHERE job_id = ANY (%s)""",
    """UPDATE ai_core_jobevent SET message = '', payload = '{}' WHERE job_id = ANY (%s)""",
    """UPDATE ai_core_jobstage SET substatus = '' WHERE job_id = ANY (%s)""",
]


class StillOpen(Exception):
    """Jobs that are not over cannot be erased: they are still being written."""


def with_repeats(job: AIJob) -> list[int]:
    """The job, what it repeats and what repeats it: all carry the same content."""
    family, new = {job.pk}, {job.pk}
    while new:
        near = AIJob.objects.filter(Q(origin__in=new) | Q(followers__in=new))
        new = set(near.values_list("pk", flat=True)) - family
        family |= new
    return sorted(family)


def erase(job_ids: Sequence[int]) -> int:
    """Erase the content of these jobs, in one transaction; return how many there were."""
    ids = list(job_ids)
    why = {"on": timezone.now().date().isoformat(), "erased": True}
    with transaction.atomic():
        jobs = AIJob.objects.filter(pk__in=ids).select_for_update(no_key=True)
        open_ = [job.job_id for job in jobs if job.status not in FINAL]
        if open_:
            raise StillOpen(f"cancel these first: {', '.join(open_[:10])}")
        for kind in Content:
            while not remove(kind, ids, why):
                pass
        with connection.cursor() as cursor:
            for statement in _STATEMENTS:
                cursor.execute(statement, [ids])
        IdempotencyKey.objects.filter(job__in=ids).delete()
        content_removed.send(sender=None, job_ids=ids, kind=EVERYTHING)
    return len(ids)
