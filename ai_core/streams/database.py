"""A few database connections for all streams of this process; a waiting reader holds none."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import orjson
import psycopg
from django.db import connections
from psycopg import errors
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

CONNECTIONS = 3
STATEMENT_SECONDS = 10
READ_SECONDS = 20.0  # with the wait for a connection
SILENT_SECONDS = 15  # after so long a network that swallows everything counts as gone
REST_SECONDS = 0.5  # nobody knocks again so soon at a database that has just not answered

Statement = tuple[str, Sequence[Any]]
Answers = list[list[dict[str, Any]]]
UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, OSError)

log = logging.getLogger(__name__)


class Database:
    """Reads, several statements in one round trip, each with a snapshot of its own.

    Not a pool from a library: those come back to a database that was away in steps that double,
    and hand out connections that it has cut meanwhile.
    """

    def __init__(self) -> None:
        self._idle: list[psycopg.AsyncConnection[Any]] = []
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._rest_until = 0.0
        self._is_away = False

    async def read(self, *statements: Statement) -> Answers:
        async with asyncio.timeout(READ_SECONDS), self._room:
            if self._idle:
                try:
                    return await self._read_by(self._idle.pop(), statements)
                except errors.QueryCanceled as error:
                    log.warning("a read of the streams took too long: %s", error)
                    raise
                except (psycopg.OperationalError, psycopg.InterfaceError):
                    await self.close()  # it was cut while it was idle, and so were the others
            return await self._read_by(await self._connect(), statements)

    async def close(self) -> None:
        """Close what is idle; what reads now is closed or kept by its own read."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    async def _read_by(
        self, connection: psycopg.AsyncConnection[Any], statements: Sequence[Statement]
    ) -> Answers:
        try:
            async with connection.pipeline():
                cursors = [
                    await connection.cursor(row_factory=dict_row).execute(sql, values)
                    for sql, values in statements
                ]
            answers = [await cursor.fetchall() for cursor in cursors]
        except BaseException:
            await connection.close()
            raise
        self._idle.append(connection)
        return answers

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        """Thousands of readers may want to know whether it is back: one of them tries."""
        if time.monotonic() < self._rest_until:
            raise psycopg.OperationalError("the database did not answer a moment ago")
        try:
            connection = await psycopg.AsyncConnection.connect(**_address())
        except (psycopg.Error, OSError) as error:
            self._rest_until = time.monotonic() + REST_SECONDS
            if not self._is_away:
                log.warning("streams wait for the database: %s", error)
            self._is_away = True
            raise
        if self._is_away:
            log.info("streams read the database again")
            self._is_away = False
        set_json_loads(orjson.loads, connection)
        return connection


def _address() -> dict[str, Any]:
    """The address that Django uses, as psycopg takes it."""
    wanted = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        wanted.pop(name, None)
    options = f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC"
    return {
        "keepalives_idle": SILENT_SECONDS,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 1000 * SILENT_SECONDS,
        **wanted,
        "application_name": "megahub streams",
        "autocommit": True,
        "prepare_threshold": None,  # a pooler in front may give each statement another session
        "options": f"{wanted.get('options', '')} {options}".strip(),
    }
