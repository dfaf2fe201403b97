"""What belongs to every end of a job, whoever wrote it: its stages are closed, and it is told."""

from collections.abc import Iterable, Sequence
from typing import Any

from ai_core import prepared
from ai_core.models import AIJob, AIJobData, AIJobType
from ai_core.signals import announce, job_finished
from brands.models import Brand

_TYPE = prepared.Columns(AIJobType, "t", only={"name", "executor", "category"})
_BRAND = prepared.Columns(Brand, "b")


class EndedJobs:
    """Jobs that are over, with their type, brand and usage, read from a statement's rows.

    The statement names them `t` and `b`, and says how it calls the job and the usage.
    """

    def __init__(self, job: str, usage: str) -> None:
        self._job = prepared.Columns(AIJob, job)
        self.sql = f"{self._job.sql}, {usage}, {_TYPE.sql}, {_BRAND.sql}"
        self.count = self._job.count + 1 + _TYPE.count + _BRAND.count

    def jobs(self, rows: Iterable[Sequence[Any]]) -> list[AIJob]:
        kinds: dict[int, AIJobType] = {}
        brands: dict[int, Brand] = {}
        after_usage = self._job.count + 1
        after_type = after_usage + _TYPE.count
        found = []
        for row in rows:
            job = self._job.object(row[: self._job.count])
            # Jobs that end together are mostly of few types and brands: these are read once.
            if (kind := kinds.get(job.job_type_id)) is None:
                kind = kinds[job.job_type_id] = _TYPE.object(row[after_usage:after_type])
            if (brand := brands.get(job.brand_id)) is None:
                brand = brands[job.brand_id] = _BRAND.object(row[after_type:])
            job.job_type, job.brand = kind, brand
            job.data = prepared.made(
                AIJobData, job_id=job.pk, usage=prepared.from_json(row[self._job.count])
            )
            found.append(job)
        return found


_THESE = EndedJobs("j", "d.usage")

_ENDED = f"""
WITH ended AS (
  UPDATE ai_core_jobstage s SET ended_at = clock_timestamp(),
    state = CASE WHEN j.status = 'completed' THEN 'completed' ELSE 'failed' END,
    progress = CASE WHEN j.status = 'completed' THEN 100 ELSE s.progress END
  FROM ai_core_aijob j
  WHERE s.job_id = j.id AND j.id = ANY (%s::bigint[]) AND s.state IN ('active', 'recovering')
)
SELECT {_THESE.sql}
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
    announce(job_finished, _THESE.jobs(rows))
