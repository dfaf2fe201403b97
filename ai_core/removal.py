"""Takes content away from jobs that are over, and notes on them what is gone and why.

The job itself, its changes of status and everything that is money stay.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction

from ai_core.models.retention import Content
from ai_core.signals import content_removed

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 5000

_DATA = """
UPDATE ai_core_aijobdata SET {change}, removed = removed || %(note)s::jsonb
WHERE job_id = ANY (%(jobs)s) AND {has}
"""
_ROWS = """
WITH gone AS (
  DELETE FROM {table} WHERE id IN (
    SELECT id FROM {table} WHERE job_id = ANY (%(jobs)s){which} LIMIT %(most)s)
  RETURNING job_id, {path} AS path
), noted AS (
  UPDATE ai_core_aijobdata d SET removed = d.removed || %(note)s::jsonb
  FROM (SELECT DISTINCT job_id FROM gone) g WHERE d.job_id = g.job_id
)
SELECT path FROM gone
"""
_STATEMENTS = {
    Content.INPUTS: _DATA.format(
        change="input_data = '{}', checkpoint = NULL",
        has="(input_data <> '{}' OR checkpoint IS NOT NULL)",
    ),
    Content.RESULTS: _DATA.format(change="result_data = NULL", has="result_data IS NOT NULL"),
    Content.LOGS: _ROWS.format(table="ai_core_joblog", which="", path="NULL"),
    # Who moved the job where is its history, and what counts the claims.
    Content.EVENTS: _ROWS.format(
        table="ai_core_jobevent", which=" AND type NOT IN ('status', 'attempt')", path="NULL"
    ),
    Content.METRICS: _ROWS.format(table="ai_core_jobmetric", which="", path="NULL"),
    Content.ARTIFACTS: _ROWS.format(table="ai_core_artifact", which="", path="path"),
}


def remove(kind: Content | str, job_ids: Sequence[int], why: Mapping[str, Any]) -> bool:
    """Remove one kind of content; False when there were more rows than one batch takes.

    Call it in a transaction: files go after its commit, since a file without a row is found by
    nobody.
    """
    note = json.dumps({str(kind): dict(why)})
    values: dict[str, Any] = {"jobs": list(job_ids), "note": note, "most": ROWS_AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[Content(kind)], values)
        count = cursor.rowcount
        paths = [path for (path,) in cursor.fetchall()] if cursor.description else []
    files = [path for path in paths if path]
    if files:
        transaction.on_commit(lambda: delete_files(files))
    content_removed.send(sender=None, job_ids=list(job_ids), kind=str(kind))
    return count < ROWS_AT_ONCE or kind in (Content.INPUTS, Content.RESULTS)


def delete_files(paths: Iterable[str]) -> None:
    for path in paths:
        try:
            default_storage.delete(path)
        except OSError:
            log.warning("a file that no row names any more could not be deleted: %s", path)
