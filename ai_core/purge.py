"""Removes deleted jobs for good, with all that they left: events, logs, files."""

from django.db import connection, transaction
from django.db.models.functions import Now

from ai_core import tally
from ai_core.lifecycle import UNDO_WINDOW
from ai_core.models import (
    AIJob,
    AIJobData,
    Artifact,
    IdempotencyKey,
    JobEvent,
    JobLog,
    JobMetric,
    JobStage,
)
from ai_core.removal import delete_files
from ai_core.signals import announce, job_purged

BATCH = 200


def purge_deleted(limit: int = BATCH) -> int:
    """Purge jobs whose undo window has closed, a small batch at a time; return how many."""
    with transaction.atomic():
        jobs = list(
            AIJob.objects.filter(deleted_at__lt=Now() - UNDO_WINDOW)
            .order_by("deleted_at")
            .select_for_update(skip_locked=True)[:limit]
        )
        if not jobs:
            return 0
        ids = [job.pk for job in jobs]
        paths = list(Artifact.objects.filter(job__in=ids).values_list("path", flat=True))
        tally.take_out(ids)
        announce(job_purged, jobs)
        for model in (Artifact, IdempotencyKey, JobMetric, JobStage, JobLog, JobEvent, AIJobData):
            model._default_manager.filter(job__in=ids)._raw_delete(using="default")
        AIJob.objects.filter(origin__in=ids).update(origin=None)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ai_core_aijob WHERE id = ANY (%s)", [ids])
        # Files last: a file without a row is found by nobody, a row without a file by a user.
        transaction.on_commit(lambda: delete_files(paths))
    return len(ids)
