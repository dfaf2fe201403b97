"""Which jobs a restored hub no longer knows, as far as anybody else remembers them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import connection

JOB_ID = re.compile(r"\bai_job_[a-z2-7]{26}\b")


def in_logs(paths: Iterable[Path]) -> dict[str, str]:
    """Every job that a log names, with the first line that does."""
    found: dict[str, str] = {}
    for path in paths:
        with path.open(errors="replace") as lines:
            for line in lines:
                for job_id in JOB_ID.findall(line):
                    found.setdefault(job_id, line.strip()[:200])
    return found


def in_files(root: Path) -> set[str]:
    """Every job that has a folder of files: they may have outlived the database."""
    return {path.name for path in root.glob("*/*") if JOB_ID.fullmatch(path.name)}


def unknown(job_ids: Iterable[str]) -> Iterator[str]:
    wanted = sorted(job_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT w.job_id FROM unnest(%s::text[]) AS w(job_id)
               LEFT JOIN ai_core_aijob j USING (job_id) WHERE j.id IS NULL ORDER BY 1""",
            [wanted],
        )
        yield from (job_id for (job_id,) in cursor.fetchall())
