"""Gives a test's committed rows back: some hundred tests commit, so this has to be quick.

Django truncates every table, then makes content types, permissions and job types anew: a quarter of
a second, for a handful of rows. Here one function in the database deletes what is there and puts
the rows back that the migrations made. Who owns a foreign database without its parameter is served
by Django's way.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import TransactionTestCase

# Small tables are deleted from: truncating one makes new files for it and for each of its indexes.
LARGE_BYTES = 512 * 1024
# They are not the hub's own, and no test changes them.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
BEGIN = """
CREATE SCHEMA pristine;
CREATE FUNCTION pristine.restore() RETURNS void LANGUAGE plpgsql AS $function$ BEGIN
  -- No trigger and no foreign key has a say in it: all rows go.
  PERFORM set_config('session_replication_role', 'replica', true);
  -- As TRUNCATE would, wait for a transaction that still writes.
  LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE;
"""
EMPTY = """
  IF pg_relation_size('{table}') > {large} THEN TRUNCATE {table} CASCADE;
  ELSIF pg_relation_size('{table}') > 0 THEN DELETE FROM {table}; END IF;
"""


def take_over() -> None:
    """Call it when the migrations have run and nothing else has."""
    if not _may_silence_triggers():
        return
    with connection.cursor() as cursor:
        function = _function(cursor)
        if not function:
            return  # none of the chosen tests needs the tests' database
        cursor.execute(function, None)
    TransactionTestCase._fixture_teardown = _restore  # type: ignore[method-assign]


def _restore(_case: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pristine.restore()")


def _may_silence_triggers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_parameter_privilege(current_user, 'session_replication_role', 'SET')"
        )
        return cursor.fetchone()[0]


def _function(cursor: Any) -> str:
    """The SQL that copies the rows of now, and makes the function that returns to them."""
    cursor.execute(
        "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    tables = [table for (table,) in cursor.fetchall() if table not in KEPT]
    if not tables:
        return ""
    begin, copies, end = BEGIN.format(tables=", ".join(tables)), "", ""
    for table in tables:
        begin += EMPTY.format(table=table, large=LARGE_BYTES)
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
        if cursor.fetchone()[0]:
            copies += f"CREATE TABLE pristine.{table} AS TABLE {table};\n"
            columns = _columns(cursor, table)
            end += f"  INSERT INTO {table} ({columns}) SELECT {columns} FROM pristine.{table};\n"
    return f"{begin}{end}END $function$;\n{copies}"


def _columns(cursor: Any, table: str) -> str:
    cursor.execute(
        """SELECT string_agg(format('%%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
           WHERE attrelid = %s::regclass AND attnum > 0
             AND NOT attisdropped AND attgenerated = ''""",
        [table],
    )
    return cursor.fetchone()[0]
