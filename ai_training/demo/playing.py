"""Makes demo jobs out of recorded runs: the same calls, by the same way into the database."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ai_core import artifacts
from ai_core.execution import statements
from ai_core.execution.attempts import Attempt, AttemptContext
from ai_core.execution.journal import Journal
from ai_core.execution.outcomes import Claimed, completed
from ai_core.models import AIJob, JobEvent
from ai_core.models.records import EventType
from ai_training.builtin.example import ExampleTraining
from ai_training.demo.recording import DATA
from ai_training.models import Checkpoint, CostSegment, TrainingRun

_LINES = (
    "UPDATE ai_core_joblog t SET at = x.at FROM {list} WHERE t.job_id = %s AND t.number = x.key"
)
_POINTS = (
    "UPDATE ai_core_jobmetric t SET at = x.at FROM {list} WHERE t.job_id = %s AND t.step = x.key"
)
_STAGES = (
    "UPDATE ai_core_jobstage t SET started_at = x.begun, ended_at = x.ended"
    " FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS x(name, begun, ended)"
    " WHERE t.job_id = %s AND t.name = x.name"
)
_LIST = "unnest(%s::bigint[], %s::timestamptz[]) AS x(key, at)"


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress((DATA / f"{name}.json.gz").read_bytes()))
    return found


def play(job: AIJob, run: dict[str, Any]) -> bool:
    """Let a pending job say what the recorded run has said, and complete it."""
    claims = statements.claim(
        job.queue_id, types=[job.job_type_id], want=1, worker="demo", only_job=job.pk
    )
    if not claims:
        return False  # its queue is full or paused: it waits like any other
    journal = Journal()
    attempt = Attempt(claims[0], kind=job.job_type, executor=ExampleTraining(), journal=journal)
    ctx = AttemptContext(attempt)
    for _seconds, word, arguments, named in run["said"]:
        if word == "artifact":
            artifacts.store_for(claims[0], arguments[0], arguments[1], **named)
        else:
            getattr(ctx, word)(*arguments, **named)
    journal.flush()
    _settle(claims[0], run)
    attempt.clean_up()
    return True


def _settle(claimed: Claimed, run: dict[str, Any]) -> None:
    """Its clock shows the seconds that it really took."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ai_core_aijob SET active_since = active_since - make_interval(secs => %s),"
            " started_at = started_at - make_interval(secs => %s),"
            " created_at = created_at - make_interval(secs => %s) WHERE id = %s",
            [run["seconds"]] * 3 + [claimed.id],
        )
    statements.settle([completed(claimed, run["result"])])


def spread(job: AIJob, run: dict[str, Any]) -> None:
    """Give each line, point and stage the moment at which it was said."""
    job.refresh_from_db()
    start = job.started_at
    if start is None:
        return
    lines, points = _moments(run, start)
    _spread_events(job, run, start)
    with connection.cursor() as cursor:
        for statement, moments in ((_LINES, lines), (_POINTS, points)):
            keys, at = list(moments), list(moments.values())
            cursor.execute(statement.format(list=_LIST), [keys, at, job.pk])
        begun = [
            (said[0], start + timedelta(seconds=seconds))
            for seconds, word, said, _named in run["said"]
            if word == "stage"
        ]
        names, at = [name for name, _at in begun], [at for _name, at in begun]
        ends = [*at[1:], start + timedelta(seconds=run["seconds"])]
        cursor.execute(_STAGES, [names, at, ends, job.pk])
    CostSegment.objects.filter(job=job).update(started_at=start, ended_at=job.completed_at)
    TrainingRun.objects.filter(pk=job.pk).update(last_report_at=job.completed_at)
    for one in Checkpoint.objects.filter(job=job):
        one.created_at = points.get(one.step, start)
        one.save(update_fields=["created_at"])


def _spread_events(job: AIJob, run: dict[str, Any], start: datetime) -> None:
    """Its own events at their moments; those of its birth and its beginning at theirs."""
    said = [start + timedelta(seconds=one[0]) for one in run["said"] if one[1] == "event"]
    events = JobEvent.objects.filter(job=job).order_by("pk")
    for event, at in zip(events.exclude(type=EventType.STATUS), said, strict=False):
        JobEvent.objects.filter(pk=event.pk).update(at=at)
    for status, moment in (("pending", job.created_at), ("running", start)):
        events.filter(type=EventType.STATUS, new_status=status).update(at=moment)


def _moments(
    run: dict[str, Any], start: datetime
) -> tuple[dict[int, datetime], dict[int, datetime]]:
    lines: dict[int, datetime] = {}
    points: dict[int, datetime] = {}
    for seconds, word, arguments, _named in run["said"]:
        at = start + timedelta(seconds=seconds)
        if word == "log":
            lines[len(lines) + 1] = at
        elif word == "metric":
            points[int(arguments[0])] = at
    return lines, points
