"""The bell: one's own jobs and the brand's limits, what is new, and that it stays cheap."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from ai_core.services import JobService
from brands.models import Role
from tests import factories
from tests.ai_core.pages.making import make, one_of_each

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def as_user(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def owner(people):
    return as_user(people.owner)


@pytest.fixture
def jobs(people):
    return one_of_each(people.brand, people.owner)


def told(client) -> list[str]:
    return [one.text for one in client.get("/news/").context["news"]]


def test_it_tells_of_my_jobs_and_of_nobody_elses(jobs, owner, people):
    assert set(told(owner)) == {
        "“The running one” has started",
        "“The completed one” is done",
        "“The failed one” has failed",
    }  # I cancelled the cancelled one myself
    assert told(as_user(people.colleague)) == []
    assert told(as_user(people.stranger)) == []
    assert "It broke &lt;b&gt;badly&lt;/b&gt;." in owner.get("/news/").content.decode()


def test_what_somebody_else_cancelled_is_news(jobs, owner, people):
    boss = factories.make_member(people.brand, Role.MANAGER)
    JobService.cancel_job(jobs["running"].pk, user=boss, reason="cost too high")
    assert "“The running one” was cancelled by somebody else" in told(owner)


def test_my_next_jobs_say_their_place(jobs, owner):
    (one,) = owner.get("/news/").context["waiting"]
    assert (one["name"], one["position"]) == ("The pending one", 1)


def test_what_was_seen_is_no_longer_new(jobs, owner, people):
    part = owner.get("/news/", headers=PART)
    assert part.context["unseen"] == 3
    assert "<html" not in part.content.decode()
    assert owner.post("/news/seen/", headers=PART).status_code == 204
    assert owner.get("/news/", headers=PART).context["unseen"] == 0
    JobService.complete_job(jobs["running"].pk, {})
    assert owner.get("/news/").context["unseen"] == 1
    assert owner.post("/news/seen/").url == "/news/"
    assert owner.get("/news/seen/").status_code == 405


def test_a_limit_that_is_nearly_used_up_is_news_of_the_brand(people, owner):
    from ai_providers import periods, thresholds
    from ai_providers.models import ProviderQuota, QuotaUse

    quota = ProviderQuota.objects.create(brand=people.brand, unit="money", limit=Decimal(10))
    use = QuotaUse.objects.create(
        quota=quota, period_start=periods.month_of(people.brand), used=Decimal(9)
    )
    thresholds.note([use.pk])
    (new, *_) = [one for one in owner.get("/news/").context["news"] if "80 %" in one.text]
    assert new.is_new
    assert new.url == "/settings/quotas/"
    assert told(as_user(people.stranger)) == []


def test_who_has_no_brand_has_no_bell(people):
    nobody = as_user(factories.make_user("nobody"))
    assert "data-bell" not in nobody.get("/").content.decode()
    assert nobody.get("/news/").url == "/"


def test_the_number_of_queries_does_not_grow(jobs, owner, people, django_assert_max_num_queries):
    for number in range(12):
        job = make(people.brand, people.owner, name=f"More {number}")
        JobService.start_job(job.pk)
        if number % 2:
            JobService.complete_job(job.pk, {})
    with django_assert_max_num_queries(14):
        owner.get("/news/", headers=PART)


def test_every_key_that_is_listed_goes_somewhere(owner):
    """`g` and a letter: what the list of keys says is what the sidebar's links answer to."""
    page = owner.get("/").content.decode()
    from megahub.navigation import entries

    letters = [entry.key for entry in entries() if entry.key]
    assert len(set(letters)) == len(letters)
    shown = [letter for letter in letters if f'data-go-key="{letter}"' in page]
    assert {"o", "j", "q", "u", "p", "s", "w"} <= set(shown)
    for letter in shown:
        assert f"<kbd>G</kbd> <kbd>{letter.upper()}</kbd>" in page
