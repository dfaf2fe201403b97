"""What changes a job from outside its run says so: files, lost workers, work that stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import orjson
import pytest

from ai_core import artifacts, notices
from ai_core.execution import statements
from ai_core.services import JobService
from tests.ai_core.workbench import claimed_job, expire_lease, sql

Hears = Callable[[int, str], bool]


@pytest.fixture
def hears(synced: None) -> Iterator[Hears]:
    """`hears(job, kind)`: wait for that notice on the real channel."""
    with notices.client().pubsub() as channel:
        channel.subscribe(notices.CHANGES)
        said = channel.get_message(timeout=20)
        assert said is not None
        assert said["type"] == "subscribe"

        def wait(job: int, kind: str) -> bool:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                message = channel.get_message(timeout=1)
                notice = orjson.loads(message["data"]) if message else {}
                if notice and notice["job"] == job and kind in notice["kinds"]:
                    return True
            return False

        yield wait


def test_a_stored_file_is_announced(hears: Hears) -> None:
    job, held = claimed_job()
    artifacts.store_for(held, "model.txt", "weights")
    assert hears(job.pk, "artifact")


def test_a_job_taken_back_from_a_lost_worker_is_announced(hears: Hears) -> None:
    job, _held = claimed_job()
    JobService.append_log(job.pk, "so that all older notices are heard")
    assert hears(job.pk, "log")
    expire_lease(job.pk)
    statements.reap()
    assert hears(job.pk, "status")


def test_work_that_has_stopped_is_announced(hears: Hears) -> None:
    job, held = claimed_job()
    JobService.cancel_job(job.pk)
    JobService.append_log(job.pk, "so that all older notices are heard")
    assert hears(job.pk, "log")
    statements.stopped([(held.id, held.token)])
    assert hears(job.pk, "status")


def test_work_that_never_said_that_it_stopped_is_announced_by_the_sweeper(hears: Hears) -> None:
    job, _held = claimed_job()
    JobService.cancel_job(job.pk)
    sql("UPDATE ai_core_aijob SET stopping_until = clock_timestamp() WHERE id = %s", job.pk)
    JobService.append_log(job.pk, "so that all older notices are heard")
    assert hears(job.pk, "log")
    statements.reap()
    assert hears(job.pk, "status")
