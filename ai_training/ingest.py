"""Writes reports down: all that has gathered for one run, in one transaction, in their order.

The job's row is locked first, so reports of a run follow one another whichever process took them.
What is written goes through the core's own statements, fenced by the lease of the attempt. When
this returns, it is in PostgreSQL: nothing that was answered with 2xx can be lost.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction

from ai_core import artifacts, lifecycle, notices, prepared
from ai_core.errors import LeaseLost
from ai_core.execution import late_writes, outcomes, statements
from ai_core.execution.attempts import LEVELS
from ai_core.execution.journal import LATE_GRACE, Pages
from ai_core.execution.journal_sql import statements as journal_statements
from ai_core.execution.outcomes import Claimed, Outcome
from ai_core.execution.texts import clean, short
from ai_core.models import AIJob, JobEvent
from ai_core.models.records import EventType
from ai_core.statuses import FINAL, FailureClass, JobStatus
from ai_training import costs, guards, holding, levels, standings
from ai_training.errors import RunNotStarted
from ai_training.models import TrainingRun
from ai_training.reports import Ending, Event, Report
from brands import strict_json

RESULT_METRICS = 50
SEQUENCES = [
    "last_report_at", "last_sequence", "stage_sequence", "status_sequence", "log_lines",
    "level_until",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the sender is told: whether it was new, and what whoever computes is to do now."""

    duplicate: bool
    status: str
    stop: str
    attempt: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "accepted": True,
            "duplicate": self.duplicate,
            "status": self.status,
            "stop": self.stop,
            "attempt": self.attempt,
        }


def write(job_pk: int, reports: Sequence[Report]) -> list[Receipt]:
    """Write these reports of one run; those that came before change nothing."""
    stored: list[str] = []
    try:
        return _written(job_pk, reports, stored)
    except BaseException:
        for path in stored:  # no row tells of them any more
            default_storage.delete(path)
        raise


def _written(job_pk: int, reports: Sequence[Report], stored: list[str]) -> list[Receipt]:
    with transaction.atomic():
        job = AIJob.objects.select_for_update(no_key=True).get(pk=job_pk)
        run = TrainingRun.objects.select_for_update(no_key=True).get(pk=job_pk)
        if job.status == JobStatus.DRAFT:
            raise RunNotStarted(current_status=job.status)
        new = _unseen(job, reports)
        fresh = sorted(
            (one for one in reports if id(one) in new),
            key=lambda one: (one.sequence is None, one.sequence or 0),
        )
        if fresh:
            _Writing(run, job, stored).all_of(fresh)
        answer = holding.facts(job)
        return [Receipt(duplicate=id(one) not in new, **answer) for one in reports]


_SEEN = """
INSERT INTO ai_training_delivery (job_id, message_id, sequence, received_at)
SELECT %s, x.id, x.sequence, clock_timestamp()
FROM unnest(%s::text[], %s::bigint[]) AS x(id, sequence)
ON CONFLICT DO NOTHING RETURNING message_id
"""


def _unseen(job: AIJob, reports: Sequence[Report]) -> set[int]:
    """Note the deliveries; return the `id()` of those reports that are new."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SEEN, [job.pk, [r.message_id for r in reports], [r.sequence for r in reports]]
        )
        noted = {row[0] for row in cursor.fetchall()}
    first: dict[str, int] = {}
    for one in reports:
        first.setdefault(one.message_id, id(one))
    return {number for message_id, number in first.items() if message_id in noted}


class _Writing:
    """One transaction's worth of reports about one run."""

    def __init__(self, run: TrainingRun, job: AIJob, stored: list[str]) -> None:
        self.run, self.job, self.stored = run, job, stored
        self.now = datetime.now(UTC)
        self.standing = standings.Standing(run)
        self.highest = run.last_sequence

    def all_of(self, reports: Sequence[Report]) -> None:
        job, run = self.job, self.run
        kinds: list[str] = []
        for claimed, together in self._by_attempt(reports):
            if job.status in FINAL:
                self._late(together, claimed)
                kinds.append("event")
                continue
            pages = self._pages(claimed, together)
            kinds += pages.kinds()
            self._write(pages)
            if pages.metrics:
                levels.stale(run, min(pages.metrics))
            self._checkpoints(claimed, together)
            self._files(claimed, together)
            self._end(claimed, together)
        run.last_report_at = self.now
        self.standing.save(extra=SEQUENCES)
        if job.status not in FINAL:
            segments = costs.sync(run, job)
            guards.look(run, job, segments=segments, nan_step=self.standing.nan_step)
            self._renew()
        transaction.on_commit(
            lambda: notices.publish(brand_id=job.brand_id, job_id=job.pk, kinds=kinds), robust=True
        )

    def _by_attempt(self, reports: Sequence[Report]) -> list[tuple[Claimed, list[Report]]]:
        """Group by who speaks; nearly always it is one attempt. Refusals are raised here."""
        found: list[tuple[Claimed, list[Report]]] = []
        for one in reports:
            claimed = holding.standing(
                self.job,
                lease=one.lease,
                holder=one.holder,
                lease_seconds=self.run.lease_seconds,
            )
            if found and found[-1][0].token == claimed.token:
                found[-1][1].append(one)
            else:
                found.append((claimed, [one]))
        return found

    # ------------------------------------------------------------------ what is said
    def _pages(self, claimed: Claimed, reports: Sequence[Report], *, past: bool = False) -> Pages:
        pages = Pages(claimed)
        for one in reports:
            self._note(one.sequence)
            for said in one.lines:
                self.run.log_lines += 1
                level = said.level if said.level in LEVELS else "info"
                during = pages.stage or self.job.stage
                text = clean(said.message)
                pages.lines.append((self.run.log_lines, self.now, level, during, text))
            for point in one.points:
                self._point(pages, point)
            for event in one.events:
                pages.events.append(
                    (event.type, clean(event.message), _json(event), self.now),
                )
            if not past and one.progress is not None:
                self.standing.progress(one.progress)
                if one.progress.substatus is not None:
                    pages.substatus = short(one.progress.substatus, 200)
            if not past and one.stages and self._newest("stage_sequence", one.sequence):
                for stage in one.stages:
                    name, substatus = short(stage.name, 40), short(stage.substatus, 200)
                    pages.stage, pages.substatus = name, substatus
                    pages.stages.append((name, substatus, self.now))
        if not past:
            pages.progress = self.standing.percent(reports)
        return pages

    def _point(self, pages: Pages, point: Any) -> None:
        self.standing.point(point)
        values = {short(name, 100): value for name, value in point.values.items()}
        before = pages.metrics.get(point.step)
        epoch = point.epoch if point.epoch is not None else before[0] if before else None
        merged = {**before[2], **values} if before else values
        pages.metrics[point.step] = (epoch, self.now, merged)

    def _note(self, sequence: int | None) -> None:
        if sequence is not None:
            self.run.last_sequence = max(sequence, self.run.last_sequence or 0)

    def _newest(self, field: str, sequence: int | None) -> bool:
        """May it move the state? What was overtaken by a later one is only written down."""
        if sequence is None:
            return True
        before = getattr(self.run, field)
        if before is not None and sequence <= before:
            return False
        setattr(self.run, field, sequence)
        return True

    def _write(self, pages: Pages) -> None:
        for statement, values in journal_statements([pages], grace=LATE_GRACE):
            prepared.rows(statement, values)
        if pages.stage:
            self.job.stage = pages.stage

    def _late(self, reports: Sequence[Report], claimed: Claimed) -> None:
        """The run is over: what still comes is kept, and changes nothing.

        What was said before its end and only travelled longer still belongs to its curve and log.
        """
        end = self.run.status_sequence
        past = [
            r for r in reports if end is not None and r.sequence is not None and r.sequence < end
        ]
        if past:
            self._write(self._pages(claimed, past, past=True))
            with contextlib.suppress(LeaseLost):  # it ended long ago
                self._files(claimed, past)
        JobEvent.objects.bulk_create(
            JobEvent(
                job=self.job,
                at=self.now,
                type=EventType.INFO,
                attempt=self.job.attempt,
                message="A report came after the end of the run; it changes nothing.",
                payload=_summary(one),
            )
            for one in reports
            if one not in past
        )

    # ------------------------------------------------------------------ what it does
    def _checkpoints(self, claimed: Claimed, reports: Sequence[Report]) -> None:
        saved = [one for report in reports for one in report.checkpoints]
        if not saved:
            return
        for one in saved:
            standings.remember_checkpoint(self.job, one, at=self.now)
        newest = max(saved, key=lambda one: one.step)
        data = {"step": newest.step, "epoch": newest.epoch, "path": newest.path}
        if self.job.lease_token == claimed.token:
            late_writes.set_checkpoint(claimed, data)

    def _files(self, claimed: Claimed, reports: Sequence[Report]) -> None:
        for one in (one for report in reports for one in report.files):
            kept = artifacts.store_for(claimed, one.name, one.content, kind=one.kind)
            self.stored.append(kept.path)

    def _end(self, claimed: Claimed, reports: Sequence[Report]) -> None:
        """Follow the last state that was reported in order."""
        endings = [
            one.ending
            for one in reports
            if one.ending is not None and self._newest("status_sequence", one.sequence)
        ]
        if not endings or self.job.lease_token != claimed.token:
            return
        ending = endings[-1]
        if ending.status == "cancelled":
            reason = "reported by the runner"
            lifecycle.cancel(self.job, user=None, reason=reason, notes=ending.message)
            statements.stopped([(self.job.pk, claimed.token)])
        else:
            outcome = _outcome(claimed, ending, self.run)
            if outcome is None:
                return
            self.standing.save(extra=[])
            statements.settle([outcome])
        self.job.refresh_from_db()

    def _renew(self) -> None:
        """Renew the lease when a good part of it is gone; each renewal is a write."""
        job = self.job
        if job.lease_token is None or job.lease_expires_at is None:
            return
        left = (job.lease_expires_at - self.now).total_seconds()
        if left < self.run.lease_seconds * 0.8:
            statements.beat([(job.pk, job.lease_token)], self.run.lease_seconds)


def _outcome(claimed: Claimed, ending: Ending, run: TrainingRun) -> Outcome | None:
    match ending.status:
        case "completed":
            result = {**_figures(run), **ending.result}
            strict_json.check_value(result)
            return outcomes.completed(claimed, result)
        case "failed":
            return Outcome(
                claimed=claimed,
                status=JobStatus.FAILED,
                message=clean(ending.message) or "The runner reported a failure.",
                code="RUN_FAILED",
                failure_class=FailureClass.BUG,
                failed=True,
            )
        case "paused":
            return Outcome(claimed=claimed, status=JobStatus.PAUSED, substatus="paused")
        case "released":
            return outcomes.given_back(claimed)
    return None


def _figures(run: TrainingRun) -> dict[str, Any]:
    """What a finished run says of itself where its runner says nothing."""
    latest = dict(list(run.latest.items())[:RESULT_METRICS])
    best = (
        None if run.best_loss is None else {"validation_loss": run.best_loss, "step": run.best_step}
    )
    return {"steps": run.step, "epoch": run.epoch, "metrics": latest, "best": best}


def _json(event: Event) -> str:
    return json.dumps(dict(event.payload), ensure_ascii=False)


def _summary(report: Report) -> dict[str, Any]:
    return {
        "message_id": report.message_id,
        "sequence": report.sequence,
        "ending": report.ending.status if report.ending else None,
        "points": [{"step": p.step, "values": dict(p.values)} for p in report.points[:20]],
        "events": [{"message": e.message, "payload": dict(e.payload)} for e in report.events[:20]],
        "lines": [one.message for one in report.lines[:20]],
    }
