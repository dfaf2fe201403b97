"""What the sums and the live part say together is what counting every job says, at any moment."""

import threading
from collections import Counter
from datetime import datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from ai_core import lifecycle, purge, tally
from ai_core.execution import statements
from ai_core.models import AIJob, JobPile, JobSlot
from ai_core.services import StatusService
from brands.scoping import ALL_BRANDS
from tests import factories
from tests.ai_core.workbench import claim, completed, failed, make_jobs, sql

pytestmark = pytest.mark.usefixtures("committed")


def counted(brand):
    found = AIJob.objects.for_brand(brand).values_list("status", "priority")
    return Counter(found)


def told(brand):
    piles = Counter()
    for pile in tally.piles(brand):
        piles[pile.status, pile.priority] += pile.jobs
    return +piles


def end(count, outcome=completed):
    statements.settle([outcome(held) for held in claim(want=count)])


def test_open_ended_folded_and_deleted_jobs_are_all_counted():
    brand, other = factories.make_brand(), factories.make_brand()
    make_jobs(6, brand=brand)
    end(2)
    assert tally.fold() == 2
    end(2, failed)
    make_jobs(3, brand=other)
    assert told(brand) == counted(brand) == {("completed", 1): 2, ("failed", 1): 2,
                                             ("pending", 1): 2}  # fmt: skip
    assert told(ALL_BRANDS) == counted(brand) + counted(other)
    assert tally.drifts() == []
    assert tally.fold() == 2
    assert tally.fold() == 0
    assert told(brand) == counted(brand)
    assert JobPile.objects.count() == 2


@pytest.mark.parametrize("folded_first", [True, False])
def test_a_deleted_job_is_not_counted_a_restored_one_is_and_a_purged_one_leaves_nothing(
    folded_first,
):
    brand = factories.make_brand()
    make_jobs(3, brand=brand)
    end(3)
    jobs = list(AIJob.objects.all())
    if folded_first:
        tally.fold()
    for job in jobs[:2]:
        lifecycle.delete(job, user=None)
    assert told(brand) == counted(brand) == {("completed", 1): 1}
    lifecycle.restore(jobs[0].pk)
    assert told(brand) == counted(brand) == {("completed", 1): 2}
    tally.fold()
    AIJob.objects.filter(pk=jobs[1].pk).update(deleted_at=timezone.now() - timedelta(hours=1))
    assert purge.purge_deleted() == 1
    assert told(brand) == counted(brand) == {("completed", 1): 2}
    assert tally.drifts() == []


def test_days_are_those_of_the_time_zone():
    brand = factories.make_brand(time_zone="Asia/Kathmandu")
    make_jobs(2, brand=brand)
    end(2)
    zone = ZoneInfo("Asia/Kathmandu")
    # 18:20 UTC is five past midnight in Kathmandu, 18:10 is the day before.
    for job, at in zip(AIJob.objects.order_by("id"), ("18:10", "18:20"), strict=True):
        sql(
            "UPDATE ai_core_aijob SET created_at = %s, completed_at = %s WHERE id = %s",
            f"2026-03-01 {at}+00", f"2026-03-01 {at}+00", job.pk,
        )  # fmt: skip
    since = datetime(2026, 3, 1, tzinfo=zone)
    live = tally.by_day(brand, since=since, zone=zone)
    assert [(str(day), one.made, one.completed) for day, one in sorted(live.items())] == [
        ("2026-03-01", 1, 1), ("2026-03-02", 1, 1),
    ]  # fmt: skip
    assert tally.fold() == 2
    assert tally.by_day(brand, since=since, zone=zone) == live
    later = since + timedelta(days=1)
    assert list(tally.by_day(brand, since=later, zone=zone)) == [later.date()]


def test_an_end_that_commits_late_is_not_missed():
    """Its event has a lower number than one that was seen before; the fold waits for it."""
    brand = factories.make_brand()
    make_jobs(2, brand=brand)
    first, second = claim(want=2)
    holding, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            statements.settle([completed(first)])
            holding.set()
            assert go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert holding.wait(20)
    statements.settle([completed(second)])
    tally.fold()
    assert told(brand) == counted(brand) == {("completed", 1): 1, ("running", 1): 1}
    go_on.set()
    thread.join(20)
    tally.fold()
    tally.fold()
    assert told(brand) == counted(brand) == {("completed", 1): 2}
    assert sum(JobPile.objects.values_list("jobs", flat=True)) == 2


def test_chaos_changes_nothing():
    """Makers, workers, cancellers, deleters, purgers and two folders at once; never a drift."""
    brands = [factories.make_brand() for _ in range(2)]
    rounds = 25
    start = threading.Barrier(7)
    troubles: list[BaseException] = []

    def repeatedly(what):
        def run():
            try:
                start.wait(20)
                for turn in range(rounds):
                    what(turn)
            except BaseException as error:
                troubles.append(error)
                raise
            finally:
                connection.close()

        return run

    def cancel(turn):
        for job in AIJob.objects.filter(status="pending").order_by("-id")[:2]:
            try:
                lifecycle.cancel(job, user=None)
            except Exception:  # a worker was quicker
                continue

    def delete(turn):
        for job in AIJob.objects.filter(completed_at__isnull=False, deleted_at=None)[:2]:
            lifecycle.delete(job, user=None)
            if turn % 2:
                lifecycle.restore(job.pk)

    def remove(turn):
        sql("UPDATE ai_core_aijob SET deleted_at = now() - interval '1 hour'"
            " WHERE deleted_at IS NOT NULL")  # fmt: skip
        purge.purge_deleted()

    def prove(turn):
        assert tally.drifts() == []

    work = [
        lambda turn: make_jobs(8, brand=brands[turn % 2]),
        lambda turn: end(6, failed if turn % 5 == 0 else completed),
        cancel,
        delete,
        remove,
        lambda turn: (tally.fold(), prove(turn)),
        lambda turn: tally.fold(),
    ]
    threads = [threading.Thread(target=repeatedly(one)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not troubles
    tally.fold()
    tally.fold()
    assert tally.drifts() == []
    assert JobSlot.objects.exists()


def test_a_drift_is_found_and_repaired():
    brand = factories.make_brand()
    make_jobs(2, brand=brand)
    end(2)
    tally.fold()
    call_command("check_tallies", stdout=StringIO())
    JobPile.objects.update(jobs=7)
    said = StringIO()
    with pytest.raises(CommandError, match="drifted"):
        call_command("check_tallies", stdout=said)
    assert "7 told, 2 counted" in said.getvalue()
    call_command("check_tallies", "--repair", stdout=StringIO())
    assert told(brand) == counted(brand)


def test_the_dashboard_reads_no_jobs_that_are_over():
    """However many they are, what is counted are sums and what has ended since."""
    brand = factories.make_brand()
    make_jobs(3, brand=brand)
    end(3)
    tally.fold()
    midnight = datetime.combine(timezone.now().date(), time(), tzinfo=ZoneInfo("UTC"))
    sql("UPDATE ai_core_jobpile SET jobs = 1000000 WHERE status = 'completed'")
    assert StatusService.get_dashboard_stats(brand)["stats"]["total_jobs"] == 1_000_000
    assert tally.by_day(brand, since=midnight, zone=ZoneInfo("UTC"))
