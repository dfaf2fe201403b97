"""How a job looks as JSON: the one path that list, detail, export and streams take.

PostgreSQL builds the text, so no model instance, no parsed input and no query per row stands
between a table and an answer. Whoever narrows to a brand passes the numbers that are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import orjson

from ai_core import prepared
from ai_core.actions import JobFacts
from ai_core.sections import CostColumn, Load, Section, cost_column, sections


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
    "removed": "d.removed",
}

_QUERY = """
SELECT j.id, row_to_json(shown)::text,
  j.status, t.executor, j.is_async, j.created_by_id, j.stop_requested, t.is_active, t.category{more}
FROM {wanted} AS wanted (id, place)
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
_THESE = "unnest(%s::bigint[]) WITH ORDINALITY"
_NEWEST = """(
  SELECT id, row_number() OVER (ORDER BY created_at DESC, id DESC) FROM (
    SELECT id, created_at FROM ai_core_aijob WHERE brand_id = %s AND deleted_at IS NULL
    ORDER BY created_at DESC, id DESC LIMIT {size}) few)"""
# The sums are read in the same snapshot as the rows.
_TOTAL = ", (SELECT sum(jobs)::bigint FROM ai_core_tally(%s))"
_CREATED = {name: sql for name, sql in _LIST.items() if name != "result_data"}
_ORIGIN = "LEFT JOIN ai_core_aijob o ON o.id = j.origin_id"


@cache
def _query(kind: str, cost: CostColumn | None, *, wanted: str = _THESE, more: str = "") -> str:
    fields = {"list": _LIST, "created": _CREATED, "detail": _LIST | _DETAIL}[kind]
    joins = [_ORIGIN] if kind == "detail" else []
    if cost is not None:
        fields = {**fields, "cost": cost.as_text()}
        joins.append(cost.joined_to("j.id"))
    columns = ",\n  ".join(f'{sql} AS "{name}"' for name, sql in fields.items())
    return _QUERY.format(columns=columns, joins="\n".join(joins), wanted=wanted, more=more)


class Row(NamedTuple):
    """A job as JSON text, and the facts that its available actions follow from."""

    id: int
    text: str
    facts: JobFacts
    category: str = ""

    def as_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.text)
        return found

    def plus(self, **more: Any) -> Row:
        return self._replace(text=_joined(self.text, more))


def rows(ids: Iterable[int]) -> list[Row]:
    """Return these jobs as a list shows them, in the order given; what is gone is left out."""
    return _with_sections(_fetch("list", ids), _in_lists())


def newest(brand_id: int, size: int) -> tuple[list[Row], int]:
    """Return a brand's newest jobs as a list shows them, and how many it has: one statement."""
    query = _query("list", cost_column(), wanted=_NEWEST.format(size=int(size)), more=_TOTAL)
    read = prepared.rows(query, [brand_id, brand_id])
    return _with_sections([_row(*row[:9]) for row in read], _in_lists()), read[0][9] if read else 0


def details(ids: Iterable[int]) -> list[Row]:
    """Return these jobs with all that is known of them."""
    return _with_sections(_fetch("detail", ids), [(one, one.load) for one in sections()])


def created(ids: Iterable[int]) -> list[Row]:
    """Return jobs as the answer to the call that made them: there is no result yet."""
    loads = [(one, one.when_created) for one in sections() if one.when_created]
    return _with_sections(_fetch("created", ids), loads)


def joined(found: Iterable[Row]) -> str:
    """Write a JSON list of rows."""
    return "[" + ",".join(row.text for row in found) + "]"


def _in_lists() -> list[tuple[Section, Load]]:
    return [(one, one.load) for one in sections() if one.in_lists]


def _fetch(kind: str, ids: Iterable[int]) -> list[Row]:
    wanted = list(ids)
    if not wanted:
        return []
    return [_row(*row) for row in prepared.rows(_query(kind, cost_column()), [wanted])]


def _row(number: int, text: str, *facts: Any) -> Row:
    *known, category = facts
    return Row(number, text, JobFacts(**dict(zip(_FACTS, known, strict=True))), category)


_FACTS = ("status", "executor", "is_async", "created_by", "stop_requested", "type_is_active")


def _with_sections(found: list[Row], loads: Iterable[tuple[Section, Load]]) -> list[Row]:
    """Add what the extensions say: one query each for all the rows that it concerns."""
    extra: dict[int, dict[str, Any]] = {}
    for section, load in loads:
        if concerned := [row.id for row in found if section.concerns(row.category)]:
            for number, body in load(concerned).items():
                extra.setdefault(number, {})[section.name] = body
    return [row.plus(**extra[row.id]) if row.id in extra else row for row in found]


def _joined(text: str, more: Mapping[str, Any]) -> str:
    """Append keys to a JSON object without parsing it."""
    return text[:-1] + "," + json_text(more)[1:] if more else text


def json_text(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z).decode()
