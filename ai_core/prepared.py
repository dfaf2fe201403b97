"""Statements that run all the time: prepared on the server, with their values sent beside them.

Django's own cursor pastes values into the text of each statement, so that the server parses and
plans it anew; for the few statements on the path of every job that is most of their cost.
"""

import json
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement on Django's connection, in its transaction if there is one."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        cursor = psycopg.Cursor(connection.connection)
        cursor.execute(statement, values, prepare=True)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def from_json(value: Any) -> Any:
    """Django leaves JSON columns as text on its connections; read them, wherever they come from."""
    return json.loads(value) if isinstance(value, str) else value
