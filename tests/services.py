"""Real PostgreSQL and Valkey for the tests, started before Django reads its settings."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from megahub.embedded import Postgres, Valkey
from megahub.embedded.postgres import ADMIN_ROLE, ROLE
from megahub.guardian import Guardian

VALKEY_DATABASES = 64
CONNECTIONS = 300  # four workers may each run a test with fifty threads
_running: list["Services"] = []


class Services:
    """What one test run has started; a killed run is cleaned up by the guardian."""

    def __init__(self) -> None:
        self.guard = Guardian()
        self.folder = Path(tempfile.mkdtemp(prefix="megahub-tests-"))
        self.guard.remove_afterwards(self.folder)
        self.started: list[Postgres | Valkey] = []

    def start(self) -> None:
        # Some hundred processes are started: none of them compiles the whole hub for itself.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ.setdefault("MEGAHUB_SECRET_KEY", secrets.token_urlsafe(48))
        os.environ["MEGAHUB_DATA"] = str(self.folder / "data")
        (self.folder / "data").mkdir()
        if not os.environ.get("DATABASE_URL"):
            # Nothing here survives the run, so nothing has to reach the disk; crash tests start
            # their own durable server.
            postgres = Postgres(
                self.folder, guard=self.guard, durable=False, connections=CONNECTIONS
            )
            self.started.append(postgres)
            os.environ["DATABASE_URL"] = postgres.start()
            _let_silence_triggers(os.environ["DATABASE_URL"])
        if not os.environ.get("REDIS_URL"):
            valkey = Valkey(self.folder, guard=self.guard, databases=VALKEY_DATABASES)
            self.started.append(valkey)
            os.environ["REDIS_URL"] = valkey.start()

    def stop(self) -> None:
        for service in self.started:
            service.stop()
        self.guard.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _let_silence_triggers(address: str) -> None:
    """The tests' role may do what tests/emptying.py needs; the hub's own never can."""
    parts = urlsplit(address)
    netloc = parts.netloc.replace(f"{ROLE}:", f"{ADMIN_ROLE}:", 1)
    with psycopg.connect(urlunsplit(parts._replace(netloc=netloc)), autocommit=True) as admin:
        admin.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")


def _own_valkey_database(worker: str) -> None:
    """Give each xdist worker its own numbered database, so that they never meet."""
    parts = urlsplit(os.environ["REDIS_URL"])
    number = int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = mine = urlunsplit(parts._replace(path=f"/{number}"))
    # pytest-django has read the settings already, with the address that this process inherited:
    # the tests would speak to another Valkey than the processes that they start.
    settings.REDIS_URL = settings.CELERY_BROKER_URL = mine
    settings.CACHES["default"]["LOCATION"] = mine


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        _own_valkey_database(config.workerinput["workerid"])
    else:
        services = Services()
        _running.append(services)
        services.start()
        # pytest's own folder is one for all runs of a user, and each run closes it to others
        # again; the PostgreSQL of a hub that a test starts as root lives in it as another user.
        if config.option.basetemp is None:
            config.option.basetemp = services.folder / "tmp"
    os.environ["DJANGO_SETTINGS_MODULE"] = "megahub.settings"
    _ = settings.DATABASES  # the settings are read only now; pytest-django then sets Django up


def pytest_unconfigure() -> None:
    while _running:
        _running.pop().stop()
