"""What belongs to every end of a job, whoever wrote it: its stages are closed, and it is told."""

from collections.abc import Sequence
from typing import Any

from ai_core import prepared
from ai_core.models import AIJob, AIJobData, AIJobType
from ai_core.signals import announce, job_finished
from brands.models import Brand

_JOB = prepared.Columns(AIJob, "j")
_TYPE = prepared.Columns(AIJobType, "t", only={"name", "executor", "category"})
_BRAND = prepared.Columns(Brand, "b")
_DATA = prepared.Columns(AIJobData, "d", only={"usage"})

_ENDED = f"""
WITH ended AS (
  UPDATE ai_core_jobstage s SET ended_at = clock_timestamp(),
    state = CASE WHEN j.status = 'completed' THEN 'completed' ELSE 'failed' END,
    progress = CASE WHEN j.status = 'completed' THEN 100 ELSE s.progress END
  FROM ai_core_aijob j
  WHERE s.job_id = j.id AND j.id = ANY (%s::bigint[]) AND s.state IN ('active', 'recovering')
)
SELECT {_JOB.sql}, {_TYPE.sql}, {_BRAND.sql}, {_DATA.sql}
FROM ai_core_aijob j
JOIN ai_core_aijobtype t ON t.id = j.job_type_id
JOIN brands_brand b ON b.id = j.brand_id
JOIN ai_core_aijobdata d ON d.job_id = j.id
WHERE j.id = ANY (%s::bigint[])
"""  # noqa: S608


def ended(ids: Sequence[int]) -> None:
    """Finish what surrounds jobs that have just ended; in the transaction of their transition."""
    if not ids:
        return
    rows = prepared.rows(_ENDED, [list(ids), list(ids)])
    announce(job_finished, [_job(row) for row in rows])


def _job(row: Sequence[Any]) -> AIJob:
    after_job = _JOB.count
    after_type = after_job + _TYPE.count
    after_brand = after_type + _BRAND.count
    job = _JOB.object(row[:after_job])
    job.job_type = _TYPE.object(row[after_job:after_type])
    job.brand = _BRAND.object(row[after_type:after_brand])
    job.data = _DATA.object(row[after_brand:])
    return job
