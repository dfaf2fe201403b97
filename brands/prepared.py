"""Statements that run all the time: prepared on the server, with their values sent beside them.

Django's own cursor pastes values into the text of each statement, so that the server parses and
plans it anew. For the few statements on the path of every job or request, that is most of
their cost.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import psycopg
from django.db import InterfaceError, OperationalError, connection

_ONLY_WHEN_ASKED = 1_000_000_000  # statements run before one is prepared unasked


class Statement(NamedTuple):
    """One statement with its values ($1, $2, …) as PostgreSQL reads them: to be sent by anybody."""

    text: str
    values: tuple[str | bytes | None, ...]


def array(values: Iterable[int]) -> str:
    """Numbers as PostgreSQL reads a list of them."""
    return f"{{{','.join(map(str, values))}}}"


def run(statement: Statement) -> list[tuple[Any, ...]]:
    """Run it on Django's connection, as `rows` does."""
    values = [one.decode() if isinstance(one, bytes) else one for one in statement.values]
    return rows(statement.text, values, kind=psycopg.RawCursor)


def rows(
    statement: str, values: Sequence[Any], *, kind: type[psycopg.Cursor[Any]] = psycopg.Cursor
) -> list[tuple[Any, ...]]:
    """Run a statement on Django's connection, in its transaction if there is one."""
    connection.close_if_health_check_failed()  # as Django's own cursors do, once a request
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        raw = connection.connection
        if raw.prepare_threshold is None:  # Django's way of saying «never prepare anything»
            raw.prepare_threshold = _ONLY_WHEN_ASKED
        if connection.queries_logged:  # so that tests can count them with all the others
            connection.queries_log.append({"sql": statement, "time": ""})
        cursor = kind(raw)
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall() if cursor.description else []


def first(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement that only reads, as the first of a request: no look before it is needed.

    Django asks a kept connection whether it still lives, once a request. This statement is that
    question: when it gets no answer on a dead connection, it is asked again on a new one.
    """
    if connection.connection is None or connection.in_atomic_block:
        return rows(statement, values)
    if connection.health_check_done:  # type: ignore[attr-defined]
        return rows(statement, values)
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return rows(statement, values)
    except (OperationalError, InterfaceError):
        if not connection.connection.closed:
            raise
        connection.close()
        return rows(statement, values)
