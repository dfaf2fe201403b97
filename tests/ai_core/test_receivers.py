"""What listens to a job's end is written with it, once, and when broken undoes nothing."""

from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ai_core.execution import statements
from ai_core.models import AIJob
from ai_core.signals import job_finished
from tests.ai_core.workbench import claim, completed, make_jobs, moves


@pytest.fixture
def notes(people, committed):
    """A table that a receiver writes into, as an app would."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE noted (job_id bigint)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE noted")


def note(*, jobs: list[AIJob], **_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO noted SELECT unnest(%s::bigint[])", [[j.pk for j in jobs]])


def noted() -> Counter[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT job_id FROM noted")
        return Counter(row[0] for row in cursor.fetchall())


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("callers_own", [False, True], ids=["of its own", "in a transaction"])
def test_a_broken_receiver_undoes_nothing_and_the_others_are_heard_once(people, callers_own: bool):
    jobs = make_jobs(3, brand=people.brand)
    hated = jobs[1].pk

    def broken(*, jobs: list[AIJob], **_: Any) -> None:
        note(jobs=jobs)
        if any(job.pk == hated for job in jobs):
            raise RuntimeError("a receiver with a bug")

    outcomes = [completed(claimed) for claimed in claim(want=3)]
    job_finished.connect(note)
    job_finished.connect(broken)
    try:
        if callers_own:
            with transaction.atomic():
                done = statements.settle(outcomes)
        else:
            done = statements.settle(outcomes)
    finally:
        job_finished.disconnect(note)
        job_finished.disconnect(broken)
    assert set(done.values()) == {"completed"}
    # The good one has heard of each job once; of the broken one, all is left but the hated job.
    assert noted() == {jobs[0].pk: 2, hated: 1, jobs[2].pk: 2}
    for job in jobs:
        assert moves(job)[-1] == ("running", "completed")


@pytest.mark.usefixtures("notes")
def test_where_no_receiver_is_broken_an_end_costs_no_savepoint(people):
    make_jobs(3, brand=people.brand)
    outcomes = [completed(claimed) for claimed in claim(want=3)]
    job_finished.connect(note)
    try:
        with CaptureQueriesContext(connection) as asked:
            statements.settle(outcomes)
    finally:
        job_finished.disconnect(note)
    said = [one["sql"].split()[0] for one in asked.captured_queries]
    assert (said[0], said[-1]) == ("BEGIN", "COMMIT")
    assert "SAVEPOINT" not in said
    assert len(said) <= 6
