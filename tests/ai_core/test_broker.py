"""The broker refused, silent, emptied, killed: only latency depends on who merely rings."""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery

from ai_core.models import AIJob
from bench.torture import invariants
from megahub.embedded import Valkey, free_port
from megahub.guardian import Guardian
from tests.ai_core.processes import ROOT, Fleet, environment
from tests.ai_core.workbench import make_job, sql, wait_for_end, wait_for_status, wait_until
from tests.machine import within

pytestmark = pytest.mark.slow


def create(count: int, **wanted: str) -> tuple[list[AIJob], list[float]]:
    """Create jobs in a process with this environment; return them with the seconds each took."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.ai_core.creating", json.dumps([["quick", {}]] * count)],
        cwd=ROOT,
        env=environment(**wanted),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    answers = json.loads(said.splitlines()[-1])
    jobs = [AIJob.objects.get(job_id=answer["job_id"]) for answer in answers]
    return jobs, [answer["seconds"] for answer in answers]


class BlackHole:
    """Accepts every connection and never says a word."""

    def __enter__(self) -> str:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return f"redis://127.0.0.1:{self.server.getsockname()[1]}/0"

    def _accept(self) -> None:
        while True:
            try:
                self.held.append(self.server.accept()[0])
            except OSError:
                return

    def __exit__(self, *_: object) -> None:
        self.server.close()
        for one in self.held:
            one.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A broker of this test's own, which it may kill."""
    guard = Guardian()
    server = Valkey(tmp_path, guard=guard)
    server.address = server.start()  # type: ignore[attr-defined]
    yield server
    server.stop()
    guard.close()


def address(server: Any) -> str:
    return str(server.address)


def test_a_refused_and_a_silent_broker_slow_nobody_and_the_jobs_run(fleet: Fleet):
    refused = f"redis://127.0.0.1:{free_port()}/0"
    with BlackHole() as silent:
        for broker in (refused, silent):
            fleet.worker(REDIS_URL=broker)
            jobs, seconds = create(15, REDIS_URL=broker)
            assert statistics.median(seconds) < within(0.2)
            assert max(seconds) < within(1)
            for job in jobs:
                wait_for_end(job)
                assert (job.status, job.attempt) == ("completed", 1)
    assert invariants.broken(sql) == {}


def test_an_emptied_broker_loses_no_job(fleet: Fleet, valkey: Valkey):
    jobs, _ = create(20, REDIS_URL=address(valkey))
    redis.Redis.from_url(address(valkey)).flushall()
    fleet.worker(REDIS_URL=address(valkey))
    for job in jobs:
        assert wait_for_end(job).status == "completed"


def test_running_jobs_do_not_notice_that_the_broker_dies_and_bells_return_with_it(
    fleet: Fleet, valkey: Valkey
):
    worker = fleet.worker(REDIS_URL=address(valkey))
    long = wait_for_status(make_job("sleep", input_data={"seconds": 4}), "running")
    assert valkey.process is not None
    valkey.process.kill()
    valkey.process.wait()
    jobs, seconds = create(5, REDIS_URL=address(valkey))
    assert statistics.median(seconds) < within(0.2)
    for job in jobs:
        assert wait_for_end(job).status == "completed"
    valkey.start()
    wait_for_end(long)
    assert (long.status, long.attempt, long.losses) == ("completed", 1, 0)
    assert worker.process.poll() is None

    bells(valkey, 3)
    wait_until(lambda: unheard(valkey) == 0, seconds=45, what="bells that are heard again")


def bells(valkey: Valkey, times: int) -> None:
    with Celery(broker=address(valkey)) as ringer:
        ringer.conf.broker_transport_options = {"global_keyprefix": "megahub:"}
        for _ in range(times):
            ringer.send_task("ai_core.wake", args=["default"], queue="default")


def unheard(valkey: Valkey) -> int:
    return int(redis.Redis.from_url(address(valkey)).llen("megahub:default"))


def test_fifty_surplus_bells_start_a_job_once(fleet: Fleet, valkey: Valkey):
    worker = fleet.worker(REDIS_URL=address(valkey))
    wait_for_end(make_job("quick"))
    job = make_job("quick", input_data={"seconds": 0.5})
    bells(valkey, 50)
    wait_for_end(job)
    wait_until(lambda: unheard(valkey) == 0, seconds=45, what="bells that are heard")
    time.sleep(0.3)
    job.refresh_from_db()
    assert (job.status, job.attempt) == ("completed", 1)
    assert job.events.filter(new_status="running").count() == 1
    assert worker.process.poll() is None
