"""What belongs to every end of a job, whoever wrote it: its stages are closed, and it is told."""

from collections.abc import Sequence

from django.db import connection

from ai_core.models import AIJob
from ai_core.signals import announce, job_finished

_STAGES_END = """
UPDATE ai_core_jobstage s SET ended_at = clock_timestamp(),
  state = CASE WHEN j.status = 'completed' THEN 'completed' ELSE 'failed' END,
  progress = CASE WHEN j.status = 'completed' THEN 100 ELSE s.progress END
FROM ai_core_aijob j
WHERE s.job_id = j.id AND j.id = ANY (%s::bigint[]) AND s.state IN ('active', 'recovering')
"""


def ended(ids: Sequence[int]) -> None:
    """Finish what surrounds jobs that have just ended; in the transaction of their transition."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STAGES_END, [list(ids)])
    if job_finished.receivers:
        announce(
            job_finished,
            list(AIJob.objects.filter(pk__in=ids).select_related("job_type", "brand", "data")),
        )
