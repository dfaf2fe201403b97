"""What wears out under a hub: locks that others hold, a full disk, a full or repeating broker.

Rows F17, F18, F19, F24 and F27 of docs/reliability.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from django.db import connection

from ai_core.models import AIJob, Artifact
from bench.torture import invariants
from tests.ai_core.processes import Fleet, database_url
from tests.ai_core.test_broker import address, create, unheard, valkey
from tests.ai_core.workbench import make_job, sql, wait_for_end, wait_until
from tests.machine import within

pytestmark = pytest.mark.slow

__all__ = ["valkey"]


# ---------------------------------------------------------------------- locks
@contextmanager
def locked(job: AIJob) -> Iterator[None]:
    """Somebody else has opened a transaction on this job and gone for coffee."""
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT 1 FROM ai_core_aijob WHERE id = %s FOR UPDATE", [job.pk])
        yield
        other.rollback()


@contextmanager
def patience(milliseconds: int) -> Iterator[None]:
    sql(f"SET lock_timeout = '{milliseconds}ms'")
    try:
        yield
    finally:
        sql("SET lock_timeout = '10s'")


def test_every_connection_has_a_limit_for_locks_and_forgotten_transactions(committed: None):
    assert sql("SHOW lock_timeout") == [("10s",)]
    assert sql("SHOW idle_in_transaction_session_timeout") == [("2min",)]


def test_a_verb_behind_a_stuck_lock_answers_503_and_changes_nothing(
    committed: None, owner_api: Any, people: Any
):
    job = make_job("quick", brand=people.brand, user=people.owner)
    with locked(job), patience(200):
        begun = time.monotonic()
        answer = owner_api.post(f"/ai/jobs/{job.job_id}/cancel/", {}, format="json")
        assert time.monotonic() - begun < within(5)
    assert (answer.status_code, answer.json()["error_code"]) == (503, "SERVICE_UNAVAILABLE")
    job.refresh_from_db()
    assert job.status == "pending"
    again = owner_api.post(f"/ai/jobs/{job.job_id}/cancel/", {}, format="json")
    assert again.status_code == 200


def test_a_stuck_lock_on_one_job_holds_up_no_other(fleet: Fleet):
    stuck = make_job("quick")
    free = make_job("quick", brand=stuck.brand)
    with locked(stuck):
        fleet.worker()
        fleet.sweeper()
        assert wait_for_end(free).status == "completed"
        stuck.refresh_from_db()
        assert stuck.status == "pending"
    assert wait_for_end(stuck).status == "completed"


# ---------------------------------------------------------------------- a full disk
SMALL_FILES_ONLY = (
    "import resource, runpy, sys;"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000));"
    "sys.argv = ['manage.py', *sys.argv[1:]];"
    "runpy.run_path('manage.py', run_name='__main__')"
)


def test_a_file_without_room_fails_its_job_by_name_and_leaves_no_half(fleet: Fleet, tmp_path: Path):
    fleet.worker(program=["-c", SMALL_FILES_ONLY], MEGAHUB_DATA=str(tmp_path / "data"))
    fleet.sweeper()
    large = make_job("hoarder", input_data={"size": 1_000_000})
    small = make_job("hoarder", input_data={"size": 1000}, brand=large.brand)
    wait_for_end(large, seconds=60)
    assert (large.status, large.error_code, large.failures) == ("failed", "STORAGE_FULL", 3)
    assert wait_for_end(small).status == "completed"
    kept = [path for path in (tmp_path / "data" / "artifacts").rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in kept] == [1000]
    assert Artifact.objects.get().job_id == small.pk
    assert invariants.broken(sql) == {}


# ---------------------------------------------------------------------- the broker
def test_a_broker_without_memory_slows_nobody_and_the_jobs_run(fleet: Fleet, valkey: Any):
    full = redis.Redis.from_url(address(valkey))
    full.config_set("maxmemory-policy", "noeviction")
    full.config_set("maxmemory", 1)
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        full.set("anything", "x")
    fleet.worker(REDIS_URL=address(valkey))
    jobs, seconds = create(10, REDIS_URL=address(valkey))
    assert sorted(seconds)[5] < within(0.2)
    for job in jobs:
        assert wait_for_end(job).status == "completed"


def test_a_bell_that_the_broker_thinks_unheard_starts_nothing_twice(fleet: Fleet, valkey: Any):
    """The broker's visibility time-out is a second; the job takes four."""
    worker = fleet.worker(REDIS_URL=address(valkey), TESTS_VISIBILITY_SECONDS="1")
    (job,), _ = create(1, REDIS_URL=address(valkey), TESTS_VISIBILITY_SECONDS="1")
    AIJob.objects.get(pk=job.pk)
    long = make_job("sleep", input_data={"seconds": 4}, brand=job.brand)
    for ended in (wait_for_end(job), wait_for_end(long)):
        assert (ended.status, ended.attempt, ended.losses) == ("completed", 1, 0)
    assert worker.process.poll() is None


def test_a_backlog_is_rung_for_a_few_times_and_not_for_each_job(fleet: Fleet, valkey: Any):
    sweeper = fleet.sweeper(REDIS_URL=address(valkey))
    create(300, REDIS_URL=address(valkey))
    sweeps = threading.Event()
    threading.Timer(2, sweeps.set).start()
    wait_until(sweeps.is_set)
    assert 1 <= unheard(valkey) <= 100
    assert sweeper.process.poll() is None
    connection.close()
