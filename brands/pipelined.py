"""Sends many statements in one round trip, from an event loop: a transaction is one message.

No commit of a crowd waits for the disk: a transaction that does keeps its locks meanwhile, and
whoever wants the same row of a limit waits with it. Who needs that waits afterwards (`kept`).

Nothing can be decided between two statements of a transaction. What they take for granted they
prove themselves, with `hub_must` (see `brands/migrations`): when it is not so, all is undone and
`Refused` is raised, and whoever sent them goes the longer way.

psycopg's own pipeline costs the event loop more than the statements cost the server; here its
C library is used directly.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import psycopg
from django.db import OperationalError, connections
from psycopg import errors
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from brands.prepared import Statement

SILENT_SECONDS = 40.0  # longer than a statement may take
SILENT_NETWORK_SECONDS = 15
# Our statements touch a handful of rows by their keys, in tables that may be empty when a plan is
# made and have millions of rows when it is used.
SESSION = (
    "-c timezone=UTC -c synchronous_commit=off -c plan_cache_mode=force_generic_plan "
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
)

# A commit that waits for the disk, and with it for all that was committed before.
_WAITS = Statement("SELECT set_config('synchronous_commit', 'on', true)", ())
_FLUSH = (_WAITS, Statement("SELECT pg_logical_emit_message(true, 'megahub', '')", ()))
# A migration has changed a table, or a pooler has changed the session.
_FORGOTTEN = (errors.FeatureNotSupported, errors.InvalidSqlStatementName)

Row = tuple[bytes | None, ...]
Answers = list[list[Row]]

log = logging.getLogger(__name__)


class Refused(Exception):
    """The database would not have it; nothing of it was written."""


class _Sent:
    """One transaction that is under way."""

    def __init__(self, future: asyncio.Future[Answers], *, prepares: list[bool]) -> None:
        self.future = future
        self.prepares = deque(prepares)  # of each answer to come: does it only say «prepared»?
        self.answers: Answers = []
        self.error: psycopg.Error | None = None


class Pipeline:
    """One connection of one event loop. Transactions are answered in the order of sending."""

    def __init__(self, name: str, threads: Executor) -> None:
        self._name = name
        self._threads = threads  # where connections are opened
        self._connection: psycopg.Connection[Any] | None = None
        self._socket = -1  # a connection that is lost does not know its own any more
        self._opening: asyncio.Task[None] | None = None
        self._names: dict[str, bytes] = {}
        self._sent: deque[_Sent] = deque()

    async def send(
        self, statements: Sequence[Statement], *, kept: bool = False, alone: bool = False
    ) -> Answers:
        """Run these in a transaction of their own, and return the rows of each, as text.

        `kept`: return when the disk has them. Their locks are free before that, unless nobody else
        wants them (`alone`): then the transaction itself waits, and there is no second one.
        """
        if kept and alone:
            return (await self.send([_WAITS, *statements]))[1:]
        while self._connection is None:
            if self._opening is None:
                self._opening = asyncio.ensure_future(self._open())
            await asyncio.shield(self._opening)
        future: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        self._send(self._connection.pgconn, statements, future)
        flushed: asyncio.Future[Answers] | None = None
        if kept and self._connection is not None:
            flushed = asyncio.get_running_loop().create_future()
            self._send(self._connection.pgconn, _FLUSH, flushed)
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                answers = await asyncio.shield(future)
                if flushed is not None:
                    await asyncio.shield(flushed)
                return answers
        except TimeoutError:
            self._lost("it is silent")
            raise OperationalError("the database is silent") from None

    def close(self) -> None:
        self._lost("closed")

    # ------------------------------------------------------------------ the connection
    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, self._connect)
        except psycopg.Error as error:
            raise OperationalError(str(error)) from error
        finally:
            self._opening = None
        line = found.pgconn
        line.nonblocking = 1
        line.enter_pipeline_mode()
        self._names = {}
        self._connection = found
        self._socket = line.socket
        loop.add_reader(self._socket, self._read)

    def _connect(self) -> psycopg.Connection[Any]:
        wanted = connections["default"].get_connection_params()
        for name in ("cursor_factory", "context", "prepare_threshold"):
            wanted.pop(name, None)
        own = {
            "keepalives_idle": SILENT_NETWORK_SECONDS,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 1000 * SILENT_NETWORK_SECONDS,
            "application_name": f"megahub {self._name}",
        }
        options = f"{wanted.pop('options', '')} {SESSION}".strip()
        return psycopg.connect(**{**own, **wanted}, options=options, autocommit=True)

    def _lost(self, why: str) -> None:
        """Nobody knows what became of the transactions that were under way."""
        found, self._connection = self._connection, None
        if found is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            found.close()
        sent, self._sent = self._sent, deque()
        if sent:
            log.warning("%s: the connection to the database is lost: %s", self._name, why)
        for one in sent:
            if not one.future.done():
                one.future.set_exception(OperationalError(why))
                one.future.exception()  # whoever waited may be gone

    # ------------------------------------------------------------------ sending
    def _send(
        self, line: PGconn, statements: Sequence[Statement], future: asyncio.Future[Answers]
    ) -> None:
        prepares: list[bool] = []
        try:
            for statement in statements:
                name = self._names.get(statement.text)
                if name is None:
                    name = self._names[statement.text] = b"s%d" % len(self._names)
                    line.send_prepare(name, statement.text.encode())
                    prepares.append(True)
                line.send_query_prepared(name, [_bytes(value) for value in statement.values])
                prepares.append(False)
            line.pipeline_sync()
            self._sent.append(_Sent(future, prepares=prepares))
            self._flush()
        except psycopg.OperationalError as error:
            self._sent.append(_Sent(future, prepares=[]))
            self._lost(str(error))

    def _flush(self) -> None:
        if self._connection is None:
            return
        line = self._connection.pgconn
        loop = asyncio.get_running_loop()
        try:
            is_more = line.flush()
        except psycopg.OperationalError as error:
            self._lost(str(error))
            return
        if is_more:
            loop.add_writer(self._socket, self._flush)
        else:
            loop.remove_writer(self._socket)

    # ------------------------------------------------------------------ hearing
    def _read(self) -> None:
        if self._connection is None:
            return
        line = self._connection.pgconn
        try:
            line.consume_input()
            while self._sent and not line.is_busy():
                if (result := line.get_result()) is not None:
                    self._hear(result)
        except psycopg.OperationalError as error:
            self._lost(str(error))

    def _hear(self, result: Any) -> None:
        sent = self._sent[0]
        match result.status:
            case ExecStatus.PIPELINE_SYNC:
                self._sent.popleft()
                self._over(sent)
            case ExecStatus.FATAL_ERROR:
                sent.error = sent.error or errors.error_from_result(result)
            case ExecStatus.PIPELINE_ABORTED:
                pass
            case _ if not sent.prepares.popleft():
                columns = range(result.nfields)
                sent.answers.append(
                    [
                        tuple([result.get_value(row, column) for column in columns])
                        for row in range(result.ntuples)
                    ]
                )

    def _over(self, sent: _Sent) -> None:
        if any(sent.prepares) or isinstance(sent.error, _FORGOTTEN):
            self._lost("not everything is prepared")
        if sent.future.done():
            return
        if sent.error is None:
            sent.future.set_result(sent.answers)
        else:
            sent.future.set_exception(Refused(str(sent.error)))


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
