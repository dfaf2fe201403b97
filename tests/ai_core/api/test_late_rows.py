"""Who polls by a cursor misses no row, in whatever order transactions end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from ai_core.models import JobEvent, JobLog
from ai_core.services import JobService


@pytest.fixture
def job(transactional_db: None, people: Any) -> Any:
    from ai_core.execution import registry

    registry.sync()
    job = JobService.create_job("sleep", {"seconds": 60}, people.owner, people.brand)
    JobService.start_job(job.pk)
    return job


@contextmanager
def open_transaction(work: Callable[[], object]) -> Iterator[None]:
    """Do the work in a session of its own that commits only at the end of the block."""
    done, go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                work()
                done.set()
                assert go.wait(60)
        finally:
            done.set()
            connection.close()

    session = threading.Thread(target=hold)
    session.start()
    assert done.wait(60)
    try:
        yield
    finally:
        go.set()
        session.join()


def event(job: Any, message: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ai_core_jobevent"
            " (job_id, at, type, attempt, old_status, new_status, message, payload)"
            " VALUES (%s, now(), 'warning', 1, '', '', %s, '{}')",
            [job.pk, message],
        )


def line(job: Any, message: str) -> None:
    JobService.append_log(job.pk, message)


@pytest.mark.parametrize(("below", "write"), [("logs", line), ("events", event)])
def test_a_row_that_is_committed_late_is_not_skipped(
    job: Any, owner_api: Any, below: str, write: Callable[[Any, str], None]
) -> None:
    address = f"/ai/jobs/{job.pk}/{below}/"
    after = owner_api.get(address).json()["next_after"]
    with open_transaction(lambda: write(job, "first")):
        write(job, "second")
        waiting = owner_api.get(f"{address}?after={after}").json()
        assert (waiting["results"], waiting["next_after"]) == ([], after)
        assert waiting["has_more"]
    told = owner_api.get(f"{address}?after={after}").json()
    assert [row["message"] for row in told["results"]] == ["first", "second"]
    assert not told["has_more"]


@pytest.mark.parametrize("query", ["tail=1", "tail=2"])
def test_the_tail_waits_too(job: Any, owner_api: Any, query: str) -> None:
    address = f"/ai/jobs/{job.pk}/logs/?{query}"
    line(job, "before")
    assert [row["message"] for row in owner_api.get(address).json()["results"]] == ["before"]
    with open_transaction(lambda: line(job, "first")):
        line(job, "second")
        messages = [row["message"] for row in owner_api.get(address).json()["results"]]
        assert "second" not in messages


def test_who_deletes_or_writes_to_another_table_holds_nobody_up(job: Any, owner_api: Any) -> None:
    line(job, "old")
    event(job, "old")

    def purge() -> None:
        JobLog.objects.filter(message="old").delete()
        JobEvent.objects.filter(message="old").delete()

    with open_transaction(purge):
        line(job, "new")
        told = owner_api.get(f"/ai/jobs/{job.pk}/logs/").json()
    assert [row["message"] for row in told["results"]] == ["old", "new"]


def test_a_downloaded_log_ends_before_a_line_that_is_still_to_come(
    job: Any, owner_api: Any
) -> None:
    address = f"/ai/jobs/{job.pk}/logs/?format=text"
    line(job, "before")
    assert owner_api.get(address).getvalue().endswith(b"before\n")
    with open_transaction(lambda: line(job, "first")):
        line(job, "second")
        text = owner_api.get(address).getvalue().decode()
        assert "before" in text
        assert "second" not in text
    lines = owner_api.get(address).getvalue().decode().splitlines()
    assert [one.rsplit(" ", 1)[-1] for one in lines] == ["before", "first", "second"]
