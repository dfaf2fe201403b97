"""Schedules by the API and in the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from ai_core.models import AIJob
from ai_schedules.models import Schedule, Tick
from brands.audit.models import AuditEntry
from brands.models import Role
from brands.rights import Right
from tests import factories

pytestmark = pytest.mark.django_db
NEW = {"name": "nightly", "cron": "0 3 * * *", "job_type": "sleep", "input_data": {"seconds": 0}}
HERE = "/ai/schedules/"


@pytest.fixture
def browser(people):
    client = Client()
    client.force_login(people.owner)
    return client


def test_a_schedule_is_made_changed_paused_resumed_run_and_removed(owner_api, people):
    made = owner_api.post(HERE, NEW)
    assert made.status_code == 201
    body = made.json()
    assert body["time_zone"] == people.brand.time_zone
    assert len(body["next_runs"]) == 5
    assert (body["missed"], body["overlap"], body["priority"]) == ("skip", "skip", "normal")
    one = f"{HERE}{body['id']}/"
    changed = owner_api.patch(one, {"cron": "@monthly", "priority": "high"}).json()
    assert (changed["cron"], changed["priority"]) == ("0 0 1 * *", "high")
    assert changed["next_at"] != body["next_at"]
    paused = owner_api.post(f"{one}pause/", {}).json()
    assert (paused["paused_because"], paused["next_at"]) == ("by_hand", None)
    assert owner_api.post(f"{one}resume/", {}).json()["is_paused"] is False
    run = owner_api.post(f"{one}run/", {})
    assert run.status_code == 201
    shown = owner_api.get(f"/ai/jobs/{run.json()['job_id']}/").json()
    assert shown["schedule"]["name"] == "nightly"
    (tick,) = owner_api.get(f"{one}ticks/").json()["results"]
    assert (tick["became"], tick["by_hand"]) == ("made", True)
    assert tick["job_id"] == run.json()["job_id"]
    assert owner_api.get(HERE).json()["count"] == 1
    assert owner_api.delete(one).status_code == 204
    told = AuditEntry.objects.filter(kind="schedule").order_by("id")
    assert list(told.values_list("action", flat=True)) == [
        f"schedule.{done}" for done in ("created", "changed", "paused", "resumed", "run", "removed")
    ]
    assert AIJob.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cron": "every day"}, "cron"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"input_data": {"seconds": "x"}}, "input_data.seconds"),
        ({"name": ""}, "name"),
        ({"missed": "sometimes"}, "missed"),
        ({"overlap": "sometimes"}, "overlap"),
        ({"most_missed": 0}, "most_missed"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(owner_api, wrong, field):
    answer = owner_api.post(HERE, {**NEW, **wrong})
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Schedule.objects.exists()


def test_a_type_that_does_not_exist_and_a_name_that_is_taken(owner_api):
    assert owner_api.post(HERE, {**NEW, "job_type": "nope"}).json()["error_code"] == (
        "JOB_TYPE_NOT_FOUND"
    )
    assert owner_api.post(HERE, NEW).status_code == 201
    assert "name" in owner_api.post(HERE, NEW).json()["errors"]


def test_a_change_of_the_rest_leaves_the_next_run_where_it_is(owner_api):
    body = owner_api.post(HERE, NEW).json()
    changed = owner_api.patch(f"{HERE}{body['id']}/", {"description": "x"}).json()
    assert changed["next_at"] == body["next_at"]


def test_members_change_their_own_managers_all_and_readers_nothing(
    people, owner_api, colleague_api, api_as
):
    one = f"{HERE}{owner_api.post(HERE, NEW).json()['id']}/"
    assert colleague_api.patch(one, {"name": "mine"}).status_code == 403
    assert colleague_api.post(f"{one}run/", {}).status_code == 403
    assert colleague_api.get(one).status_code == 200
    manager = factories.make_member(people.brand, Role.MANAGER)
    assert api_as(manager, people.brand).patch(one, {"name": "ours"}).status_code == 200
    reader = api_as(people.owner, people.brand, right=Right.READ)
    assert reader.post(HERE, {**NEW, "name": "x"}).status_code == 403
    preview = reader.post(f"{HERE}preview/", {"cron": "@daily", "time_zone": "UTC"})
    assert len(preview.json()["next_runs"]) == 5


# ---------------------------------------------------------------------- pages
FORM = {
    "name": "Morning", "cron": "0 7 * * 1-5", "time_zone": "Europe/Paris", "missed": "all",
    "overlap": "wait", "most_missed": "3", "priority": "high", "tags": "a, b",
    "input.seconds": "0",
}  # fmt: skip


def test_the_pages_make_change_run_pause_and_remove(browser):
    assert "?type=sleep" in browser.get("/schedules/new/").content.decode()
    page = browser.get("/schedules/new/?type=sleep").content.decode()
    assert 'name="input.seconds"' in page
    made = browser.post("/schedules/new/?type=sleep", FORM)
    schedule = Schedule.objects.get()
    assert made.url == f"/schedules/{schedule.pk}/"
    assert (schedule.missed, schedule.overlap, schedule.most_missed) == ("all", "wait", 3)
    assert (schedule.tags, schedule.input_data) == (["a", "b"], {"seconds": 0})
    assert "Morning" in browser.get("/schedules/").content.decode()
    browser.post(f"{made.url}edit/", {**FORM, "name": "Evening", "cron": "0 19 * * *"})
    schedule.refresh_from_db()
    assert (schedule.name, schedule.cron) == ("Evening", "0 19 * * *")
    job = browser.post(f"{made.url}act/", {"do": "run"})
    assert made.url in browser.get(job.url).content.decode()
    browser.post(f"{made.url}act/", {"do": "pause"})
    assert Schedule.objects.get().paused == "by_hand"
    browser.post(f"{made.url}act/", {"do": "resume"})
    assert Schedule.objects.get().is_on
    browser.post(f"{made.url}act/", {"do": "remove"})
    assert not Schedule.objects.exists()
    assert not Tick.objects.exists()


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(browser):
    wrong = {**FORM, "cron": "99 * * * *", "input.seconds": "-5"}
    answer = browser.post("/schedules/new/?type=sleep", wrong)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "99 * * * *" in page
    assert answer.context["errors"].keys() == {"cron"}
    answer = browser.post("/schedules/new/?type=sleep", {**FORM, "input.seconds": "-5"})
    assert answer.status_code == 400
    assert any(one.problems for one in answer.context["fields"] + answer.context["more"])


def test_the_preview_follows_what_is_typed(browser):
    shown = browser.get("/schedules/preview/?cron=0 0 1 1 *&time_zone=UTC").content.decode()
    assert shown.count("<li>") == 5
    shown = browser.get("/schedules/preview/?cron=nonsense&time_zone=UTC").content.decode()
    assert "<li>" not in shown


def test_another_brands_schedule_has_no_page(browser, people):
    theirs = factories.make_schedule(people.stranger, people.other_brand)
    for path in ("", "edit/"):
        assert browser.get(f"/schedules/{theirs.pk}/{path}").status_code == 404
    assert browser.post(f"/schedules/{theirs.pk}/act/", {"do": "remove"}).status_code == 404


def test_the_list_asks_as_often_for_one_as_for_many(browser, people, django_assert_max_num_queries):
    factories.make_schedule(people.owner, people.brand)
    browser.get("/schedules/")
    with django_assert_max_num_queries(12) as few:
        browser.get("/schedules/")
    for _ in range(8):
        factories.make_schedule(people.owner, people.brand)
    with django_assert_max_num_queries(12) as many:
        browser.get("/schedules/")
    assert len(many) == len(few)
