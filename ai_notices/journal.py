"""Reads the journal of jobs, and writes what is to be told of it into the outbox.

The journal is written by the database itself, in the transaction of each transition: nothing that
happened can be missing in it, and a job that nobody wants to hear of pays nothing at all. One
reader at a time goes on from the bookmark, as far as the journal is complete (`horizon`); the
messages and the bookmark move in one transaction, so nothing is left out and nothing said twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from ai_core import horizon
from ai_core.models import AIJob
from ai_notices import kinds, outbox, payload, recipients
from ai_notices.models import Bookmark, Message, Preference
from ai_notices.outbox import Post

AT_ONCE = 500
STALE = timedelta(days=3)  # what is found later is no news any more

_FIND = """
SELECT e.id, e.job_id, e.at, e.type, e.new_status, e.attempt, e.message, e.payload, e.actor_id
FROM ai_core_jobevent e
WHERE e.id > %s AND e.id <= %s AND e.at > %s AND (
  (e.type = 'status' AND e.new_status = ANY (%s))
  OR (e.type = 'warning' AND e.payload ? 'guard_rail')
  OR (e.type = 'status' AND e.new_status = ANY (%s)
      AND EXISTS (SELECT FROM ai_notices_watch w WHERE w.job_id = e.job_id)))
ORDER BY e.id LIMIT %s
"""


class Event(NamedTuple):
    id: int
    job_id: int
    at: datetime
    type: str
    new_status: str
    attempt: int
    message: str
    payload: dict[str, Any]
    actor_id: int | None

    @property
    def kind(self) -> str:
        if self.type == "status":
            return kinds.BY_STATUS[self.new_status]
        return kinds.BY_GUARD_RAIL.get(self.payload.get("guard_rail", ""), "job.warning")


def read_on() -> bool:
    """Read what is new; True: there is more. Somebody else reads: nothing to do."""
    with transaction.atomic():
        mark = Bookmark.objects.select_for_update(skip_locked=True).first()
        if mark is None:
            _first_mark()
            return False
        until = horizon.safe("event")
        if until <= mark.event:
            return False
        events = _find(mark.event, until)
        _tell(events)
        full = len(events) == AT_ONCE
        mark.event = events[-1].id if full else until
        mark.save(update_fields=["event"])
    return full


def _first_mark() -> None:
    """Begin at the beginning, where nobody holds the bookmark and there is none.

    What was told before is told by the same keys: it is written once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ai_notices_bookmark (event)"
            " SELECT 0 WHERE NOT EXISTS (SELECT FROM ai_notices_bookmark)"
        )


def skip_to_the_end() -> None:
    """What stands in the journal by now is no news (the demo's story)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ai_notices_bookmark SET event = greatest(event,"
            " (SELECT coalesce(max(id), 0) FROM ai_core_jobevent))"
        )


def _find(after: int, until: int) -> list[Event]:
    wanted = _wanted_kinds()
    statuses = [status for status, kind in kinds.BY_STATUS.items() if kind in wanted]
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            [after, until, datetime.now(UTC) - STALE, statuses, list(kinds.BY_STATUS), AT_ONCE],
        )
        return [Event._make([*row[:7], _object(row[7]), row[8]]) for row in cursor.fetchall()]


def _object(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else {}


def _wanted_kinds() -> set[str]:
    """What anybody wants to hear of at all: the rest of the journal is passed over."""
    wanted = set(kinds.usual_for_mail())
    for hooks in outbox.listening().values():
        for hook in hooks:
            wanted |= set(hook.kinds)
    for chosen in Preference.objects.values_list("mail_kinds", flat=True):
        wanted |= set(chosen)
    return wanted


def _tell(events: Sequence[Event]) -> None:
    if not events:
        return
    numbers = {event.job_id for event in events}
    jobs = AIJob.objects.select_related("job_type", "brand", "created_by").in_bulk(numbers)
    watches = recipients.watches_of(list(numbers))
    people = {job.created_by_id for job in jobs.values() if job.created_by_id}
    people |= {user for chosen in watches.values() for user in chosen}
    readers = recipients.Readers.of(people)
    hooks = outbox.listening()
    posts = []
    for event in events:
        job = jobs.get(event.job_id)
        if job is None:
            continue
        told_to = recipients.of_job(
            event.kind,
            job,
            actor=event.actor_id,
            watches=watches.get(job.pk, {}),
            readers=readers,
        )
        posts.append((event, job, told_to))
    _write(posts, hooks)


def _write(found: Sequence[tuple[Event, AIJob, list[int]]], hooks: Any) -> None:
    posts = [
        (event, job, outbox.wanting(hooks, brand_id=job.brand_id, kind=event.kind), people)
        for event, job, people in found
    ]
    posts = [one for one in posts if one[2] or one[3]]
    facts = payload.of_jobs({job.pk: job for _event, job, _hooks, _people in posts})
    outbox.write(
        [
            Post(message=_message(event, job, facts[job.pk]), webhooks=webhooks, people=people)
            for event, job, webhooks, people in posts
        ]
    )


def _message(event: Event, job: AIJob, facts: dict[str, Any]) -> Message:
    return Message(
        brand_id=job.brand_id,
        kind=event.kind,
        key=f"event-{event.id}",
        at=event.at,
        job_number=job.pk,
        facts={**facts, **_of_event(event, job)},
    )


def _of_event(event: Event, job: AIJob) -> dict[str, Any]:
    """As it was then, whatever has become of the job since."""
    said = event.message[: payload.LONGEST_MESSAGE]
    if event.type == "warning":
        return {
            "status": job.status,
            "attempt": event.attempt,
            "warning": {
                "guard_rail": event.payload.get("guard_rail", ""),
                "action": event.payload.get("action", ""),
                "message": said,
            },
        }
    failed = event.kind in ("job.failed", "job.timeout")
    more: dict[str, Any] = {
        "status": event.new_status,
        "attempt": event.attempt,
        "error_code": event.payload.get("error_code", "") if failed else "",
        "failure_class": event.payload.get("failure_class", "") if failed else "",
        "error_message": said if failed else "",
    }
    if event.kind == "job.cancelled":
        more["cancel_reason"] = said
    if event.kind not in kinds.FINAL_KINDS:
        more |= {"completed_at": None, "cost": None}
    return more
