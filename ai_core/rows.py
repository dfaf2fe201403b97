"""How a job looks as JSON: the one path that list, detail, export and streams take.

PostgreSQL builds the text, so no model instance, no parsed input and no query per row stands
between a table and an answer. Whoever narrows to a brand passes the numbers that are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from ai_core import prepared
from ai_core.actions import JobFacts
from ai_core.sections import Load, cost_column, money, sections


def _time(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


# Key → SQL. The order is the order of the answer; the seed's fields come first.
_LIST = {
    "id": "j.id",
    "job_id": "j.job_id",
    "job_type": "json_build_object('id', t.id, 'name', t.name, 'category', t.category)",
    "status": "j.status",
    "priority": "(ARRAY['low', 'normal', 'high', 'urgent'])[j.priority + 1]",
    "progress_percentage": "j.progress_percentage",
    "brand": "json_build_object('id', b.id, 'name', b.name)",
    "created_by": "CASE WHEN u.id IS NOT NULL"
    " THEN json_build_object('id', u.id, 'username', u.username) END",
    "created_at": _time("j.created_at"),
    "started_at": _time("j.started_at"),
    "completed_at": _time("j.completed_at"),
    "description": "j.description",
    "input_data": "d.input_data",
    "result_data": "d.result_data",
    "error_message": "j.error_message",
    "is_async": "j.is_async",
    "task_id": "j.task_id",
    # Pauses and waits between attempts are no execution.
    "execution_time_seconds": "CASE WHEN j.started_at IS NOT NULL THEN trim_scale(round(("
    "j.active_seconds + coalesce(extract(epoch FROM clock_timestamp() - j.active_since), 0)"
    ")::numeric, 3)) END",
    "queue": "q.name",
    "tags": "j.tags",
    "release": "CASE WHEN r.id IS NOT NULL THEN json_build_object('id', r.id, 'name', r.name) END",
    "error_code": "j.error_code",
    "failure_class": "j.failure_class",
    "updated_at": _time("j.updated_at"),
}
_DETAIL = {
    "stage": "j.stage",
    "substatus": "j.substatus",
    "stages": f"""(SELECT coalesce(json_agg(json_build_object(
      'name', s.name, 'state', s.state, 'substatus', s.substatus, 'progress', s.progress,
      'started_at', {_time("s.started_at")}, 'ended_at', {_time("s.ended_at")},
      'seconds', trim_scale(round(extract(epoch FROM
        coalesce(s.ended_at, clock_timestamp()) - s.started_at), 3))
      ) ORDER BY s.position), '[]') FROM ai_core_jobstage s WHERE s.job_id = j.id)""",  # noqa: S608
    "run_after": _time("j.run_after"),
    "timeout_seconds": "j.timeout_seconds",
    "attempt": "j.attempt",
    "failures": "j.failures",
    "losses": "j.losses",
    "stop_requested": "j.stop_requested",
    "checkpoint_at": _time("j.checkpoint_at"),
    "origin": "CASE WHEN o.id IS NOT NULL"
    " THEN json_build_object('id', o.id, 'job_id', o.job_id, 'kind', j.origin_kind) END",
    "cancel_reason": "j.cancel_reason",
    "cancel_notes": "d.cancel_notes",
}

_QUERY = """
SELECT j.id, row_to_json(shown)::text,
  j.status, t.executor, j.is_async, j.created_by_id, j.stop_requested, t.is_active
FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place)
JOIN ai_core_aijob j ON j.id = wanted.id
JOIN ai_core_aijobdata d ON d.job_id = j.id
JOIN ai_core_aijobtype t ON t.id = j.job_type_id
JOIN ai_core_queue q ON q.id = j.queue_id
JOIN brands_brand b ON b.id = j.brand_id
LEFT JOIN auth_user u ON u.id = j.created_by_id
LEFT JOIN ai_core_release r ON r.id = j.release_id
{joins}
CROSS JOIN LATERAL (SELECT {columns}) shown
ORDER BY wanted.place
"""


def _query(fields: Mapping[str, str], joins: str = "") -> str:
    columns = ",\n  ".join(f'{sql} AS "{name}"' for name, sql in fields.items())
    return _QUERY.format(columns=columns, joins=joins)


_LIST_QUERY = _query(_LIST)
_CREATED_QUERY = _query({name: sql for name, sql in _LIST.items() if name != "result_data"})
_DETAIL_QUERY = _query(_LIST | _DETAIL, "LEFT JOIN ai_core_aijob o ON o.id = j.origin_id")


class Row(NamedTuple):
    """A job as JSON text, and the facts that its available actions follow from."""

    id: int
    text: str
    facts: JobFacts

    def as_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.text)
        return found

    def plus(self, **more: Any) -> Row:
        return self._replace(text=_joined(self.text, more))


def rows(ids: Iterable[int]) -> list[Row]:
    """Return these jobs as a list shows them, in the order given; what is gone is left out."""
    loads = {one.name: one.load for one in sections() if one.in_lists}
    return _with_sections(_fetch(_LIST_QUERY, ids), loads)


def details(ids: Iterable[int]) -> list[Row]:
    """Return these jobs with all that is known of them."""
    loads = {one.name: one.load for one in sections()}
    return _with_sections(_fetch(_DETAIL_QUERY, ids), loads)


def created(ids: Iterable[int]) -> list[Row]:
    """Return jobs as the answer to the call that made them: there is no result yet."""
    loads = {one.name: one.when_created for one in sections() if one.when_created}
    return _with_sections(_fetch(_CREATED_QUERY, ids), loads)


def joined(found: Iterable[Row]) -> str:
    """Write a JSON list of rows."""
    return "[" + ",".join(row.text for row in found) + "]"


def _fetch(query: str, ids: Iterable[int]) -> list[Row]:
    wanted = list(ids)
    if not wanted:
        return []
    return [
        Row(
            row[0],
            row[1],
            JobFacts(
                status=row[2],
                executor=row[3],
                is_async=row[4],
                created_by=row[5],
                stop_requested=row[6],
                type_is_active=row[7],
            ),
        )
        for row in prepared.rows(query, [wanted])
    ]


def _with_sections(found: list[Row], loads: Mapping[str, Load]) -> list[Row]:
    """Add what the extensions say: one query each for all rows, and one for what they cost."""
    if not found:
        return found
    ids = [row.id for row in found]
    extra: dict[int, dict[str, Any]] = {number: {} for number in ids}
    if (column := cost_column()) is not None:
        costs = column.of_jobs(ids)
        for number in ids:
            extra[number]["cost"] = money(costs.get(number))
    for name, load in loads.items():
        for number, body in load(ids).items():
            extra[number][name] = body
    return [row.plus(**extra[row.id]) if extra[row.id] else row for row in found]


def _joined(text: str, more: Mapping[str, Any]) -> str:
    """Append keys to a JSON object without parsing it."""
    return text[:-1] + "," + json_text(more)[1:] if more else text


def json_text(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z).decode()
