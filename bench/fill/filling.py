"""Writes the rows: without the triggers and indexes that they would pass one by one."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import ProgrammingError, connection

from ai_core import tally
from ai_core.models import AIJob, AIJobType
from ai_usage import days
from bench.fill.statements import STEPS
from brands.models import Brand, Membership, Role

BRANDS = 12
DAYS = 120

_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
WHERE i.indrelid = %s::regclass AND c.oid IS NULL AND NOT i.indisprimary
"""


def fill(jobs: int) -> list[Brand]:
    """Add so many jobs to the hub; return their brands, the largest first."""
    brands, users = _brands()
    kinds = list(AIJobType.objects.filter(is_active=True).order_by("pk").values_list("pk", "name"))
    after = AIJob.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    facts: dict[str, Any] = {
        "jobs": jobs, "after": after, "days": DAYS, "now": datetime.now(UTC),
        "salt": secrets.token_hex(4), "brands": [one.pk for one in brands], "users": users,
        "brand_count": len(brands), "types": [pk for pk, _ in kinds], "type_count": len(kinds),
    }  # fmt: skip
    for at_once in STEPS:
        _together([(table, statement, facts) for table, statement in at_once.items()])
    with _said("sums"):
        while tally.fold():
            pass
        while days.fold():
            pass
    with _said("statistics"), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return brands


def _together(works: list[tuple[str, str, dict[str, Any]]]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(_write, *work) for work in works]:
            done.result()


def _write(table: str, statement: str, facts: dict[str, Any]) -> None:
    try:
        with _said(table), _unchecked(), _bare(table), connection.cursor() as cursor:
            cursor.execute(statement, facts)
    finally:
        connection.close()


@contextmanager
def _unchecked() -> Iterator[None]:
    """Without the checks of foreign keys, where this role may leave them out."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SET session_replication_role = replica")
        except ProgrammingError:  # a hub that was not made for filling: it only takes longer
            yield
            return
        yield
        cursor.execute("SET session_replication_role = origin")


def _brands() -> tuple[list[Brand], list[int]]:
    brands, users = [], []
    for number in range(1, BRANDS + 1):
        brand, _ = Brand.objects.get_or_create(
            slug=f"filled-{number}", defaults={"name": f"Filled {number}"}
        )
        user, _ = get_user_model().objects.get_or_create(username=f"filled-{number}")
        Membership.objects.get_or_create(brand=brand, user=user, defaults={"role": Role.MANAGER})
        brands.append(brand)
        users.append(user.pk)
    return brands, users


@contextmanager
def _bare(table: str) -> Iterator[None]:
    """Take a table's triggers and plain indexes away, and give them back afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES, [table])
        indexes = cursor.fetchall()
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET max_parallel_maintenance_workers = 2")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        try:
            yield
        finally:
            for _, definition in indexes:
                cursor.execute(definition)
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def _said(what: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    print(f"  {what}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)
