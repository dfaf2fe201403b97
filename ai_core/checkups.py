"""Jobs, queues, processes, files and counts, as an operator asks about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection

from ai_core import tally
from ai_core.execution import registry
from ai_core.models import AIJobType, Artifact
from ai_core.prepared import from_json
from brands.findings import Finding, broken, fine, odd, thorough

SEEN = "30 seconds"
WAITS_SECONDS = 900
SKEW_SECONDS = 5
FILES_LOOKED_AT = 50

_SERVICES = f"""
SELECT kind, name, seen_at > clock_timestamp() - interval '{SEEN}', facts
FROM ai_core_serviceheartbeat ORDER BY kind, name
"""  # noqa: S608  (a constant of this module)
_QUEUES = """
SELECT q.name, q.is_paused, count(j.id),
  extract(epoch FROM clock_timestamp() - min(greatest(j.created_at, j.run_after)))
FROM ai_core_queue q LEFT JOIN ai_core_aijob j ON j.queue_id = q.id AND j.due
  AND j.lease_token IS NULL AND j.status IN ('pending', 'running')
GROUP BY 1, 2 ORDER BY 1
"""
_STUCK = """
SELECT count(*) FILTER (WHERE lease_expires_at < clock_timestamp() - interval '30 seconds'),
  count(*) FILTER (WHERE deadline_at < clock_timestamp() - interval '2 minutes'), count(*)
FROM ai_core_aijob WHERE lease_token IS NOT NULL
"""
_HIDDEN = """
SELECT count(*) FROM ai_core_aijob WHERE deleted_at < clock_timestamp() - interval '1 hour'
"""


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def processes() -> Iterator[Finding]:
    rows = _rows(_SERVICES)
    seen = [(kind, name, from_json(facts)) for kind, name, fresh, facts in rows if fresh]
    workers = [facts for kind, _name, facts in seen if kind == "worker"]
    sweepers = sum(kind == "sweeper" for kind, _name, _facts in seen)
    if workers:
        slots = sum(sum(facts.get("slots", {}).values()) for facts in workers)
        yield fine("workers", f"{len(workers)} seen in the last {SEEN}, with {slots} slots")
    else:
        yield broken(
            "workers",
            f"none was seen in the last {SEEN}: jobs wait",
            mend="start `manage.py worker`, and look at its log if it does not stay",
        )
    if sweepers:
        yield fine("sweepers", f"{sweepers} seen in the last {SEEN}")
    else:
        yield broken(
            "sweepers",
            f"none was seen in the last {SEEN}: jobs of lost workers are not taken back",
            mend="start `manage.py sweeper`; two on two machines are better than one",
        )
    for _kind, name, facts in seen:
        ahead = float(facts.get("clock_ahead", 0))
        if abs(ahead) > SKEW_SECONDS:
            yield odd(
                "clocks",
                f"the clock of {name} is {ahead:+.0f} s off the database's",
                mend="let that machine follow a time server (chrony, systemd-timesyncd)",
            )
    yield from _queues(workers)


def _queues(workers: list[dict[str, Any]]) -> Iterator[Finding]:
    for name, is_paused, waiting, oldest in _rows(_QUEUES):
        takers = sum(not facts.get("queues") or name in facts["queues"] for facts in workers)
        part = f"queue {name}"
        if is_paused:
            yield odd(part, f"paused, {waiting} jobs wait", mend="resume it in /ai/queue/")
        elif waiting and workers and not takers:
            yield odd(
                part,
                f"no worker takes its jobs, {waiting} wait",
                mend=f"start `manage.py worker --queues {name}`",
            )
        elif oldest is not None and oldest > WAITS_SECONDS:
            yield odd(
                part,
                f"{waiting} jobs could start, the oldest for {int(oldest) // 60} minutes",
                mend="add workers, raise its limit, or see in /ai/queue/ what holds them up",
            )
        else:
            yield fine(part, f"workers: {takers}, jobs that could start: {waiting}")


def leases() -> Iterator[Finding]:
    [(expired, overdue, held)] = _rows(_STUCK)
    if expired or overdue:
        yield broken(
            "leases",
            f"{expired} ran out and {overdue} passed their deadline, and nobody took them back",
            mend="look at the sweeper's log; it needs the database and no lock in its way",
        )
    else:
        yield fine("leases", f"{held} held, none is stuck")
    [(hidden,)] = _rows(_HIDDEN)
    if hidden:
        yield odd(
            "purge",
            f"{hidden} deleted jobs have waited for over an hour to be removed",
            mend="look at the sweeper's log; it removes 200 at a time",
        )


def job_types() -> Iterator[Finding]:
    """Jobs of a type whose code is gone wait for ever."""
    active = list(AIJobType.objects.filter(is_active=True))
    if not active:
        yield broken("job types", "there are none", mend="run `manage.py migrate`")
        return
    gone = [kind.name for kind in active if registry.executor_named(kind.executor) is None]
    if gone:
        yield odd(
            "job types",
            f"without code: {', '.join(gone)}",
            mend="install the app that brings them, or switch them off in the admin",
        )
    else:
        yield fine("job types", f"{len(active)} active, all have their code")


def files() -> Iterator[Finding]:
    newest = list(Artifact.objects.order_by("-id")[:FILES_LOOKED_AT])
    gone = [one for one in newest if not default_storage.exists(one.path)]
    if gone:
        yield broken(
            "artifacts",
            f"{len(gone)} of the newest {len(newest)} files are missing, like {gone[0].path}",
            mend="is MEGAHUB_DATA the folder (or the storage) of all machines? "
            "Else bring it back from a backup",
        )
    else:
        yield fine("artifacts", f"the newest {len(newest)} files are there")


@thorough
def counts() -> Iterator[Finding]:
    drifts = tally.drifts()
    if drifts:
        yield broken(
            "counts",
            f"{len(drifts)} differ from the jobs, like {drifts[0]}",
            mend="run `manage.py check_tallies --repair`",
        )
    else:
        yield fine("counts", "are those of the jobs")


CHECKUPS = [processes, leases, job_types, files, counts]
