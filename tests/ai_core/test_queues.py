"""Who is next: one claim has one winner, limits are hard, brands share, order is kept."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from ai_core import lifecycle
from ai_core.execution import statements
from ai_core.execution.heart import Heart
from ai_core.models import AIJob, AIJobType, Queue
from tests import factories
from tests.ai_core.workbench import (
    at_once,
    claim,
    claimed_job,
    completed,
    expire_lease,
    make_job,
    make_jobs,
    moves,
    sql,
)

THREADS = 32


def set_limit(limit: int | None, *, queue: str = "default") -> None:
    Queue.objects.filter(name=queue).update(concurrency_limit=limit)


def leased() -> int:
    return AIJob.objects.filter(lease_token__isnull=False).count()


@pytest.mark.usefixtures("committed")
class TestStampedes:
    def test_every_job_is_claimed_once_by_one_of_32_threads(self):
        brands = [factories.make_brand() for _ in range(3)]
        wanted = {job.pk for brand in brands for job in make_jobs(130, brand=brand)}

        def take_all(number: int) -> list[int]:
            mine, misses = [], 0
            while misses < 20:  # a miss may mean that others hold what is left for a moment
                got = claim(want=1 + number % 4, worker=f"worker-{number}")
                misses = 0 if got else misses + 1
                mine += [held.id for held in got]
            return mine

        taken = [pk for mine in at_once(THREADS, take_all) for pk in mine]
        assert len(taken) == len(set(taken))
        assert set(taken) == wanted
        assert set(AIJob.objects.values_list("attempt", flat=True)) == {1}
        holders = dict(sql("SELECT leased_by, count(*) FROM ai_core_aijob GROUP BY 1"))
        assert sum(holders.values()) == len(wanted)

    def test_a_limit_is_never_passed_even_when_32_threads_claim_and_settle_at_once(self):
        limit, jobs = 5, 200
        set_limit(limit)
        brand = factories.make_brand()
        make_jobs(jobs, brand=brand)
        most, seen = [0], threading.Lock()

        def work(number: int) -> int:
            done = misses = 0
            while misses < 200 and AIJob.objects.filter(status="pending").exists():
                got = claim(want=3)
                misses = 0 if got else misses + 1
                now = leased()
                with seen:
                    most[0] = max(most[0], now)
                if got:
                    done += len(statements.settle([completed(held) for held in got]))
            return done

        assert sum(at_once(12, work)) == jobs
        assert 1 <= most[0] <= limit

    def test_32_claims_with_a_barrier_get_no_more_than_the_limit_in_all(self):
        set_limit(7)
        make_jobs(100, brand=factories.make_brand())
        got = at_once(THREADS, lambda _: len(claim(want=2)))
        assert sum(got) == 7 == leased()


@pytest.mark.usefixtures("synced")
class TestLimits:
    def test_a_limit_counts_from_the_next_claim_on_without_a_restart(self):
        make_jobs(10, brand=factories.make_brand())
        set_limit(2)
        assert len(claim(want=10)) == 2
        set_limit(5)
        assert len(claim(want=10)) == 3
        set_limit(1)
        assert claim(want=10) == []
        set_limit(None)
        assert len(claim(want=10)) == 5

    def test_a_lost_lease_frees_its_slot(self):
        make_jobs(2, brand=factories.make_brand())
        set_limit(1)
        (held,) = claim()
        assert claim() == []
        expire_lease(held.id)
        statements.reap()
        (other,) = claim()
        assert other.id != held.id

    def test_a_cancelled_job_keeps_its_slot_until_its_work_has_stopped(self):
        brand = factories.make_brand()
        make_jobs(2, brand=brand)
        set_limit(1)
        (held,) = claim()
        lifecycle.cancel(AIJob.objects.get(pk=held.id), user=None)
        assert claim() == []
        statements.stopped([(held.id, held.token)])
        assert len(claim()) == 1

    def test_the_slot_of_a_cancelled_job_is_free_at_the_latest_when_its_lease_has_run_out(self):
        make_jobs(2, brand=factories.make_brand())
        set_limit(1)
        (held,) = claim()
        lifecycle.cancel(AIJob.objects.get(pk=held.id), user=None)
        sql(
            "UPDATE ai_core_aijob SET stopping_until = now() - interval '1 s' WHERE id = %s",
            held.id,
        )
        assert len(claim()) == 1

    def test_a_paused_queue_starts_nothing_and_lets_what_runs_run(self):
        job, held = claimed_job()
        make_job(brand=job.brand)
        Queue.objects.filter(name="default").update(is_paused=True)
        assert claim() == []
        assert statements.beat([(held.id, held.token)]) == [(held.id, "")]
        assert statements.settle([completed(held)]) == {job.pk: "completed"}
        Queue.objects.filter(name="default").update(is_paused=False)
        assert len(claim()) == 1


@pytest.mark.usefixtures("synced")
class TestOrder:
    def test_brands_share_the_slots_whoever_came_first(self):
        rich, poor = factories.make_brand(), factories.make_brand()
        make_jobs(20, brand=rich)
        make_jobs(2, brand=poor)
        assert sorted(held.brand_id for held in claim(want=4)) == [rich.pk] * 2 + [poor.pk] * 2

    def test_what_a_brand_already_runs_counts_against_it(self):
        rich, poor = factories.make_brand(), factories.make_brand()
        make_jobs(20, brand=rich)
        assert len(claim(want=4)) == 4
        make_jobs(3, brand=poor)
        assert [held.brand_id for held in claim(want=3)] == [poor.pk] * 3

    def test_urgent_comes_before_low_and_old_before_new(self):
        brand = factories.make_brand()
        words = ["low", "normal", "urgent", "high", "normal", "urgent"]
        jobs = [make_job(brand=brand, priority=word) for word in words]
        order = [claim()[0].id for _ in jobs]
        assert order == [jobs[n].pk for n in (2, 5, 3, 1, 4, 0)]

    def test_a_promoted_job_comes_before_every_priority(self):
        brand = factories.make_brand()
        make_job(brand=brand, priority="urgent")
        low = make_job(brand=brand, priority="low")
        lifecycle.promote(low, user=None)
        assert claim()[0].id == low.pk

    def test_the_last_promoted_job_is_the_first(self):
        brand = factories.make_brand()
        first, second = make_jobs(2, brand=brand)
        lifecycle.promote(AIJob.objects.get(pk=second.pk), user=None)
        lifecycle.promote(AIJob.objects.get(pk=first.pk), user=None)
        assert [claim()[0].id, claim()[0].id] == [first.pk, second.pk]

    def test_a_changed_priority_counts(self):
        brand = factories.make_brand()
        make_job(brand=brand)
        late = make_job(brand=brand)
        lifecycle.change(late, priority=3)
        assert claim()[0].id == late.pk


@pytest.mark.usefixtures("synced")
class TestWhatIsNotClaimed:
    def test_a_job_for_later_waits_for_its_time(self):
        job = make_job(run_after=datetime.now(UTC) + timedelta(hours=1))
        statements.reap()
        assert claim() == []
        sql("UPDATE ai_core_aijob SET run_after = now() - interval '1 s' WHERE id = %s", job.pk)
        assert statements.reap().due_queues == [job.queue_id]
        assert [held.id for held in claim()] == [job.pk]

    def test_a_job_type_that_this_worker_does_not_know_is_left_to_others(self):
        strange = make_job("sleep")
        known = make_job("quick", brand=strange.brand)
        assert [held.id for held in claim(want=5, types=["quick"])] == [known.pk]
        strange.refresh_from_db()
        assert strange.status == "pending"

    def test_many_jobs_of_an_unknown_type_do_not_hide_the_known_ones(self):
        brand = factories.make_brand()
        make_jobs(50, "sleep", brand=brand)
        known = make_job("quick", brand=brand)
        assert [held.id for held in claim(want=1, types=["quick"])] == [known.pk]

    def test_a_draft_a_paused_and_a_finished_job_are_not_claimed(self):
        make_job(draft=True)
        job, held = claimed_job()
        statements.settle([completed(held)])
        assert claim(want=9) == []
        assert moves(job)[-1] == ("running", "completed")

    def test_a_suspended_brand_starts_nothing_until_it_is_back(self):
        brand = factories.make_brand(is_active=False)
        make_job(brand=brand)
        assert claim() == []
        brand.is_active = True
        brand.save()
        assert len(claim()) == 1

    def test_a_queue_that_does_not_exist_gives_nothing(self):
        kinds = list(AIJobType.objects.values_list("pk", flat=True))
        assert statements.claim(10**9, types=kinds, want=1, worker="w") == []


@pytest.mark.usefixtures("committed")
def test_running_jobs_of_a_brand_that_is_suspended_are_cancelled_at_the_next_look():
    job, held = claimed_job()
    job.brand.is_active = False
    job.brand.save()

    class OneAttempt:
        claimed = held
        settled = threading.Event()
        stop_reason = ""
        trusted_until = 1e18

        def stop(self, reason: str) -> None:
            self.stop_reason = reason

    attempt = OneAttempt()
    heart = Heart(lambda: [attempt], on_timeout=lambda _: None)
    heart.once(renew=False)
    job.refresh_from_db()
    assert (job.status, job.cancel_reason) == ("cancelled", "brand suspended")
    heart.once(renew=False)
    assert attempt.stop_reason == "cancelled"
    connection.close()
