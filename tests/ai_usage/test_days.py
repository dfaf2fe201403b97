"""Which day a bill belongs to: the demo's, and the last one that is asked about by default."""

from __future__ import annotations

from datetime import UTC, date, datetime
from unittest import mock

import pytest
from django.db.models import F

from ai_core.demo import make_jobs
from ai_usage import days
from ai_usage.models import AIJobUsage
from brands.demo import make_brands
from tests import factories
from tests.ai_usage.test_booking import ENTRY, brand, ended_job  # noqa: F401  (a fixture)

MIDNIGHT_IN_PARIS = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # the 21st there, the 20th in UTC


@pytest.fixture
def told(db):
    factories.make_superuser("admin")
    made = make_brands()
    make_jobs(made)
    return made


def test_the_demo_is_booked_on_the_days_on_which_its_jobs_ended(told):
    assert not AIJobUsage.objects.exclude(ended_at=F("job__completed_at")).exists()
    for one in told:
        rows = AIJobUsage.objects.filter(brand=one)
        per_day = {row["day"]: row["jobs"] for row in days.sums(days.Question(scope=one), most=99)}
        expected: dict[date, int] = {}
        for day in rows.values_list("day", flat=True):
            expected[day] = expected.get(day, 0) + 1
        assert per_day == expected
        assert len(per_day) > 7
    days.fold()
    (total,) = days.sums(days.Question(scope=told[0], group_by=()), most=9)
    assert total["jobs"] == AIJobUsage.objects.filter(brand=told[0]).count()


@pytest.mark.parametrize(
    ("zone", "today"), [("Europe/Paris", "2026-11-21"), ("America/Lima", "2026-11-20")]
)
def test_the_last_day_is_today_where_the_brand_is(brand, owner_api, zone, today):  # noqa: F811
    brand.time_zone = zone
    brand.save()
    ended_job(brand, ENTRY)
    with mock.patch("django.utils.timezone.now", return_value=MIDNIGHT_IN_PARIS):
        answer = owner_api.get("/ai/usage/").json()
    assert answer["to"] == today
    assert (date.fromisoformat(answer["to"]) - date.fromisoformat(answer["from"])).days == 30


def test_over_all_brands_the_last_day_is_the_latest_that_it_is_anywhere(people, browser_as):
    people.brand.time_zone, people.other_brand.time_zone = "America/Lima", "Pacific/Auckland"
    people.brand.save()
    people.other_brand.save()
    api = browser_as(factories.make_superuser())
    with mock.patch("django.utils.timezone.now", return_value=MIDNIGHT_IN_PARIS):
        assert api.get("/ai/usage/").json()["to"] == "2026-11-21"
