"""A few database connections for all streams of this process; a waiting reader holds none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import psycopg
from django.db import connections
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

CONNECTIONS = 3
WAIT_SECONDS = 5.0
STATEMENT_SECONDS = 10

Statement = tuple[str, Sequence[Any]]
UNAVAILABLE = (psycopg.Error, PoolTimeout, OSError)


class Database:
    """Reads, several statements in one round trip, each with a snapshot of its own."""

    def __init__(self) -> None:
        self._pool: AsyncConnectionPool[Any] | None = None

    async def read(self, *statements: Statement) -> list[list[dict[str, Any]]]:
        pool = await self._opened()
        async with pool.connection(timeout=WAIT_SECONDS) as connection:
            async with connection.pipeline():
                cursors = [
                    await connection.cursor(row_factory=dict_row).execute(sql, values)
                    for sql, values in statements
                ]
            return [await cursor.fetchall() for cursor in cursors]

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close(timeout=1)
            self._pool = None

    async def _opened(self) -> AsyncConnectionPool[Any]:
        if self._pool is None:
            self._pool = AsyncConnectionPool(
                min_size=1,
                max_size=CONNECTIONS,
                kwargs=_address(),
                configure=_configure,
                name="streams",
                open=False,
            )
            await self._pool.open()
        return self._pool


def _address() -> dict[str, Any]:
    """The address that Django uses, as psycopg takes it."""
    wanted = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        wanted.pop(name, None)
    options = f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC"
    return {
        **wanted,
        "application_name": "megahub streams",
        "autocommit": True,
        "prepare_threshold": None,  # a pooler in front may give each statement another session
        "options": f"{wanted.get('options', '')} {options}".strip(),
    }


async def _configure(connection: Any) -> None:
    set_json_loads(orjson.loads, connection)
