"""Webhooks, deliveries and preferences by the API and in the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from ai_notices import kinds
from ai_notices.models import Delivery, Watch, Webhook
from brands.audit.models import AuditEntry
from brands.models import Role
from brands.rights import Right
from tests import factories
from tests.ai_notices.acts import make_due, read_and_deliver, run

pytestmark = pytest.mark.django_db
HOOKS = "/ai/notifications/webhooks/"
NEW = {"name": "ops", "url": "https://hooks.example.com/x", "kinds": ["job.failed"]}


@pytest.fixture
def manager(people):
    user = factories.make_member(people.brand, Role.MANAGER, username="manager")
    user.email = "manager@example.com"
    user.save()
    return user


@pytest.fixture
def api(manager, people, api_as):
    return api_as(manager, people.brand)


@pytest.fixture
def browser(manager):
    client = Client()
    client.force_login(manager)
    return client


def test_a_webhook_is_added_changed_switched_and_removed(api):
    made = api.post(HOOKS, NEW)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert made["Cache-Control"] == "no-store"
    address = f"{HOOKS}{made.json()['id']}/"
    assert "secret" not in api.get(address).json()
    assert api.patch(address, {"kinds": ["job.completed"]}).json()["kinds"] == ["job.completed"]
    assert api.patch(address, {"is_active": False}).json()["off_reason"] == "by_hand"
    assert api.post(f"{address}test/", {}).json()["error_code"] == "WEBHOOK_OFF"
    assert api.patch(address, {"is_active": True}).json()["is_active"] is True
    assert api.post(f"{address}rotate/", {}).json()["secret"] != made.json()["secret"]
    assert api.get(HOOKS).json()["count"] == 1
    told = AuditEntry.objects.filter(kind="webhook").order_by("id")
    assert list(told.values_list("action", flat=True)) == [
        f"webhook.{done}"
        for done in ("created", "changed", "switched_off", "switched_on", "secret_rotated")
    ]
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kinds": ["job.exploded"]}, "kinds"),
        ({"kinds": []}, "kinds"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"payload": "carrier pigeon"}, "payload"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_webhook_is_refused_by_its_field(api, wrong, field):
    answer = api.post(HOOKS, {**NEW, **wrong})
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_a_name_is_taken_once_in_a_brand(api, stranger_api):
    assert api.post(HOOKS, NEW).status_code == 201
    assert api.post(HOOKS, NEW).json()["errors"].keys() == {"name"}
    assert stranger_api.post(HOOKS, NEW).status_code == 201


def test_only_managers_have_a_say(people, owner_api, api_as, manager):
    assert owner_api.get(HOOKS).status_code == 403
    narrow = api_as(manager, people.brand, right=Right.WRITE)
    assert narrow.post(HOOKS, NEW).status_code == 403


def test_a_delivery_tells_what_was_sent_and_what_came_back(api, people, listen):
    listener = listen(500, 204)
    hook = api.post(HOOKS, {**NEW, "url": listener.address, "kinds": ["job.completed"]}).json()
    job = run(factories.make_job(people.owner, people.brand))
    read_and_deliver()
    log = f"{HOOKS}{hook['id']}/deliveries/"
    (row,) = api.get(log).json()["results"]
    assert (row["outcome"], row["attempts"], row["job_id"]) == ("waiting", 1, job.job_id)
    assert row["next_try_at"]
    detail = api.get(f"{log}{row['id']}/").json()
    assert detail["tries"][0]["status"] == 500
    assert detail["tries"][0]["answer"] == "ok"
    assert job.job_id in detail["body"]
    make_due()
    read_and_deliver()
    assert api.post(f"{log}{row['id']}/resend/", {}).status_code == 202
    read_and_deliver()
    assert len({heard.id for heard in listener.heard}) == 1
    assert len(listener.heard) == 3


def test_a_strangers_webhook_has_no_log_either(api, stranger_api):
    theirs = stranger_api.post(HOOKS, NEW).json()["id"]
    assert api.get(f"{HOOKS}{theirs}/deliveries/").status_code == 404


# ---------------------------------------------------------------------- wishes
def test_preferences_begin_with_what_is_usual_and_keep_what_is_not_named(owner_api):
    address = "/ai/notifications/preferences/"
    usual = owner_api.get(address).json()
    assert "job.failed" in usual["email"]
    assert "job.completed" not in usual["email"]
    changed = owner_api.patch(address, {"email": ["job.completed"], "language": "fr"}).json()
    assert changed == {"email": ["job.completed"], "page": usual["page"], "language": "fr"}
    assert owner_api.patch(address, {"email": ["x"]}).json()["errors"].keys() == {"email"}


def test_kinds_have_titles(owner_api):
    told = {row["kind"]: row["title"] for row in owner_api.get("/ai/notifications/kinds/").json()}
    assert told.keys() >= kinds.JOB_KINDS.keys() | {"quota.threshold", "webhook.disabled"}


def test_a_job_may_say_when_it_is_made_whether_its_creator_is_told(owner_api, people):
    body = {"job_type": "sleep", "input_data": {"seconds": 0}, "notify": "always"}
    made = owner_api.post("/ai/jobs/", body)
    assert made.status_code == 201
    choice = f"/ai/notifications/jobs/{made.json()['job_id']}/"
    assert owner_api.get(choice).json() == {"notify": "always"}
    assert owner_api.put(choice, {"notify": "never"}).json() == {"notify": "never"}
    assert Watch.objects.get().choice == "never"
    assert owner_api.put(choice, {"notify": None}).json() == {"notify": None}
    assert not Watch.objects.exists()
    assert owner_api.post("/ai/jobs/", {**body, "notify": "perhaps"}).status_code == 400


def test_another_choice_is_another_request_for_an_idempotency_key(owner_api):
    body = {"job_type": "sleep", "input_data": {"seconds": 0}}
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    assert owner_api.post("/ai/jobs/", {**body, "notify": "always"}, **key).status_code == 201
    assert owner_api.post("/ai/jobs/", {**body, "notify": "always"}, **key).status_code == 200
    assert owner_api.post("/ai/jobs/", {**body, "notify": "never"}, **key).status_code == 409


# ---------------------------------------------------------------------- pages
def test_the_pages_of_webhooks_add_try_rotate_and_remove(browser, people, listen):
    listener = listen()
    given = {"name": "ops", "shape": "standard", "url": listener.address, "language": "en"}
    assert browser.post("/settings/webhooks/new/", given).status_code == 400
    made = browser.post("/settings/webhooks/new/", {**given, "kinds": ["job.failed"]})
    assert "whsec_" in made.content.decode()
    hook = Webhook.objects.get()
    page = f"/settings/webhooks/{hook.pk}/"
    assert "whsec_" not in browser.get(page).content.decode()
    assert "ops" in browser.get("/settings/webhooks/").content.decode()
    sent = browser.post(f"{page}act/", {"do": "test"})
    read_and_deliver()
    assert "webhook.test" in browser.get(sent.url).content.decode()
    assert browser.post(sent.url).status_code == 302
    assert "whsec_" in browser.post(f"{page}act/", {"do": "rotate"}).content.decode()
    browser.post(f"{page}edit/", {**given, "name": "ops 2", "kinds": ["job.failed"]})
    browser.post(f"{page}act/", {"do": "off"})
    hook.refresh_from_db()
    assert (hook.name, hook.off) == ("ops 2", "by_hand")
    browser.post(f"{page}act/", {"do": "remove"})
    assert not Webhook.objects.exists()
    assert not Delivery.objects.exists()


def test_another_brands_webhook_has_no_page(browser, people, hook_to):
    theirs = hook_to("https://hooks.example.com/", brand=people.other_brand).webhook
    for path in ("", "edit/", "deliveries/1/"):
        assert browser.get(f"/settings/webhooks/{theirs.pk}/{path}").status_code == 404
    assert browser.post(f"/settings/webhooks/{theirs.pk}/act/", {"do": "remove"}).status_code == 404
    assert Webhook.objects.filter(pk=theirs.pk).exists()


def test_the_list_of_webhooks_asks_as_often_for_one_as_for_many(
    browser, hook_to, django_assert_max_num_queries, people
):
    hook_to("https://hooks.example.com/")
    browser.get("/settings/webhooks/")
    with django_assert_max_num_queries(12) as few:
        browser.get("/settings/webhooks/")
    for _ in range(8):
        hook_to("https://hooks.example.com/")
    with django_assert_max_num_queries(12) as many:
        browser.get("/settings/webhooks/")
    assert len(many) == len(few)


def test_my_notifications_are_saved_from_the_page(browser, manager):
    page = browser.get("/settings/notifications/").content.decode()
    assert "manager@example.com" in page
    browser.post(
        "/settings/notifications/",
        {"mail": ["job.completed", "nonsense"], "page": ["job.failed"], "language": "fr"},
    )
    from ai_notices.models import Preference

    row = Preference.objects.get(user=manager)
    assert (row.mail_kinds, row.language) == (["job.completed"], "fr")
    assert "job.started" not in row.page_kinds


def test_the_bell_leaves_out_what_is_not_wanted_and_shows_what_is_watched(browser, people, manager):
    mine = run(factories.make_job(manager, people.brand, description="Mine"))
    theirs = run(factories.make_job(people.owner, people.brand, description="Theirs"))
    silent = run(factories.make_job(manager, people.brand, description="Silent"))

    def told() -> set[str]:
        return {one.text for one in browser.get("/news/").context["news"]}

    assert told() == {"“Mine” is done", "“Silent” is done"}
    Watch.objects.create(job=theirs, user=manager, choice="always")
    browser.post(f"/jobs/{silent.job_id}/notify/", {"notify": "never"})
    assert told() == {"“Mine” is done", "“Theirs” is done"}
    browser.post("/settings/notifications/", {"page": ["job.failed"], "language": "en"})
    assert told() == set()
    assert mine.job_id


def test_the_page_of_a_job_offers_to_tell_while_there_is_something_to_tell(browser, people):
    job = factories.make_job(people.owner, people.brand)
    page = browser.get(f"/jobs/{job.job_id}/").content.decode()
    assert f"/jobs/{job.job_id}/notify/" in page
    run(job)
    assert "/notify/" not in browser.get(f"/jobs/{job.job_id}/").content.decode()
