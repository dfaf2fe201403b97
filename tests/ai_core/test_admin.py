"""The admin of jobs: for reading; what it does goes through the services; a brand sees its own."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ai_core.execution import registry
from ai_core.models import AIJob, AIJobType, Artifact, JobLog, Queue, Release, ServiceHeartbeat
from ai_core.services import JobService
from brands.models import Role
from tests import factories
from tests.ai_core.workbench import make_job, sql

pytestmark = pytest.mark.django_db
JOBS = "admin:ai_core_aijob_changelist"
JOB = "admin:ai_core_aijob_change"
# Shown on another's page, or nobody's business.
WITHOUT_PAGE = {
    "AIJobData", "IdempotencyKey", "JobPile", "JobSlot", "JobStage", "OvhKey",
    "RetentionRule", "SavedView", "TallyMark",
}  # fmt: skip


@pytest.fixture
def root(client):
    client.force_login(factories.make_superuser("root"))
    return client


@pytest.fixture
def staff(client, people):
    """A manager of `owls` who may look into the admin, and is no superuser."""
    user = factories.make_member(people.brand, Role.MANAGER, username="staff")
    user.is_staff = True
    user.save()
    wanted = Permission.objects.filter(content_type__app_label="ai_core")
    user.user_permissions.set(wanted)
    client.force_login(user)
    return client


def act(client, action, *jobs):
    page = client.post(
        reverse(JOBS), {"action": action, "_selected_action": [job.pk for job in jobs]}, follow=True
    )
    assert page.status_code == 200
    return page.content.decode()


def finished(brand):
    return JobService.process_job(make_job("sleep", input_data={"seconds": 0}, brand=brand).pk)


def test_every_model_of_the_core_has_a_page_or_a_reason_not_to():
    registered = {model.__name__ for model in admin.site._registry}
    models = {model.__name__ for model in apps.get_app_config("ai_core").get_models()}
    assert models - registered == WITHOUT_PAGE - registered
    assert not registered & {"AIJobData"}


@pytest.mark.parametrize(
    "model",
    [model for model in admin.site._registry if model._meta.app_label == "ai_core"],
    ids=lambda model: model.__name__,
)
def test_every_list_and_page_opens_in_english_and_french(root, people, model):
    job = JobService.process_job(
        make_job("content_analysis", input_data={"text": "A few words."}, brand=people.brand).pk
    )
    sql(
        """INSERT INTO ai_core_jobmetric (job_id, step, attempt, at, "values")
           VALUES (%s, 1, 1, now(), '{"loss": 1}')""",
        job.pk,
    )
    Release.objects.create(brand=people.brand, name="spring")
    ServiceHeartbeat.objects.create(
        name="w1", kind="worker", seen_at=job.created_at, started_at=job.created_at, facts={"a": 1}
    )
    name = f"admin:ai_core_{model._meta.model_name}"
    for language in ("en", "fr"):
        page = root.get(reverse(f"{name}_changelist"), headers={"accept-language": language})
        assert page.status_code == 200
        for row in model._default_manager.all()[:1]:
            page = root.get(
                reverse(f"{name}_change", args=[row.pk]), headers={"accept-language": language}
            )
            assert page.status_code == 200
            assert b"style=" not in page.content


@pytest.mark.parametrize("lists", [JOBS, "admin:ai_core_jobevent_changelist"])
def test_a_longer_list_costs_no_more_queries(root, people, lists):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert root.get(reverse(lists)).status_code == 200
        return len(queries)

    for _ in range(3):
        make_job("sleep", brand=people.brand, user=people.owner)
    few = count()
    for _ in range(20):
        make_job("sleep", brand=people.brand, user=people.owner)
    assert count() == few


def test_a_job_cannot_be_added_edited_or_deleted_by_hand(root, people):
    job = make_job("sleep", brand=people.brand)
    page = root.get(reverse(JOB, args=[job.pk])).content.decode()
    assert 'name="status"' not in page
    assert root.get(reverse("admin:ai_core_aijob_add")).status_code == 403
    answers = [
        root.post(reverse(JOB, args=[job.pk]), {"status": "completed"}).status_code,
        root.post(
            reverse("admin:ai_core_aijob_delete", args=[job.pk]), {"post": "yes"}
        ).status_code,
    ]
    assert answers == [403, 403]
    job.refresh_from_db()
    assert job.status == "pending"


def test_the_page_shows_input_result_and_links_to_its_records(root, people):
    text = "<script>alert(1)</script> some words of a text."
    job = make_job("content_analysis", input_data={"text": text}, brand=people.brand)
    job = JobService.process_job(job.pk)
    page = root.get(reverse(JOB, args=[job.pk])).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "hints_language" in page
    logs = reverse("admin:ai_core_joblog_changelist") + f"?job__id__exact={job.pk}"
    assert logs in page
    assert job.job_id in root.get(logs).content.decode()


# ---------------------------------------------------------------------- actions
def test_cancel_goes_through_the_service_and_says_what_was_refused_job_by_job(root, people):
    waiting, over = make_job("sleep", brand=people.brand), finished(people.brand)
    page = act(root, "cancel", waiting, over)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.cancel_reason) == ("cancelled", "admin")
    assert waiting.moved_by.username == "root"
    assert "Done for 1 job." in page
    assert f"{over.job_id}: " in page


def test_retry_makes_a_new_job_and_links_to_it(root, people):
    job = make_job("sleep", brand=people.brand)
    JobService.cancel_job(job.pk)
    page = act(root, "retry", job)
    new = AIJob.objects.get(origin=job)
    assert (new.status, new.origin_kind) == ("pending", "retry")
    assert reverse(JOB, args=[new.pk]) in page


def test_promote_pause_resume_submit_and_delete_use_the_same_door(root, people):
    first, second = make_job("sleep", brand=people.brand), make_job("sleep", brand=people.brand)
    draft = make_job("sleep", brand=people.brand, draft=True)
    act(root, "promote", second)
    act(root, "submit", draft)
    assert "Done for" not in act(root, "pause", first)
    assert "Done for" not in act(root, "resume", first)
    act(root, "delete", first)
    for job in (first, second, draft):
        job.refresh_from_db()
    assert second.queue_rank < 0
    assert draft.status == "pending"
    assert first.status == "cancelled"
    assert first.deleted_at is not None


# ---------------------------------------------------------------------- who sees what
def test_staff_see_and_touch_only_their_own_brands_jobs(staff, people):
    own = make_job("sleep", brand=people.brand)
    foreign = make_job("sleep", brand=people.other_brand)
    JobService.append_log(foreign.pk, "canary line")
    page = staff.get(reverse(JOBS)).content.decode()
    assert own.job_id in page
    assert foreign.job_id not in page
    assert people.other_brand.name not in page
    assert staff.get(reverse(JOB, args=[foreign.pk])).status_code == 302
    act(staff, "cancel", own, foreign)
    own.refresh_from_db()
    foreign.refresh_from_db()
    assert (own.status, foreign.status) == ("cancelled", "pending")
    for address in ("joblog", "jobevent", "artifact", "release"):
        page = staff.get(
            reverse(f"admin:ai_core_{address}_changelist") + f"?job__id__exact={foreign.pk}"
            if address != "release"
            else reverse("admin:ai_core_release_changelist")
        )
        assert page.status_code == 200
        assert "canary" not in page.content.decode()
        assert foreign.job_id not in page.content.decode()


def test_staff_without_a_brand_or_without_permission_see_nothing(client, people):
    make_job("sleep", brand=people.brand)
    homeless = factories.make_user("homeless", is_staff=True)
    homeless.user_permissions.set(Permission.objects.filter(content_type__app_label="ai_core"))
    member = factories.make_member(people.brand, Role.MANAGER, username="plain-staff")
    member.is_staff = True
    member.save()
    for user in (homeless, member):
        client.force_login(user)
        assert client.get(reverse(JOBS)).status_code == 403


@pytest.mark.parametrize("model", ["aijobtype", "queue", "serviceheartbeat"])
def test_what_concerns_all_brands_is_for_superusers(staff, model):
    assert staff.get(reverse(f"admin:ai_core_{model}_changelist")).status_code == 403


def test_a_viewer_among_staff_has_no_actions(client, people):
    job = make_job("sleep", brand=people.brand)
    viewer = factories.make_member(people.brand, Role.VIEWER, username="looker")
    viewer.is_staff = True
    viewer.save()
    viewer.user_permissions.set(Permission.objects.filter(content_type__app_label="ai_core"))
    client.force_login(viewer)
    client.post(reverse(JOBS), {"action": "cancel", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert job.status == "pending"


# ---------------------------------------------------------------------- how things run
def change_type(root, kind, **changes):
    fields = {
        "is_active": "on", "queue": kind.queue_id, "timeout_seconds": kind.timeout_seconds,
        "max_failures": kind.max_failures, "max_losses": kind.max_losses,
        "retry_seconds": kind.retry_seconds,
        "estimated_duration_seconds": kind.estimated_duration_seconds,
    }  # fmt: skip
    page = root.post(
        reverse("admin:ai_core_aijobtype_change", args=[kind.pk]), {**fields, **changes}
    )
    assert page.status_code == 302
    kind.refresh_from_db()


def test_what_an_admin_changes_in_a_type_survives_an_upgrade_until_it_is_given_back(root):
    kind = AIJobType.objects.get(name="sleep")
    change_type(root, kind, is_active="on")
    assert not kind.changed_by_admin
    change_type(root, kind, timeout_seconds=77)
    assert kind.changed_by_admin
    registry.sync()
    kind.refresh_from_db()
    assert kind.timeout_seconds == 77
    root.post(
        reverse("admin:ai_core_aijobtype_changelist"),
        {"action": "take_code_values", "_selected_action": [kind.pk]},
    )
    kind.refresh_from_db()
    assert (kind.changed_by_admin, kind.timeout_seconds) == (False, 3600)


def test_a_type_keeps_what_its_code_says_it_is(root):
    kind = AIJobType.objects.get(name="sleep")
    change_type(root, kind, name="evil", executor="failing", input_schema="{}")
    assert (kind.name, kind.executor) == ("sleep", "sleep")


def test_queues_are_paused_resumed_and_limited(root):
    queue = Queue.objects.get(name="default")
    lists = reverse("admin:ai_core_queue_changelist")
    root.post(lists, {"action": "pause_queues", "_selected_action": [queue.pk]})
    queue.refresh_from_db()
    assert queue.is_paused
    root.post(lists, {"action": "resume_queues", "_selected_action": [queue.pk]})
    root.post(
        reverse("admin:ai_core_queue_change", args=[queue.pk]),
        {"description": "short", "concurrency_limit": 4},
    )
    queue.refresh_from_db()
    assert (queue.is_paused, queue.concurrency_limit, queue.name) == (False, 4, "default")


def test_a_big_table_is_not_counted_to_its_end(root, people, monkeypatch):
    from ai_core.admin import reading

    job = make_job("sleep", brand=people.brand)
    for number in range(12):
        JobService.append_log(job.pk, f"line {number}")
    monkeypatch.setattr(reading, "MOST_ROWS", 5)
    with CaptureQueriesContext(connection) as queries:
        root.get(reverse("admin:ai_core_joblog_changelist"))
    counts = [one["sql"] for one in queries if "joblog" in one["sql"] and "COUNT" in one["sql"]]
    assert not counts
    assert JobLog.objects.count() == 12
    assert Artifact.objects.count() == 0
