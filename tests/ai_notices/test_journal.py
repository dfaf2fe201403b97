"""From the journal of jobs to messages: what is told, to whom, once, and what it costs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ai_core import lifecycle
from ai_core.models import JobEvent
from ai_core.models.records import EventType
from ai_notices import journal, kinds, webhooks
from ai_notices.models import Bookmark, Delivery, Message, Preference, Watch
from brands.models import Membership
from tests import factories
from tests.ai_notices.acts import run

pytestmark = pytest.mark.django_db
EVERYTHING = list(kinds.JOB_KINDS)


def told() -> list[str]:
    return list(Message.objects.order_by("id").values_list("kind", flat=True))


def read_all() -> None:
    while journal.read_on():
        pass


def test_a_job_is_told_from_its_start_to_its_end(people, hook_to):
    hook_to("https://hooks.example.com/1", kinds=EVERYTHING)
    job = run(factories.make_job(people.owner, people.brand, description="Nightly"))
    read_all()
    assert told() == ["job.started", "job.completed"]
    facts = Message.objects.get(kind="job.completed").facts
    assert facts["job_id"] == job.job_id
    assert facts["status"] == "completed"
    assert facts["description"] == "Nightly"
    assert facts["url"].endswith(f"/jobs/{job.job_id}/")
    assert "input_data" not in facts
    assert Message.objects.get(kind="job.started").facts["completed_at"] is None


def test_a_failure_says_why_and_a_cancel_is_no_failure(people, hook_to):
    hook_to("https://hooks.example.com/1", kinds=EVERYTHING)
    broken = factories.make_job(people.owner, people.brand, "failing", input_data={"how": "input"})
    run(broken)
    lifecycle.cancel(
        factories.make_job(people.owner, people.brand), user=people.owner, reason="testing"
    )
    read_all()
    failed = Message.objects.get(kind="job.failed").facts
    assert failed["error_message"]
    assert failed["failure_class"]
    cancelled = Message.objects.get(kind="job.cancelled").facts
    assert cancelled["error_message"] == ""
    assert cancelled["cancel_reason"] == "testing"


@pytest.mark.parametrize(
    ("rail", "kind"),
    [("max_cost", "job.cost_warning"), ("stalled", "job.stalled"), ("nan_loss", "job.warning")],
)
def test_a_guard_rail_is_told_by_what_it_guards(people, hook_to, rail, kind):
    hook_to("https://hooks.example.com/1", kinds=EVERYTHING)
    job = factories.make_job(people.owner, people.brand)
    journal.skip_to_the_end()
    JobEvent.objects.create(
        job=job, at=job.created_at, type=EventType.WARNING, message="Look at it.",
        payload={"guard_rail": rail, "action": "warn"},
    )  # fmt: skip
    read_all()
    assert told() == [kind]
    assert Message.objects.get().facts["warning"]["message"] == "Look at it."


def test_only_chosen_kinds_of_the_own_brand_are_told(people, hook_to):
    hook_to("https://hooks.example.com/1", kinds=["job.failed"])
    run(factories.make_job(people.owner, people.brand))
    run(factories.make_job(people.stranger, people.other_brand))
    read_all()
    assert told() == []
    assert Bookmark.objects.get().event == JobEvent.objects.latest("id").id


def test_what_is_read_again_is_told_once(people, hook_to):
    hook_to("https://hooks.example.com/1", kinds=EVERYTHING)
    run(factories.make_job(people.owner, people.brand))
    read_all()
    Bookmark.objects.update(event=0)
    read_all()
    assert Message.objects.count() == Delivery.objects.count() == 2


def test_reading_costs_the_same_for_one_job_and_for_many(people, hook_to):
    hook_to("https://hooks.example.com/1", kinds=EVERYTHING)
    counts = []
    for number in (1, 12):
        for _ in range(number):
            run(factories.make_job(people.owner, people.brand))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            read_all()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_webhook_that_is_off_hears_nothing(people, hook_to):
    made = hook_to("https://hooks.example.com/1", kinds=EVERYTHING)
    webhooks.switch_off(made.webhook)
    run(factories.make_job(people.owner, people.brand))
    read_all()
    assert told() == []


# ---------------------------------------------------------------------- people
def mailed_to(kind: str) -> set[str]:
    rows = Delivery.objects.filter(message__kind=kind, user__isnull=False)
    return set(rows.values_list("user__username", flat=True))


def with_address(*users) -> None:
    for user in users:
        user.email = f"{user.username}@example.com"
        user.save()


def failing(user, brand):
    return factories.make_job(user, brand, "failing", input_data={"how": "input"})


def test_who_has_chosen_nothing_hears_of_failures_of_their_own(people):
    with_address(people.owner, people.colleague)
    run(failing(people.owner, people.brand))
    run(factories.make_job(people.owner, people.brand))
    read_all()
    assert told() == ["job.failed"]
    assert mailed_to("job.failed") == {"owner"}


@pytest.mark.parametrize(
    ("choice", "heard"),
    [("always", {"job.started", "job.failed"}), ("failure", {"job.failed"}), ("never", set())],
)
def test_a_choice_for_one_job_goes_before_the_preferences(people, choice, heard):
    with_address(people.owner, people.colleague)
    job = failing(people.owner, people.brand)
    Watch.objects.create(job=job, user=people.colleague, choice=choice)
    Watch.objects.create(job=job, user=people.owner, choice="never")
    run(job)
    read_all()
    assert {kind for kind in told() if mailed_to(kind) == {"colleague"}} == heard


def test_nobody_is_told_of_a_brand_that_they_have_left(people):
    with_address(people.owner)
    job = failing(people.owner, people.brand)
    Membership.objects.filter(user=people.owner).delete()
    run(job)
    read_all()
    assert told() == []


def test_what_one_cancels_oneself_is_no_news(people):
    with_address(people.owner, people.colleague)
    Preference.objects.create(user=people.owner, mail_kinds=["job.cancelled"])
    for user in (people.owner, people.colleague):
        lifecycle.cancel(factories.make_job(people.owner, people.brand), user=user)
    read_all()
    assert Delivery.objects.filter(user=people.owner).count() == 1
