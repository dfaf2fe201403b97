"""`manage.py migrate`, beside a hub that works: it never makes others wait for long.

Whoever waits for a table lets everybody wait who comes later. So it waits two seconds, lets them
pass, and tries again; a migration is a transaction, and nothing of it is there until all is.
"""

from __future__ import annotations

import random
import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections

LOCK_MS = 2000
TRIES = 30
LOCK_NOT_AVAILABLE = "55P03"


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        for tries in range(1, TRIES + 1):
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {LOCK_MS}")
                cursor.execute("SET statement_timeout = 0")
            try:
                super().handle(*args, **options)
                return
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                    raise
                if tries == TRIES:
                    raise CommandError(
                        f"{TRIES} tries: somebody holds a lock all the time. Look for old "
                        "transactions in pg_stat_activity (`manage.py doctor`), then try again."
                    ) from error
                self.stderr.write(f"somebody works on that table; trying again ({tries})")
            _drop_half_made_indexes(connection)
            time.sleep(random.uniform(0.5, 2))  # noqa: S311


def _drop_half_made_indexes(connection: Any) -> None:
    """CREATE INDEX CONCURRENTLY is no transaction: given up, it leaves an index of no use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
