"""PostgreSQL crashes, is full, or loses the answer to a COMMIT: never a half, never a double."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.torture import invariants
from megahub.embedded import Postgres
from megahub.guardian import Guardian
from tests.ai_core.cutting_proxy import CuttingProxy
from tests.ai_core.processes import ROOT, HubProcess, environment
from tests.ai_core.workbench import wait_until

pytestmark = pytest.mark.slow


class OwnDatabase:
    """A durable server of these tests' own, which they may crash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.guard = Guardian()
        self.server = Postgres(folder, guard=self.guard)
        self.url = self.server.start()
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=ROOT,
            env=self.environment(),
            check=True,
            timeout=120,
        )

    def environment(self, **wanted: str) -> dict[str, str]:
        return environment(**{"DATABASE_URL": self.url, **wanted})

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, connect_timeout=3) as connection:
            return connection.execute(query, values or None).fetchall()  # type: ignore[arg-type]

    def create(self, *wishes: tuple[str, dict[str, Any]], key: str = "") -> list[str]:
        said = subprocess.run(
            [sys.executable, "-m", "tests.ai_core.creating", json.dumps(wishes), key],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
        return [answer["job_id"] for answer in json.loads(said.splitlines()[-1])]

    def job(self, job_id: str) -> dict[str, Any]:
        columns = "status, attempt, losses, failures, progress_percentage, error_code"
        rows = self.ask(f"SELECT {columns} FROM ai_core_aijob WHERE job_id = %s", job_id)
        return dict(zip(columns.split(", "), rows[0], strict=True))

    def wait_for(self, job_id: str, status: str, *, seconds: float = 90) -> dict[str, Any]:
        wait_until(
            lambda: self.job(job_id)["status"] == status, seconds=seconds, what=f"{status} {job_id}"
        )
        return self.job(job_id)

    def crash(self) -> None:
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGQUIT)
        self.server.process.wait(10)

    def close(self) -> None:
        self.server.stop()
        self.guard.close()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnDatabase]:
    own = OwnDatabase(tmp_path_factory.mktemp("own-database"))
    yield own
    own.close()


@pytest.fixture
def worker(database: OwnDatabase, tmp_path: Path) -> Iterator[HubProcess]:
    """One whose leases outlive a restart of the database."""
    one = HubProcess(tmp_path, "worker", DATABASE_URL=database.url, MEGAHUB_LEASE_SECONDS="20")
    yield one
    print(one.text()[-3000:])
    one.kill()


def test_running_jobs_go_on_over_a_crash_of_the_database(database: OwnDatabase, worker: HubProcess):
    long, talker = database.create(
        ("sleep", {"seconds": 10}), ("chatty", {"lines": 1500, "rate": 150})
    )
    for job_id in (long, talker):
        database.wait_for(job_id, "running")
    time.sleep(1)
    database.crash()
    time.sleep(1.5)
    assert database.server.start() == database.url
    for job_id in (long, talker):
        job = database.wait_for(job_id, "completed")
        assert (job["attempt"], job["losses"], job["failures"]) == (1, 0, 0)
    lines = database.ask(
        """SELECT l.message FROM ai_core_joblog l JOIN ai_core_aijob j ON j.id = l.job_id
           WHERE j.job_id = %s ORDER BY l.id""",
        talker,
    )
    assert [line for (line,) in lines] == [f"line {number}" for number in range(1500)]
    assert worker.process.poll() is None
    assert invariants.broken(database.ask) == {}


def test_a_worker_keeps_its_jobs_while_the_database_has_no_room_for_newcomers(
    database: OwnDatabase, worker: HubProcess
):
    (job_id,) = database.create(("sleep", {"seconds": 8}))
    database.wait_for(job_id, "running")
    held = []
    try:
        while len(held) < 200:
            held.append(psycopg.connect(database.url, connect_timeout=3))
    except psycopg.OperationalError:
        pass
    assert len(held) < 200, "the server never was full"
    time.sleep(4)
    for connection in held:
        connection.close()
    job = database.wait_for(job_id, "completed")
    assert (job["attempt"], job["losses"]) == (1, 0)
    assert worker.process.poll() is None


@pytest.mark.parametrize("deliver", [True, False], ids=["after", "before"])
def test_a_connection_that_is_cut_at_its_commit_leaves_no_half_and_no_double(
    database: OwnDatabase, tmp_path: Path, deliver: bool
):
    """`after`: the server has committed and nobody was told. `before`: it never heard of it."""
    proxy = CuttingProxy(database.url)
    proxy.deliver = deliver
    worker = HubProcess(tmp_path, "worker", DATABASE_URL=proxy.url, MEGAHUB_LEASE_SECONDS="20")
    through = OwnDatabase.__new__(OwnDatabase)
    through.url = proxy.url
    try:
        warm = database.create(("quick", {}))[0]
        database.wait_for(warm, "completed")
        proxy.cuts = 12
        key = f"cut-{deliver}-{os.getpid()}"
        jobs = through.create(*[("chatty", {"lines": 200, "rate": 400})] * 4, key=key)
        for job_id in jobs:
            job = database.wait_for(job_id, "completed")
            assert (job["attempt"], job["losses"], job["failures"]) == (1, 0, 0)
            lines = database.ask(
                """SELECT l.message FROM ai_core_joblog l JOIN ai_core_aijob j ON j.id = l.job_id
                   WHERE j.job_id = %s ORDER BY l.id""",
                job_id,
            )
            assert [line for (line,) in lines] == [f"line {number}" for number in range(200)]
        assert proxy.done >= 6
        keys = database.ask(
            "SELECT count(*) FROM ai_core_idempotencykey WHERE key LIKE %s", f"{key}-%"
        )
        assert keys == [(4,)]
        assert invariants.broken(database.ask) == {}
    finally:
        print(worker.text()[-3000:])
        worker.kill()
        proxy.close()
