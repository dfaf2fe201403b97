"""Runs every check-up; one that breaks is a finding too, and stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import DatabaseError, connection

from brands.findings import Checkup, Finding, State, broken
from megahub.doctor import configuration, database, machine, valkey

# In this order: what comes first explains what comes after.
OWN: list[Checkup] = [
    *configuration.CHECKUPS, *database.CHECKUPS, *valkey.CHECKUPS, *machine.CHECKUPS,
]  # fmt: skip
STATEMENT_SECONDS = 60
NO_DATABASE = "the database does not answer"


def checkups() -> list[Checkup]:
    found = list(OWN)
    for app in apps.get_app_configs():
        module = f"{app.name}.checkups"
        if find_spec(module):
            found += import_module(module).CHECKUPS
    return found


def examine(*, quick: bool = False) -> Iterator[Finding]:
    """Yield findings one by one, as they are made."""
    said: set[str] = set()
    for checkup in checkups():
        if quick and getattr(checkup, "is_thorough", False):
            continue
        for finding in _of(checkup):
            if finding.says not in said or finding.state is State.OK:
                yield finding
            if finding.says == NO_DATABASE:
                said.add(finding.says)  # said once, not by everybody who needs it


def _of(checkup: Checkup) -> Iterator[Finding]:
    try:
        yield from checkup()
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            yield broken(
                "database",
                NO_DATABASE,
                mend=f"start it, or mend DATABASE_URL ({str(error).strip().splitlines()[0]})",
            )
        else:
            yield _unfinished(checkup, error)
    except Exception as error:  # the doctor must not fall ill of a patient
        yield _unfinished(checkup, error)


def _unfinished(checkup: Checkup, error: Exception) -> Finding:
    first = (str(error).strip().splitlines() or [""])[0]
    return broken(
        checkup.__name__.replace("_", " "),
        f"could not be checked: {type(error).__name__}: {first}",
        mend="mend what stands above first, then ask again",
    )
