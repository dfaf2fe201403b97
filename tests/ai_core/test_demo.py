"""The demo shows every type and state, comes once, costs little, and holds nobody up."""

from __future__ import annotations

import io
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ai_core.demo import make_jobs
from ai_core.models import AIJob, AIJobType, Queue, Release
from ai_core.statuses import FINAL, JobStatus
from brands.demo import make_brands
from tests import factories
from tests.ai_core.workbench import claim, sql

BUILT_IN = {"sleep", "failing", "content_analysis", "text_summary", "http_check"}


@pytest.fixture
def told(db):
    """The demo, made as the first start makes it; returns its processor time and statements."""
    factories.make_superuser("admin")
    brands = make_brands()
    begun = time.process_time()
    with CaptureQueriesContext(connection) as statements:
        make_jobs(brands)
    return time.process_time() - begun, len(statements)


def test_it_costs_less_than_a_first_start_can_wait_for(told):
    """Less than two seconds on a slow machine, however busy this one is with other things."""
    seconds, statements = told
    assert seconds < 2
    assert statements < 620


def test_each_brand_has_every_state_but_running_and_every_built_in_type(told):
    for brand in make_brands():
        jobs = AIJob.objects.filter(brand=brand)
        assert set(jobs.values_list("status", flat=True)) == set(JobStatus) - {"running"}
        assert set(jobs.values_list("job_type__name", flat=True)) >= BUILT_IN


def test_a_worker_that_comes_finds_something_to_run_and_leaves_the_demo_queue_alone(told):
    claimed = claim(want=50)
    jobs = AIJob.objects.filter(pk__in=[one.id for one in claimed])
    assert {job.brand.slug for job in jobs} == {"humari", "academy"}
    assert set(jobs.values_list("job_type__name", flat=True)) == {"sleep"}
    waiting = AIJob.objects.filter(queue__name="demo")
    assert waiting.count() == 6
    assert set(waiting.values_list("status", flat=True)) == {"pending"}
    assert claim("demo", want=50) == []


def test_results_are_real(told):
    for job in AIJob.objects.filter(status="completed", job_type__name="content_analysis"):
        language = "fr" if job.brand.slug == "humari" else "en"
        assert job.data.result_data["language"]["code"] == language
        assert job.data.result_data["keywords"]
        assert job.artifacts.count() == 1
        assert job.logs.exists()
        assert job.stages.filter(state="completed").count() == len(job.job_type.stages)


def test_failures_say_why_and_lead_to_their_retry(told):
    for brand in make_brands():
        failed = AIJob.objects.filter(brand=brand, status="failed")
        codes = set(failed.values_list("error_code", flat=True))
        assert codes == {"INPUT_REFUSED", "ADDRESS_REFUSED", "EXECUTION_FAILED"}
        followed = AIJob.objects.get(brand=brand, origin_kind="retry")
        assert (followed.origin.status, followed.status) == ("failed", "completed")
        assert AIJob.objects.filter(brand=brand, origin_kind="restart").exists()
        cancelled = AIJob.objects.get(brand=brand, status="cancelled")
        assert cancelled.cancel_reason
        assert cancelled.data.cancel_notes


def test_what_is_over_lies_in_the_last_two_weeks_on_most_days_and_in_order(told):
    now = timezone.now()
    for brand in make_brands():
        jobs = AIJob.objects.filter(brand=brand, status__in=FINAL)
        days = {job.created_at.date() for job in jobs}
        assert len(days) >= 10
        assert min(job.created_at for job in jobs) > now - timedelta(days=14)
        for job in jobs:
            times = [job.created_at, job.started_at or job.created_at, job.completed_at, now]
            assert times == sorted(times)
            events = list(job.events.values_list("at", flat=True))
            assert job.created_at - timedelta(seconds=1) < events[0] <= events[-1] < now
            assert events[-1] < job.completed_at + timedelta(seconds=2)


def test_releases_group_jobs_of_their_own_brand(told):
    for release in Release.objects.all():
        assert release.jobs.exclude(brand=release.brand).count() == 0
        assert release.jobs.count() > 3


def test_it_comes_once_and_leaves_alone_what_people_have_made_of_it(told):
    before = AIJob.objects.count()
    Queue.objects.filter(name="demo").update(is_paused=False)
    assert make_jobs(make_brands()) == 0
    assert AIJob.objects.count() == before
    assert not Queue.objects.get(name="demo").is_paused


def test_the_guards_of_the_database_stay_on(told):
    from django.db import IntegrityError, transaction

    done = AIJob.objects.filter(status="completed").first()
    with pytest.raises(IntegrityError), transaction.atomic():
        sql("UPDATE ai_core_aijob SET status = 'running' WHERE id = %s", done.pk)


@pytest.mark.django_db
def test_a_full_queue_leaves_the_demo_waiting_instead_of_broken():
    Queue.objects.filter(name="default").update(is_paused=True)
    assert make_jobs(make_brands()) > 20
    assert AIJob.objects.filter(status="completed").count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_command_says_what_it_made_and_may_be_run_again():
    from ai_core.execution import registry

    registry.sync()
    said = io.StringIO()
    call_command("demo", stdout=said)
    made = AIJob.objects.count()
    call_command("demo", stdout=said)
    assert AIJob.objects.count() == made > 40
    assert "humari" in said.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ai_core_aijob WHERE lease_token IS NOT NULL")
        assert cursor.fetchone() == (0,)
    assert AIJobType.objects.exists()
