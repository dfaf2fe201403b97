"""What is kept no longer goes, nothing else does, and everybody can live with that."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ai_core import erasure, removal, retention
from ai_core.execution import statements
from ai_core.models import AIJob, Artifact, JobEvent, JobLog, JobMetric, RetentionRule
from ai_core.models.retention import Content
from ai_core.services import JobService
from brands.audit.models import AuditEntry
from brands.models import Role
from tests import factories
from tests.ai_core import workbench

SECRET = "the quick brown canary of Mrs Lovelace"


def ended(brand, *, days_ago=0, user=None, repeats=None):
    """A completed job that left something of every kind."""
    if repeats is None:
        job = workbench.make_job(
            brand=brand, user=user, input_data={"text": SECRET}, description=SECRET
        )
    else:
        job = JobService.restart_job(repeats, user=user)
    [held] = workbench.claim()
    outcome = replace(workbench.completed(held), result={"answer": SECRET})
    statements.settle([outcome])
    JobLog.objects.create(
        job=job, attempt=1, number=1, at=timezone.now(), level="info", message=SECRET
    )
    JobEvent.objects.create(job=job, at=timezone.now(), type="info", message=SECRET)
    JobMetric.objects.create(job=job, step=1, at=timezone.now(), values={"loss": 1})
    path = default_storage.save(f"{brand.pk}/{job.job_id}/a", io.BytesIO(SECRET.encode()))
    Artifact.objects.create(
        job=job, name="a.txt", path=path, size=9, content_type="text/plain", sha256="0" * 64
    )
    if days_ago:
        workbench.sql(
            "UPDATE ai_core_aijob SET completed_at = completed_at - %s WHERE id = %s",
            timedelta(days=days_ago), job.pk,
        )  # fmt: skip
    return AIJob.objects.select_related("data", "job_type", "brand", "queue").get(pk=job.pk)


def left_of(job):
    """Which kinds of content a job still has."""
    data = AIJob.objects.select_related("data").get(pk=job.pk).data
    found = {
        "inputs": bool(data.input_data),
        "results": data.result_data is not None,
        "logs": job.logs.exists(),
        "events": job.events.exclude(type__in=["status", "attempt"]).exists(),
        "metrics": job.metrics.exists(),
        "artifacts": job.artifacts.exists(),
    }
    return {kind for kind, there in found.items() if there}


ALL = set(Content.values)


@pytest.fixture
def kept(synced, people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return people


@pytest.mark.parametrize("kind", Content.values)
def test_a_rule_removes_its_kind_of_what_is_older_in_its_brand_only(
    kept, kind, django_capture_on_commit_callbacks
):
    old, new = ended(kept.brand, days_ago=91), ended(kept.brand, days_ago=89)
    foreign = ended(kept.other_brand, days_ago=500)
    moves = workbench.moves(old)
    retention.choose(kept.brand, kind, days=90, newest=None)
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.step() is False
    assert left_of(old) == ALL - {kind}
    assert left_of(new) == left_of(foreign) == ALL
    old.data.refresh_from_db()
    assert old.data.removed[kind]["days"] == 90
    assert workbench.moves(old) == moves
    assert default_storage.exists(f"{kept.brand.pk}/{old.job_id}/a") is (kind != "artifacts")


def test_a_rule_by_number_keeps_the_newest(kept):
    jobs = [ended(kept.brand, days_ago=days) for days in (5, 4, 3, 2)]
    retention.choose(kept.brand, "logs", days=None, newest=2)
    retention.step()
    assert ["logs" in left_of(job) for job in jobs] == [False, False, True, True]
    retention.choose(kept.brand, "logs", days=1, newest=2)  # either measure is enough
    retention.step()
    assert not JobLog.objects.exists()


def test_open_jobs_are_never_touched(kept):
    job = workbench.make_job(brand=kept.brand, input_data={"text": SECRET})
    workbench.sql("UPDATE ai_core_aijob SET created_at = created_at - interval '2 years'")
    for kind in Content:
        retention.choose(kept.brand, kind, days=1, newest=None)
    retention.step()
    assert "inputs" in left_of(job)


def test_it_goes_in_small_batches_and_reads_only_what_it_removes(kept, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    jobs = [ended(kept.brand, days_ago=9) for _ in range(5)]
    retention.choose(kept.brand, "inputs", days=7, newest=None)
    assert retention.step(seconds=0) is True  # one batch, then it lets others work
    assert sum("inputs" in left_of(job) for job in jobs) == 3
    assert retention.step() is False
    assert RetentionRule.objects.get().removed_jobs == 5
    with CaptureQueriesContext(connection) as queries:
        retention.step()
    assert not [one for one in queries if one["sql"].startswith(("UPDATE", "DELETE"))]


def test_a_job_with_very_many_lines_takes_several_batches_and_loses_all(kept, monkeypatch):
    monkeypatch.setattr(removal, "ROWS_AT_ONCE", 3)
    job = ended(kept.brand, days_ago=9)
    JobLog.objects.bulk_create(
        JobLog(job=job, attempt=1, number=n, at=timezone.now(), level="info", message="x")
        for n in range(2, 9)
    )
    retention.choose(kept.brand, "logs", days=7, newest=None)
    retention.step()
    assert left_of(job) == ALL - {"logs"}


def test_who_changed_what_is_kept_stands_in_the_trail(kept):
    for days in (30, 30, None):
        retention.choose(kept.brand, "logs", days=days, newest=None)
    told = AuditEntry.objects.filter(action="retention.changed").order_by("id")
    assert [one.changes for one in told] == [{"days": [None, 30]}, {"days": [30, None]}]
    assert {(one.brand_id, one.object_name) for one in told} == {(kept.brand.pk, "logs")}


def test_a_dry_run_says_what_would_go_and_touches_nothing(kept):
    job = ended(kept.brand, days_ago=9)
    retention.choose(kept.brand, "results", days=7, newest=None)
    out = io.StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "owls: results of 1 jobs" in out.getvalue()
    assert left_of(job) == ALL
    call_command("retention", stdout=out)
    assert left_of(job) == ALL - {"results"}


def test_every_page_of_a_job_without_content_answers_and_says_so(kept, client, owner_api):
    job = ended(kept.brand, days_ago=91, user=kept.owner)
    for kind in Content:
        retention.choose(kept.brand, kind, days=90, newest=None)
    retention.step()
    client.force_login(kept.owner)
    session = client.session
    session["brand"] = kept.brand.pk
    session.save()
    for tab in ("", "logs/", "events/", "artifacts/", "configuration/", "history/", "peek/"):
        answer = client.get(f"/jobs/{job.job_id}/{tab}")
        assert answer.status_code == 200, tab
        if tab != "peek/":
            assert answer.content.decode().count("keeps them for 90 days") == 6
    detail = owner_api.get(f"/ai/jobs/{job.pk}/").json()
    assert set(detail["removed"]) == ALL
    assert (detail["status"], detail["result_data"], detail["input_data"]) == (
        "completed",
        None,
        {},
    )
    again = owner_api.post(f"/ai/jobs/{job.pk}/restart/", {}, format="json")
    assert (again.status_code, again.json()["error_code"]) == (409, "INPUT_REMOVED")
    assert owner_api.get(f"/ai/jobs/{job.pk}/logs/").status_code == 200
    assert owner_api.get("/ai/jobs/").status_code == 200


# ---------------------------------------------------------------------- the settings
def test_managers_set_the_rules_and_see_what_would_go(kept, client):
    ended(kept.brand, days_ago=9)
    manager = factories.make_member(kept.brand, Role.MANAGER)
    client.force_login(manager)
    page = client.post("/settings/retention/", {"logs-days": "7", "results-newest": "500"})
    assert page.status_code == 302
    assert {(r.kind, r.days, r.newest) for r in RetentionRule.objects.for_brand(kept.brand)} == {
        ("logs", 7, None), ("results", None, 500),
    }  # fmt: skip
    assert "of one job" in client.get("/settings/retention/").content.decode()
    wrong = client.post("/settings/retention/", {"logs-days": "soon", "events-days": "3"})
    assert (wrong.status_code, RetentionRule.objects.count()) == (400, 2)
    client.post("/settings/retention/", {"results-newest": "500"})
    assert [rule.kind for rule in RetentionRule.objects.all()] == ["results"]


def test_members_may_not(kept, client):
    client.force_login(kept.owner)
    assert client.post("/settings/retention/", {"logs-days": "7"}).status_code == 403
    assert not RetentionRule.objects.exists()


# ---------------------------------------------------------------------- erasing
def erase(*words):
    out = io.StringIO()
    call_command("erase", *words, "--yes", stdout=out)
    return out.getvalue()


@pytest.fixture
def committing(django_capture_on_commit_callbacks):
    """Files go after the commit, which a test's own transaction never sees."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_job_is_erased_with_its_repeats_and_the_search_finds_nothing(kept, committing):
    job = ended(kept.brand, user=kept.owner)
    repeat = ended(kept.brand, user=kept.owner, repeats=job)
    with committing():
        assert erasure.erase(erasure.with_repeats(job)) == 2
    told = erase("--job", job.job_id)
    assert "2 jobs" in told
    assert left_of(job) == left_of(repeat) == set()
    assert workbench.moves(job)[-1] == ("running", "completed")
    job.refresh_from_db()
    assert (job.description, job.status) == ("", "completed")


def test_the_search_finds_what_was_left_in_another_place(kept, committing):
    job, other = ended(kept.brand), ended(kept.brand)
    with committing(), pytest.raises(CommandError, match="ai_core_aijobdata"):
        erase("--job", job.job_id)
    assert left_of(job) == set()
    assert left_of(other) == ALL


def test_an_open_job_is_not_erased(kept):
    job = workbench.make_job(brand=kept.brand, input_data={"text": SECRET})
    with pytest.raises(CommandError, match="cancel these first"):
        erase("--job", str(job.pk))
    assert "inputs" in left_of(job)


def test_a_person_is_erased_and_the_bill_stays(kept, client):
    from ai_usage.models import AIJobUsage

    person = kept.colleague
    person.first_name, person.email = "Augusta", "augusta@example.com"
    person.save()
    factories.make_key(person, kept.brand)
    client.force_login(person)
    job = ended(kept.brand, user=person)
    bills = list(AIJobUsage.objects.values("job_id", "total_cost", "created_by_id", "ending"))
    assert [bill["job_id"] for bill in bills] == [job.pk]
    Artifact.objects.filter(job=job).delete()  # files go after the commit
    default_storage.delete(f"{kept.brand.pk}/{job.job_id}/a")
    told = erase("--user", "colleague")
    assert "none is left" in told
    person.refresh_from_db()
    assert (person.username, person.email, person.is_active) == (f"erased-{person.pk}", "", False)
    assert left_of(job) == set()
    assert (
        list(AIJobUsage.objects.values("job_id", "total_cost", "created_by_id", "ending")) == bills
    )
    assert client.get("/jobs/").status_code == 302
    assert not AuditEntry.objects.filter(username="colleague").exists()
