"""A tick makes its job once, whoever races or dies; and the rules for what is missed or busy."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from ai_core import brand_notices, lifecycle, purge
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_schedules import receivers, schedules, ticking
from ai_schedules.models import Schedule, Tick
from brands.access import Access
from brands.models import Membership, Role
from brands.rights import Right
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def far_from_the_turn_of_a_minute():
    """The database's clock decides what is due: no test begins in one minute, ends in another."""
    left = 60 - time.time() % 60
    if left < 4:
        time.sleep(left)


def minute(ago: float = 0) -> datetime:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return now - timedelta(minutes=ago)


def due(people, *, ago: float = 0, **fields) -> Schedule:
    """A schedule of every minute whose next tick is so many minutes old."""
    schedule = factories.make_schedule(people.owner, people.brand, **fields)
    Schedule.objects.filter(pk=schedule.pk).update(next_at=minute(ago))
    schedule.refresh_from_db()
    return schedule


def became() -> list[str]:
    return list(Tick.objects.order_by("at").values_list("became", flat=True))


def test_a_tick_makes_its_job_and_the_next_one_is_later(people):
    schedule = due(people, description="Nightly", priority="high", tags=["auto"])
    ticking.tick()
    ticking.tick()
    job = AIJob.objects.get()
    assert (job.description, job.tags, job.created_by) == ("Nightly", ["auto"], people.owner)
    assert job.brand == people.brand
    tick = Tick.objects.get()
    assert (tick.job, tick.at, tick.became) == (job, schedule.next_at, "made")
    schedule.refresh_from_db()
    assert schedule.next_at == tick.at + timedelta(minutes=1)


def test_the_database_knows_each_tick_once(people):
    schedule = due(people)
    ticking.tick()
    at = Tick.objects.get().at
    with pytest.raises(IntegrityError), transaction.atomic():
        Tick.objects.create(brand=people.brand, schedule=schedule, at=at, became="skipped")


def test_a_job_of_another_brand_cannot_hang_on_a_tick(people):
    schedule = due(people)
    job = factories.make_job(people.stranger, people.other_brand)
    with pytest.raises(IntegrityError), transaction.atomic():
        Tick.objects.create(
            brand=people.brand, schedule=schedule, at=minute(), became="made", job=job
        )


@pytest.mark.django_db(transaction=True)
def test_racing_sweepers_make_one_job(people):
    for _ in range(5):
        due(people)
    barrier = threading.Barrier(8)

    def sweep() -> None:
        barrier.wait()
        ticking.tick()
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert AIJob.objects.count() == Tick.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_whoever_dies_between_tick_and_commit_leaves_nothing_and_the_next_one_makes_it(
    people, monkeypatch
):
    due(people)

    class Killed(BaseException):
        """Nothing of ours catches it, like a kill."""

    real = ticking.make_job

    def dies(*args, **kwargs):
        real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(ticking, "make_job", dies)
    with pytest.raises(Killed):
        ticking.tick()
    assert not AIJob.objects.exists()
    assert not Tick.objects.exists()
    monkeypatch.undo()
    ticking.tick()
    assert AIJob.objects.count() == Tick.objects.count() == 1


# ---------------------------------------------------------------------- what was missed
@pytest.mark.parametrize(
    ("rule", "jobs", "left_out"),
    [("skip", 1, 9), ("once", 1, 9), ("all", 4, 6)],
)
def test_ticks_that_were_missed_follow_the_rule(people, rule, jobs, left_out):
    due(people, ago=9, missed=rule, most_missed=4, overlap="allow")
    ticking.tick()
    assert AIJob.objects.count() == jobs
    skipped = Tick.objects.get(became="skipped")
    assert skipped.missed + 1 == left_out
    assert Tick.objects.filter(became="made", at=minute()).count() == 1
    assert Schedule.objects.get().next_at == minute() + timedelta(minutes=1)


@pytest.mark.parametrize(("rule", "jobs"), [("skip", 0), ("once", 1), ("all", 2)])
def test_a_newest_tick_that_is_late_was_missed_as_well(people, rule, jobs):
    now = datetime.now(UTC)
    schedule = due(people, cron=f"{(now.minute - 10) % 60} * * * *", missed=rule, overlap="allow")
    late = minute(10) - timedelta(hours=1)
    Schedule.objects.filter(pk=schedule.pk).update(next_at=late)
    ticking.tick()
    assert AIJob.objects.count() == jobs


def test_a_long_absence_costs_a_few_rows(people):
    due(people, ago=60 * 24 * 3, missed="all", most_missed=3, overlap="allow")
    ticking.tick()
    assert AIJob.objects.count() == 3
    assert Tick.objects.count() == 4
    assert Tick.objects.get(became="skipped").missed > 4000


# ---------------------------------------------------------------------- what still runs
def test_overlap_allow_starts_another_one(people):
    schedule = due(people, ago=1, overlap="allow", missed="once")
    ticking.tick()
    again(schedule)
    ticking.tick()
    assert AIJob.objects.count() == 2


def again(schedule) -> None:
    """As if the next tick were due."""
    at = Tick.objects.filter(schedule=schedule).latest("at").at
    Schedule.objects.filter(pk=schedule.pk).update(next_at=at + timedelta(microseconds=1))


def test_overlap_skip_leaves_the_tick_out_while_the_job_is_open(people):
    schedule = due(people, ago=1, overlap="skip", missed="once")
    ticking.tick()
    again(schedule)
    ticking.tick()
    assert AIJob.objects.count() == 1
    assert "skipped" in became()
    JobService.process_job(AIJob.objects.get().pk)
    again(schedule)
    ticking.tick()
    assert AIJob.objects.count() == 2


def test_overlap_wait_makes_one_job_when_the_one_before_is_over(people):
    schedule = due(people, ago=1, overlap="wait", missed="once")
    ticking.tick()
    for _ in range(2):
        again(schedule)
        ticking.tick()
    assert became().count("waiting") == 1
    assert Tick.objects.filter(became="skipped", why="one_waits").exists()
    assert AIJob.objects.count() == 1
    lifecycle.cancel(AIJob.objects.get(), user=None)
    ticking.tick()
    assert AIJob.objects.count() == 2
    assert became().count("waiting") == 0


def test_a_pause_takes_what_waits_away_and_resuming_brings_nothing_back(people):
    schedule = due(people, ago=1, overlap="wait", missed="all")
    ticking.tick()
    again(schedule)
    ticking.tick()
    schedule.refresh_from_db()
    schedules.pause(schedule)
    lifecycle.cancel(AIJob.objects.get(), user=None)
    ticking.tick()
    assert AIJob.objects.count() == 1
    schedules.resume(schedule, Access(user=people.owner))
    assert schedule.next_at > datetime.now(UTC)
    ticking.tick()
    assert AIJob.objects.count() == 1


# ---------------------------------------------------------------------- what goes wrong
def test_a_schedule_that_cannot_make_its_job_says_why_and_pauses_itself(people):
    schedule = due(people, cron="0 0 1 1 *")
    Schedule.objects.update(input_data={"seconds": "many"})
    for number in range(1, ticking.MOST_FAILURES + 1):
        Schedule.objects.update(next_at=minute() - timedelta(seconds=number))
        ticking.tick()
    schedule.refresh_from_db()
    assert schedule.paused == "failures"
    assert "seconds" in schedule.last_failure
    assert set(became()) == {"failed"}
    assert not AIJob.objects.exists()
    (notice,) = brand_notices.recent(people.brand)
    assert notice.kind == "schedule_paused"
    assert notice.people == (people.owner.pk,)
    assert brand_notices.recent(people.other_brand) == []


def test_one_success_forgets_the_failures_before_it(people):
    schedule = due(people)
    Schedule.objects.update(failures=3, last_failure="x")
    ticking.tick()
    schedule.refresh_from_db()
    assert (schedule.failures, schedule.last_failure) == (0, "")


def test_a_bug_while_making_the_job_is_a_failure_and_not_an_endless_loop(people, monkeypatch):
    schedule = due(people)

    def broken(*_args, **_kwargs):
        raise RuntimeError("boom")

    monkeypatch.setattr(ticking, "make_job", broken)
    ticking.tick()
    schedule.refresh_from_db()
    assert schedule.next_at > datetime.now(UTC)
    assert "boom" in schedule.last_failure


@pytest.mark.parametrize("how", ["membership", "viewer", "inactive", "deleted"])
def test_a_schedule_whose_owner_has_left_pauses_until_somebody_takes_it_over(people, how):
    schedule = due(people)
    match how:
        case "membership":
            Membership.objects.filter(user=people.owner).delete()
        case "viewer":
            Membership.objects.filter(user=people.owner).update(role=Role.VIEWER)
        case "inactive":
            people.owner.is_active = False
            people.owner.save()
        case "deleted":
            people.owner.delete()
    ticking.tick()
    schedule.refresh_from_db()
    assert schedule.paused == "owner_left"
    assert not AIJob.objects.exists()
    schedules.resume(schedule, Access(user=people.colleague, right=Right.MANAGE))
    Schedule.objects.update(next_at=minute())
    Tick.objects.all().delete()
    ticking.tick()
    assert AIJob.objects.get().created_by == people.colleague


def test_a_brand_that_is_suspended_makes_nothing(people):
    due(people)
    people.brand.is_active = False
    people.brand.save()
    ticking.tick()
    assert not Tick.objects.exists()


def test_a_purged_job_leaves_its_tick_and_old_ticks_go(people):
    schedule = due(people)
    ticking.tick()
    job = AIJob.objects.get()
    lifecycle.delete(job, user=people.owner)
    AIJob.objects.update(deleted_at=datetime.now(UTC) - timedelta(hours=1))
    assert purge.purge_deleted() == 1
    assert Tick.objects.get().job is None
    Tick.objects.update(noted_at=datetime.now(UTC) - timedelta(days=91))
    receivers.keep_house()
    assert not Tick.objects.exists()
    assert Schedule.objects.filter(pk=schedule.pk).exists()


def test_nothing_due_costs_two_looks(people, django_assert_num_queries):
    factories.make_schedule(people.owner, people.brand)
    with django_assert_num_queries(2):
        ticking.tick()
