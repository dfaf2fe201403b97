"""The pages of usage as a browser without scripts gets them: right, narrow and cheap."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ai_usage.models import AIJobUsage
from ai_usage.pages.asked import asked_of
from ai_usage.pages.chart import chart
from tests.browser.office import LONG, furnish
from tests.browser.site import fill

pytestmark = pytest.mark.django_db
SINCE = "from=2026-01-01"


@pytest.fixture
def cast():
    return fill()


@pytest.fixture
def office(cast):
    return furnish(cast)


def as_user(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def mina(cast):
    return as_user(cast.member)


def known(**only) -> Decimal:
    return sum((row.known_cost for row in AIJobUsage.objects.filter(**only)), Decimal(0))


def test_the_figures_are_the_sums_of_the_bills(office, mina):
    page = mina.get(f"/usage/?{SINCE}")
    total = page.context["total"]
    assert total["cost"] == known()
    assert (total["jobs"], total["unpriced"]) == (24, 3)
    bars = chart(page.context["asked"], [], "USD")
    assert bars["is_empty"]
    for group in ("job_type", "provider", "model", "user", "day"):
        lines = mina.get(f"/usage/?{SINCE}&group_by={group}").context["lines"]
        assert sum(line["cost"] for line in lines) == known(), group
        assert sum(line["jobs"] for line in lines) == 24, group


def test_each_figure_leads_to_the_bills_that_it_is_made_of(office, mina):
    for group in ("job_type", "provider", "model", "user", "day"):
        for line in mina.get(f"/usage/?{SINCE}&group_by={group}").context["lines"]:
            bills = mina.get(f"/usage/jobs/{line['bills']}").context["bills"]
            assert len(bills) == line["jobs"], (group, line["name"])
            assert sum(one["cost"] or 0 for one in bills) == line["cost"], (group, line["name"])
    bars = mina.get(f"/usage/?{SINCE}").context["chart"]["bars"]
    counted = [len(mina.get(f"/usage/jobs/{bar['address']}").context["bills"]) for bar in bars
               if bar["address"]]  # fmt: skip
    assert sum(counted) == 24
    unpriced = mina.get(f"/usage/jobs/?{SINCE}&price_status=unpriced").context["bills"]
    assert len(unpriced) == 3
    assert all(one["cost"] is None for one in unpriced)


def test_what_has_no_provider_can_be_looked_at_too(office, mina, cast):
    from ai_core.services import JobService

    job = JobService.create_job("sleep", {"seconds": 0}, cast.member, cast.first)
    JobService.start_job(job.pk)
    JobService.complete_job(job.pk, {})
    lines = mina.get("/usage/?group_by=provider").context["lines"]
    (free,) = [line for line in lines if line["name"] == "Without a provider"]
    (bill,) = mina.get(f"/usage/jobs/{free['bills']}").context["bills"]
    assert bill["job_id"] == job.job_id
    assert mina.get("/usage/?provider=-").context["total"]["jobs"] == 1


def test_a_filter_is_a_chip_that_can_be_taken_off(office, mina):
    page = mina.get(f"/usage/?model={LONG}&{SINCE}")
    (chip,) = page.context["chips"]
    assert (chip["label"], chip["value"]) == ("Model", LONG)
    assert "model=" not in chip["address"]
    assert page.context["total"]["jobs"] == 8


@pytest.mark.parametrize(
    "query", ["from=soon", "from=2026-02-01&to=2026-01-01", "from=1999-01-01", "user=me",
              "group_by=colour&show=sound", "from=2001-01-01", "page=0", "user=%00"],
)  # fmt: skip
def test_a_wrong_address_still_shows_something(office, mina, query):
    assert mina.get(f"/usage/?{query}").status_code == 200
    assert mina.get(f"/usage/jobs/?{query}").status_code == 200


@pytest.mark.parametrize(("span", "step", "bars"), [
    ("from=2026-10-01&to=2026-10-31", "day", 31), ("from=2026-09-01&to=2026-10-31", "week", 9),
    ("from=2026-01-15&to=2026-10-31", "month", 10), ("from=2026-10-05&to=2026-10-05", "day", 1),
])  # fmt: skip
def test_bars_are_days_weeks_or_months_so_that_they_fit(mina, span, step, bars):
    found = mina.get(f"/usage/?{span}").context["chart"]
    assert (found["step"], len(found["bars"])) == (step, bars)


def test_another_brand_sees_nothing_and_a_visitor_logs_in(office, cast):
    page = as_user(cast.both).get(f"/usage/jobs/?{SINCE}", headers={"X-Brand": "northern-lights"})
    assert page.context["bills"] == []
    other = as_user(cast.both).get(f"/usage/?{SINCE}", headers={"X-Brand": "northern-lights"})
    assert other.context["total"]["jobs"] == 0
    assert other.context["budgets"] == []
    assert Client().get("/usage/").url.startswith("/login/")


def test_all_brands_can_be_compared(office, cast):
    page = as_user(cast.admin).get(f"/usage/?{SINCE}&group_by=brand")
    assert [line["name"] for line in page.context["lines"]] == ["Atelier"]


def test_money_is_said_in_the_readers_language(office, mina):
    assert "$" in mina.get(f"/usage/?{SINCE}").content.decode()
    french = mina.get(f"/usage/?{SINCE}", headers={"Accept-Language": "fr"}).content.decode()
    assert re.search(r"\d+,\d\d\s\$", french)
    assert "Utilisation et coût" in french


def test_the_number_of_queries_does_not_grow(office, mina, cast):
    def counted(path: str) -> int:
        mina.get(path)
        with CaptureQueriesContext(
            connection,
        ) as found:
            mina.get(path)
        return len(found)

    paths = [f"/usage/?{SINCE}&group_by=user", f"/usage/jobs/?{SINCE}"]
    before = [counted(path) for path in paths]
    from tests.browser.office import more_jobs

    more_jobs(cast, 12)
    assert [counted(path) for path in paths] == before
    assert max(before) <= 14


def test_the_span_is_the_brands_own_month(rf, cast):
    from brands.access import Access

    asked = asked_of(rf.get("/usage/").GET, Access(user=cast.member, scope=cast.first))
    assert asked.first.day == 1
    assert asked.last == asked.today
