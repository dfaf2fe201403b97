"""Looks for words in every text of every table and in every file: what is found is not erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from ai_core.prepared import from_json

LEAST = 12  # shorter texts of a job are found by chance in others
MOST_WORDS = 200
BLOCK = 1 << 20
_COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
  AND table_name <> 'brands_auditentry'
  AND (data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY'))
ORDER BY 1, 2
"""


def texts_of(job_ids: Sequence[int]) -> list[str]:
    """What is particular to these jobs, read before they are erased."""
    found: dict[str, None] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT to_jsonb(ARRAY[j.description, j.error_message, d.cancel_notes]),
                 d.input_data, d.result_data, d.checkpoint,
                 (SELECT jsonb_agg(l.message) FROM (SELECT message FROM ai_core_joblog
                    WHERE job_id = j.id ORDER BY length(message) DESC LIMIT 20) l)
               FROM ai_core_aijob j JOIN ai_core_aijobdata d ON d.job_id = j.id
               WHERE j.id = ANY (%s)""",
            [list(job_ids)],
        )
        for row in cursor.fetchall():
            for value in row:
                for text in _leaves(from_json(value)):
                    found.setdefault(text)
    return sorted(found, key=len, reverse=True)[:MOST_WORDS]


def _leaves(value: Any) -> Iterator[str]:
    """Texts long enough to be one's own; of a long one, a piece of its middle."""
    if isinstance(value, str):
        plain = max(value.splitlines(), key=len, default="")
        if len(plain) >= LEAST and not plain.isdigit():
            middle = max(0, len(plain) // 2 - 40)
            yield plain[middle : middle + 80]
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)


def found_in_tables(words: Sequence[str]) -> Iterator[str]:
    """Name every column where one of the words still stands, with how many rows.

    The audit trail is left out: what others did to somebody stays there until it is too old, and
    the database lets nobody change it; what they did themselves has lost their name.
    """
    patterns = [f"%{_escaped(word)}%" for word in words]
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, column in cursor.fetchall() if patterns else []:
            name = f'"{column}"::text'
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE {name} ILIKE ANY (%s)',  # noqa: S608
                [patterns],
            )
            (count,) = cursor.fetchone()
            if count:
                yield f"{table}.{column}: {count} rows"


def found_in_files(words: Sequence[str]) -> Iterator[str]:
    root = Path(settings.MEDIA_ROOT)
    needles = [word.encode() for word in words]
    for path in sorted(root.rglob("*")) if needles and root.is_dir() else []:
        if path.is_file() and _holds(path, needles):
            yield str(path)


def _holds(path: Path, needles: Sequence[bytes]) -> bool:
    overlap = max(map(len, needles))
    rest = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            rest = rest[-overlap:] + block
            if any(needle in rest for needle in needles):
                return True
    return False


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
