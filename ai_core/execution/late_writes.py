"""Writes that cannot wait for the journal: money and checkpoints. Fenced by the token, too."""

import json
from typing import Any

from django.db import connection, transaction

from ai_core.errors import LeaseLost
from ai_core.execution.journal import LATE_GRACE
from ai_core.execution.outcomes import Claimed
from ai_core.models import AIJob
from ai_core.signals import announce, job_used
from ai_core.statuses import FINAL

_USAGE = """
WITH mine AS (
  -- Waits for an end that is being written: its bill has this entry, or we see the end.
  SELECT j.id, j.status FROM ai_core_aijob j
  WHERE j.id = %s AND (
    j.lease_token = %s
    OR (j.last_token = %s AND j.lease_token IS NULL
        AND (j.completed_at IS NULL
             OR j.completed_at > clock_timestamp() - make_interval(secs => %s))))
  FOR SHARE)
UPDATE ai_core_aijobdata d SET usage = d.usage || %s::jsonb
FROM mine WHERE d.job_id = mine.id
RETURNING mine.status
"""

_CHECKPOINT = """
WITH fenced AS (
  UPDATE ai_core_aijob SET checkpoint_at = clock_timestamp()
  WHERE id = %s AND lease_token = %s RETURNING id)
UPDATE ai_core_aijobdata d SET checkpoint = %s::jsonb FROM fenced WHERE d.job_id = fenced.id
RETURNING d.job_id
"""


def add_usage(claimed: Claimed, facts: dict[str, Any]) -> None:
    """Note what this attempt has used; it is charged even when the job was cancelled meanwhile."""
    entry = json.dumps([{**facts, "attempt": claimed.attempt}])
    with transaction.atomic(), connection.cursor() as cursor:
        token = claimed.token
        cursor.execute(_USAGE, [claimed.id, token, token, LATE_GRACE, entry])
        row = cursor.fetchone()
        if row is None:
            raise LeaseLost(f"{claimed.job_id}: usage of attempt {claimed.attempt} came too late")
        if row[0] in FINAL and job_used.receivers:
            jobs = AIJob.objects.filter(pk=claimed.id).select_related("job_type", "brand", "data")
            announce(job_used, list(jobs))


def set_checkpoint(claimed: Claimed, data: Any) -> None:
    """Save where to go on from; only the attempt that holds the lease may."""
    with connection.cursor() as cursor:
        cursor.execute(_CHECKPOINT, [claimed.id, claimed.token, json.dumps(data)])
        if cursor.fetchone() is None:
            raise LeaseLost(f"{claimed.job_id}: attempt {claimed.attempt} no longer counts")
