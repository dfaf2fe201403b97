"""Up to which id a table is complete, so that a cursor by id never skips a row that is late.

Ids are given out in order, but transactions end in any order: line 10 may become visible after
line 11, and a reader that had gone on to 11 would never see it. Who takes an id holds a lock on
its sequence from before the id is taken until the transaction ends. So when everybody seen
writing after the sequence was read is gone, all rows up to that number are there, or never will.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ai_core import prepared

Table = Literal["log", "event"]
MOST_BARRIERS = 16
PAUSES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)  # a transaction that writes lines takes about 5 ms

# The writers are asked for after the numbers: the subquery needs a value of `last`, kept apart.
LOOK = """
WITH last AS MATERIALIZED (
  SELECT CASE WHEN l.is_called THEN l.last_value ELSE 0 END AS log,
         CASE WHEN e.is_called THEN e.last_value ELSE 0 END AS event
  FROM ai_core_joblog_id_seq l, ai_core_jobevent_id_seq e)
SELECT log, event, ARRAY(
  SELECT CASE relation WHEN 'ai_core_joblog_id_seq'::regclass THEN 'log ' ELSE 'event ' END
    || virtualtransaction
  FROM pg_locks
  WHERE last.log >= 0 AND locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
    AND relation IN ('ai_core_joblog_id_seq'::regclass, 'ai_core_jobevent_id_seq'::regclass)
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid()) AS writers
FROM last
"""


@dataclass
class Edge:
    """The complete part of one table."""

    safe: int = 0
    _barriers: list[tuple[int, frozenset[str]]] = field(default_factory=list)

    def move(self, last: int, writers: frozenset[str]) -> None:
        """Take in a look: the last id given out, then who was writing after that."""
        open_ones = []
        for until, seen in self._barriers:
            still = seen & writers
            if still:
                open_ones.append((until, still))
            else:
                self.safe = max(self.safe, until)
        if not writers:
            self.safe, open_ones = max(self.safe, last), []
        elif last > self.safe and len(open_ones) < MOST_BARRIERS:
            open_ones.append((last, writers))
        self._barriers = open_ones


class Edges:
    """The edges of both tables, as far as this process has seen; one look after the other."""

    def __init__(self) -> None:
        self.log = Edge()
        self.event = Edge()

    def move(self, log: int, event: int, writers: Iterable[str]) -> None:
        busy: dict[str, set[str]] = {"log": set(), "event": set()}
        for writer in writers:
            table, _, who = writer.partition(" ")
            busy[table].add(who)
        self.log.move(log, frozenset(busy["log"]))
        self.event.move(event, frozenset(busy["event"]))


_edges = Edges()
_one_look = threading.Lock()


def safe(table: Table) -> int:
    """Look, and return up to which id the table is complete."""
    with _one_look:
        ((log, event, writers),) = prepared.rows(LOOK, [])
        _edges.move(log, event, writers)
        edge: Edge = getattr(_edges, table)
        return edge.safe


def in_order(
    table: Table, read: Callable[[], list[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], bool]:
    """Return what `read` finds, by id, and whether rows at its end must wait for earlier ones.

    Whoever writes now is nearly always done within milliseconds; that long we wait ourselves.
    """
    for pause in (0.0, *PAUSES):
        time.sleep(pause)
        until = safe(table)
        found = read()
        if not found or found[-1]["id"] <= until:
            return found, False
    return [row for row in found if row["id"] <= until], True
