"""Half, four fifths and all of a limit: each said once a month, whoever gets there first."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from ai_core import brand_notices
from ai_providers import administration, quotas, thresholds
from ai_providers.models import ProviderQuota, QuotaHold, QuotaNotice, QuotaUse
from brands.models import Role
from tests import factories
from tests.ai_core.workbench import at_once
from tests.ai_providers.test_calls import run
from tests.ai_providers.test_pages import as_user
from tests.ai_providers.test_quotas import limit, pending

A_CHAT = Decimal("0.00035")  # what "ok" costs with the prices of `priced`


@pytest.fixture
def brand(people, job_types, make_provider, priced):
    make_provider(people.brand)
    priced("ok", "10", "20")
    return people.brand


@pytest.fixture
def told():
    """What a listener hears, as notifications will."""
    heard = []

    def listen(*, notices, **_):
        heard.extend(notices)

    brand_notices.brand_noticed.connect(listen)
    yield heard
    brand_notices.brand_noticed.disconnect(listen)


def percents():
    return sorted(QuotaNotice.objects.values_list("percent", flat=True))


def soft(brand, amount):
    return limit(brand, amount, mode="soft")


def test_each_threshold_is_told_once_as_it_is_passed(brand, told):
    soft(brand, A_CHAT * 5 / 2)
    run(brand, "ok")
    assert percents() == []
    run(brand, "ok")  # four fifths: half is passed with it, and the higher one is told
    assert percents() == [50, 80]
    assert [(one.kind, one.facts["percent"], one.level) for one in told] == [
        ("quota_threshold", 80, "warning")
    ]
    run(brand, "ok")
    run(brand, "ok")
    assert percents() == [50, 80, 100]
    assert [one.facts["percent"] for one in told] == [80, 100]
    assert told[1].facts["used"] == "0.001050"
    assert told[1].facts["resets_at"].endswith("Z")
    assert told[1].brand_id == brand.pk


def test_what_is_only_held_passes_nothing(brand):
    quota = limit(brand, "1")
    job = pending(brand)
    quotas.reserve([quota], job=job, brand=brand, need=quotas.Need(money=Decimal(1), tokens=1))
    assert QuotaUse.objects.get().held == 1
    assert percents() == []


def test_a_new_month_begins_without_notices(brand):
    quota = soft(brand, A_CHAT)
    run(brand, "ok")
    assert percents() == [50, 80, 100]
    QuotaUse.objects.filter(quota=quota).update(period_start="2020-01-01")
    run(brand, "ok")
    assert percents() == [50, 50, 80, 80, 100, 100]


def test_a_lower_limit_is_noticed_when_it_is_set(brand, told):
    limit(brand, "5")
    run(brand, "ok")
    lower = [{"unit": "money", "limit": A_CHAT * 2, "mode": "hard"}]
    administration.set_quotas(brand, None, lower)
    assert percents() == [50]
    administration.set_quotas(brand, None, lower)
    assert [one.facts["percent"] for one in told] == [50]


def test_the_quota_report_and_the_bell_show_them(brand, people, api_as):
    soft(brand, A_CHAT)
    run(brand, "ok")
    boss = factories.make_member(brand, Role.MANAGER, username="boss")
    (shown,) = api_as(boss, brand).get("/ai/providers/quota/").json()["quotas"]
    assert [one["percent"] for one in shown["thresholds"]] == [50, 80, 100]
    assert shown["thresholds"][0]["noted_at"].endswith("Z")
    listed = brand_notices.recent(brand)
    assert [one.facts["percent"] for one in listed] == [100, 80, 50]
    assert "100 %" in listed[0].text
    assert brand_notices.recent(people.other_brand) == []


def test_the_pages_show_what_was_passed(brand):
    boss = as_user(factories.make_member(brand, Role.MANAGER, username="boss"))
    limit(brand, "5")
    run(brand, "ok")
    assert percents() == []
    lower = {"unit": "money", "limit": str(A_CHAT * 6 / 5), "mode": "hard"}
    assert boss.post("/settings/quotas/", lower).status_code == 302
    assert percents() == [50, 80]  # noticed as it is set
    for page in ("/settings/quotas/", "/providers/"):
        assert "80 % used up since" in boss.get(page).content.decode()
    assert boss.post("/settings/quotas/", {**lower, "limit": "5"}).status_code == 302
    assert "used up since" not in boss.get("/settings/quotas/").content.decode()
    assert "80 % of the monthly limit" in boss.get("/news/").content.decode()


def test_a_broken_listener_undoes_no_charge(brand):
    def broken(**_):
        ProviderQuota.objects.get(pk=-1)

    brand_notices.brand_noticed.connect(broken)
    try:
        soft(brand, A_CHAT)
        assert run(brand, "ok").status == "completed"
    finally:
        brand_notices.brand_noticed.disconnect(broken)
    assert QuotaUse.objects.get().used == A_CHAT
    assert percents() == [50, 80, 100]


@pytest.mark.django_db(transaction=True)
def test_many_that_pass_it_at_once_say_it_once(people, committed_types, make_provider, told):
    brand = people.brand
    make_provider(brand)
    quota = limit(brand, "20", unit="tokens")
    jobs = [pending(brand, on_quota="park") for _ in range(20)]
    for job in jobs:
        quotas.reserve([quota], job=job, brand=brand, need=quotas.Need(money=None, tokens=1))
        QuotaHold.objects.filter(job=job).update(spent=1)

    @transaction.atomic
    def end(number):
        quotas.settle([jobs[number].pk])

    at_once(20, end)
    assert QuotaUse.objects.get().used == 20
    assert percents() == [50, 80, 100]
    assert sorted(one.facts["percent"] for one in told) == [50, 80, 100]
    at_once(8, lambda number: thresholds.note([QuotaUse.objects.get().pk]))
    assert len(told) == 3
