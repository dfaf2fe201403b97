"""Reads what follows a cursor of one job: rows, rendered, each with the cursor that it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ai_core.statuses import FINAL
from ai_core.streams import frames
from ai_core.streams import statements as sql
from ai_core.streams.cursors import JobCursor
from ai_core.streams.database import Database, Statement
from ai_core.streams.horizon import Horizon

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROWS = 300
BATCH_BYTES = 96_000  # about what a reader may leave lying before it is waited for
EVERYTHING = frozenset({"log", "event", "metric", "stage", "artifact", "job"})
# What a notice's word means for the tables; any other word means all of them.
TABLES = {
    "log": frozenset({"log", "artifact", "job"}),
    "progress": frozenset({"artifact", "job"}),
    "stage": frozenset({"stage", "artifact", "job"}),
    "metric": frozenset({"metric", "artifact", "job"}),
    "event": frozenset({"event", "artifact", "job"}),
    "artifact": frozenset({"artifact", "job"}),
}


@dataclass
class Batch:
    """What one read found. It leads from one cursor to another, and stays true for ever."""

    start: JobCursor
    cursor: JobCursor
    version: int = 0
    frames: list[tuple[str, bytes]] = field(default_factory=list)
    size: int = 0
    more: bool = False  # it was cut: read again at once
    held: bool = False  # a row is there that must wait for an earlier one
    job: dict[str, Any] | None = None
    comment: bytes = b""

    @property
    def moves(self) -> bool:
        return self.cursor != self.start

    @property
    def gone(self) -> bool:
        return not self.comment and (self.job is None or self.job["deleted"])

    @property
    def is_final(self) -> bool:
        return self.job is not None and self.job["status"] in FINAL

    @property
    def stopping(self) -> bool:
        """The job is over, and its work goes on for a moment: lines may still come."""
        return self.job is not None and self.job["stopping"] and self.is_final

    @property
    def over(self) -> bool:
        """Nothing will come after this."""
        return self.is_final and not (self.more or self.held or self.stopping)

    def add(self, kind: str, data: Any, cursor: JobCursor) -> None:
        body = frames.frame(kind, data, id=cursor)
        self.frames.append((kind, body))
        self.size += len(body)
        self.cursor = cursor

    def body(self, kinds: frozenset[str] | None) -> bytes:
        if kinds is None:
            return b"".join([body for _kind, body in self.frames])
        return b"".join([body for kind, body in self.frames if kind in kinds])


class Reader:
    def __init__(self, database: Database, horizon: Horizon) -> None:
        self._database = database
        self._horizon = horizon

    async def read(
        self, cursor: JobCursor, tables: frozenset[str] = EVERYTHING, *, version: int = 0
    ) -> Batch:
        """Return what follows the cursor; of the job's row, whatever is there now."""
        batch = await self._read(cursor, tables)
        if batch.is_final and (tables != EVERYTHING or batch.held):
            batch = await self._read(cursor, EVERYTHING)  # the last status comes after all lines
        batch.version = version
        return batch

    async def _read(self, cursor: JobCursor, tables: frozenset[str]) -> Batch:
        if "log" in tables or "event" in tables:
            await self._horizon.look()
        wanted = [name for name in _STATEMENTS if name in tables]
        answers = await self._database.read(
            (sql.JOB, [cursor.job]), *(_STATEMENTS[name](cursor) for name in wanted)
        )
        batch = Batch(start=cursor, cursor=cursor)
        batch.job = job = answers[0][0] if answers[0] else None
        if job is None or job["deleted"]:
            return batch
        found = dict(zip(wanted, answers[1:], strict=True))
        if cursor.is_fresh and not batch.is_final:
            _add_state(batch, job, found.get("stage"))  # so that a page can draw itself at once
        self._add_rows(batch, found)
        if not batch.more:
            _add_state(batch, job, found.get("stage"))
        return batch

    def _add_rows(self, batch: Batch, found: dict[str, list[dict[str, Any]]]) -> None:
        horizon = self._horizon
        if "log" in found:
            _add_in_order(batch, "log", found["log"], safe=horizon.log.safe)
        if "event" in found:
            _add_in_order(batch, "event", found["event"], safe=horizon.event.safe)
        _add_metrics(batch, found.get("metric", ()))
        _add_artifacts(batch, found.get("artifact"))


# ---------------------------------------------------------------------- which rows follow
def _logs(at: JobCursor) -> Statement:
    return sql.LOGS, [at.job, at.log, ROWS]


def _events(at: JobCursor) -> Statement:
    return sql.EVENTS, [at.job, at.event, ROWS]


def _metrics(at: JobCursor) -> Statement:
    when = _EPOCH + timedelta(microseconds=at.metric_at)
    return sql.METRICS, [at.job, at.metric, at.metric_attempt, at.metric_attempt, when, ROWS]


def _artifacts(at: JobCursor) -> Statement:
    return sql.ARTIFACTS, [at.job, 1000]


def _stages(at: JobCursor) -> Statement:
    return sql.STAGES, [at.job]


_STATEMENTS = {
    "log": _logs,
    "event": _events,
    "metric": _metrics,
    "artifact": _artifacts,
    "stage": _stages,
}


# ---------------------------------------------------------------------- how they are told
def _has_room(batch: Batch) -> bool:
    if batch.size >= BATCH_BYTES:
        batch.more = True
    return not batch.more


def _add_in_order(batch: Batch, kind: str, rows: list[dict[str, Any]], *, safe: int) -> None:
    for row in rows:
        if row["id"] > safe:
            batch.held = True
            return
        if not _has_room(batch):
            return
        batch.add(kind, frames.shown(row), batch.cursor._replace(**{kind: row["id"]}))
    batch.more = batch.more or len(rows) == ROWS


def _add_metrics(batch: Batch, rows: Iterable[dict[str, Any]]) -> None:
    count = 0
    for row in rows:
        if not _has_room(batch):
            return
        count += 1
        cursor = batch.cursor._replace(
            metric=max(batch.cursor.metric, row.pop("id")),
            metric_attempt=row["attempt"],
            metric_at=(row["time"] - _EPOCH) // timedelta(microseconds=1),
        )
        values = row.pop("values")
        batch.add("metric", {**frames.shown(row), **values}, cursor)
    batch.more = batch.more or count == ROWS


def _add_artifacts(batch: Batch, rows: list[dict[str, Any]] | None) -> None:
    if not rows or not _has_room(batch):
        return
    known = batch.cursor.artifact
    same = frames.artifacts_digest(rows, until=known) == batch.cursor.artifacts
    told = [row for row in rows if row["id"] > known or not same]
    newest = rows[-1]["id"]
    now = batch.cursor._replace(
        artifact=newest, artifacts=frames.artifacts_digest(rows, until=newest)
    )
    for row in told:
        # Only the last one moves the cursor: a reader cut off before gets them all again.
        batch.add("artifact", frames.shown(row), now if row is told[-1] else batch.cursor)


def _add_state(batch: Batch, job: dict[str, Any], stages: list[dict[str, Any]] | None) -> None:
    """Tell stages, progress and status where they are not what the reader saw last."""
    if stages:
        told = [frames.shown(stage) for stage in stages]
        if (now := frames.digest(told)) != batch.cursor.stages:
            data = {"stage": job["stage"], "stages": told}
            batch.add("stage", data, batch.cursor._replace(stages=now))
    if (now := frames.progress_digest(job)) != batch.cursor.progress:
        batch.add("progress", frames.job(job), batch.cursor._replace(progress=now))
    if (now := frames.status_digest(job)) != batch.cursor.status:
        batch.add("status", frames.job(job), batch.cursor._replace(status=now))
