"""The table of legal moves and the database's own rules, by raw SQL: no service stands between."""

import itertools
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from ai_core.models import AIJob, JobEvent, Release
from ai_core.statuses import FINAL, INITIAL, OPEN, TRANSITIONS, JobStatus
from tests import factories
from tests.ai_core.workbench import claimed_job, make_job, moves, sql

pytestmark = pytest.mark.usefixtures("synced")

WAY_TO = {
    JobStatus.DRAFT: [],
    JobStatus.PENDING: ["pending"],
    JobStatus.RUNNING: ["pending", "running"],
    JobStatus.PAUSED: ["pending", "running", "paused"],
    JobStatus.COMPLETED: ["pending", "running", "completed"],
    JobStatus.FAILED: ["pending", "running", "failed"],
    JobStatus.CANCELLED: ["cancelled"],
    JobStatus.TIMEOUT: ["pending", "running", "timeout"],
}


def move(job: AIJob, status: str) -> None:
    sql("UPDATE ai_core_aijob SET status = %s WHERE id = %s", status, job.pk)


def refused(text: str, *values: object) -> str:
    def act() -> None:
        with transaction.atomic():
            sql(text, *values)
            connection.check_constraints()

    with pytest.raises(IntegrityError) as caught:
        act()
    return str(caught.value)


def job_in(status: JobStatus) -> AIJob:
    job = make_job(draft=True)
    for step in WAY_TO[status]:
        move(job, step)
    job.refresh_from_db()
    assert job.status == status
    return job


@pytest.mark.parametrize(("old", "new"), list(itertools.product(JobStatus, repeat=2)))
def test_the_database_allows_exactly_the_moves_of_the_table(old: JobStatus, new: JobStatus):
    job = job_in(old)
    before = moves(job)
    if new in TRANSITIONS.get(old, ()):
        move(job, new)
        assert moves(job) == [*before, (old, new)]
    elif new == old:
        move(job, new)
        assert moves(job) == before
    else:
        text = refused("UPDATE ai_core_aijob SET status = %s WHERE id = %s", new, job.pk)
        assert f"cannot go from {old} to {new}" in text
        assert moves(job) == before


def test_every_status_is_open_or_final_and_only_two_begin():
    assert frozenset(JobStatus) == OPEN | FINAL
    assert not OPEN & FINAL
    assert frozenset({JobStatus.DRAFT, JobStatus.PENDING}) == INITIAL


@pytest.mark.parametrize("status", JobStatus)
def test_a_job_is_born_as_draft_or_pending_and_as_nothing_else(status: JobStatus):
    job = make_job()
    twin = AIJob(
        job_type=job.job_type, brand=job.brand, queue=job.queue, timeout_seconds=1, status=status,
        created_at=datetime.now(UTC), updated_at=datetime.now(UTC),
        completed_at=datetime.now(UTC) if status in FINAL else None,
    )  # fmt: skip
    if status in INITIAL:
        twin.save()
        assert moves(twin) == [("", status)]
    else:
        with (
            pytest.raises(IntegrityError, match=r"begins as draft or pending|is held by whoever"),
            transaction.atomic(),
        ):
            twin.save()


@pytest.mark.parametrize("missing", ["", "attempt", "lease_token", "started_at", "deadline_at"])
def test_a_job_may_begin_running_if_somebody_holds_it(missing: str):
    job, now = make_job(), datetime.now(UTC)
    held = {"attempt": 1, "lease_token": uuid4(), "started_at": now, "deadline_at": now}
    held[missing] = 0 if missing == "attempt" else None
    held.pop("", None)
    twin = AIJob(
        job_type=job.job_type, brand=job.brand, queue=job.queue, timeout_seconds=1,
        status=JobStatus.RUNNING, created_at=now, updated_at=now, lease_expires_at=now, **held,
    )  # fmt: skip
    if missing:
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save()
    else:
        twin.save()
        assert moves(twin) == [("", "pending"), ("pending", "running")]


def test_an_unknown_status_cannot_be_stored():
    assert refused("UPDATE ai_core_aijob SET status = 'done' WHERE id = %s", make_job().pk)


def test_attempt_never_decreases_and_what_identifies_a_job_never_changes():
    job, _ = claimed_job()
    other = factories.make_brand()
    assert "attempt never decreases" in refused(
        "UPDATE ai_core_aijob SET attempt = attempt - 1 WHERE id = %s", job.pk
    )
    for column, value in [("brand_id", other.pk), ("job_id", "ai_job_another")]:
        assert "never change" in refused(
            f"UPDATE ai_core_aijob SET {column} = %s WHERE id = %s", value, job.pk
        )


def test_a_job_has_one_final_event_even_if_somebody_writes_events_by_hand():
    job = job_in(JobStatus.COMPLETED)
    with pytest.raises(IntegrityError, match="one_final_event_per_job"), transaction.atomic():
        JobEvent.objects.create(
            job=job, at=datetime.now(UTC), type="status", new_status=JobStatus.FAILED
        )


@pytest.mark.parametrize("status", sorted(OPEN))
def test_an_open_job_cannot_have_an_end(status: str):
    job = job_in(JobStatus(status))
    assert "job_final_has_an_end" in refused(
        "UPDATE ai_core_aijob SET completed_at = now() WHERE id = %s", job.pk
    )


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_job_keeps_its_end(status: str):
    job = job_in(JobStatus(status))
    assert job.completed_at is not None
    assert "job_final_has_an_end" in refused(
        "UPDATE ai_core_aijob SET completed_at = NULL WHERE id = %s", job.pk
    )


@pytest.mark.parametrize("status", sorted(frozenset(JobStatus) - {JobStatus.RUNNING}))
def test_only_a_running_job_can_be_leased(status: str):
    job = job_in(JobStatus(status))
    assert "job_lease_while_running" in refused(
        """UPDATE ai_core_aijob SET lease_token = gen_random_uuid(), lease_expires_at = now()
           WHERE id = %s""",
        job.pk,
    )


def test_the_database_sets_the_times_and_a_done_job_has_all_of_its_progress():
    job = job_in(JobStatus.PENDING)
    assert job.started_at is None
    sql(
        "UPDATE ai_core_aijob SET status = 'running', started_at = '2001-01-01' WHERE id = %s",
        job.pk,
    )
    sql(
        """UPDATE ai_core_aijob SET status = 'completed', completed_at = '2001-01-01',
           progress_percentage = 3 WHERE id = %s""",
        job.pk,
    )
    job.refresh_from_db()
    assert job.created_at <= job.started_at <= job.completed_at
    assert job.started_at.year > 2001
    assert job.progress_percentage == 100
    assert job.events.get(new_status="completed").at == job.completed_at


def test_a_second_run_keeps_the_first_start():
    job = job_in(JobStatus.PAUSED)
    started = job.started_at
    move(job, "pending")
    move(job, "running")
    job.refresh_from_db()
    assert job.started_at == started


def test_leaving_running_clears_the_lease_and_every_order():
    job, claimed = claimed_job()
    sql("UPDATE ai_core_aijob SET stop_requested = 'pause' WHERE id = %s", job.pk)
    move(job, "failed")
    job.refresh_from_db()
    assert job.lease_token is None
    assert job.lease_expires_at is None
    assert job.deadline_at is None
    assert job.stop_requested == ""
    assert job.last_token == claimed.token


def test_release_and_origin_of_another_brand_cannot_be_stored():
    job, other = make_job(), factories.make_brand()
    foreign = Release.objects.create(brand=other, name="theirs")
    assert "job_release_same_brand" in refused(
        "UPDATE ai_core_aijob SET release_id = %s WHERE id = %s", foreign.pk, job.pk
    )
    theirs = make_job(brand=other)
    with pytest.raises(IntegrityError, match="origin of a job"), transaction.atomic():
        AIJob.objects.create(
            job_type=job.job_type, brand=job.brand, queue=job.queue, timeout_seconds=1,
            origin=theirs, created_at=datetime.now(UTC), updated_at=datetime.now(UTC),
        )  # fmt: skip
    assert refused("UPDATE ai_core_aijob SET origin_id = %s WHERE id = %s", theirs.pk, job.pk)


def test_a_job_that_waits_for_its_time_has_one():
    job = make_job()
    assert "job_not_due_has_a_time" in refused(
        "UPDATE ai_core_aijob SET due = false, run_after = NULL WHERE id = %s", job.pk
    )
