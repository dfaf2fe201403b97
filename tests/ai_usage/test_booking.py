"""Bills: written with every ending, corrected later, summed by day, priced anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from ai_core import lifecycle, pricing
from ai_core.execution import late_writes
from ai_core.execution.outcomes import Outcome, timed_out
from ai_core.execution.statements import settle
from ai_core.models import AIJob
from ai_core.statuses import FailureClass, JobStatus
from ai_usage import days
from ai_usage.bill import bill_of
from ai_usage.models import AIJobUsage, DailyUsage, UsageDelta
from tests.ai_core.workbench import at_once, claimed_job, make_job

ENTRY = {
    "kind": "llm", "provider": "acme", "model": "m-1", "status": "completed",
    "prompt_tokens": 100, "completion_tokens": 20, "cached_tokens": 10, "reasoning_tokens": 0,
    "cost": "0.00450000", "currency": "USD", "price_status": "priced", "price_source": "admin",
    "price_version": "1@2026-01-01", "usage_source": "provider", "first_token_ms": 120,
}  # fmt: skip
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def brand(people, db):
    from ai_core.execution import registry

    registry.sync()
    return people.brand


def ended_job(brand, *entries, status=JobStatus.COMPLETED, **details):
    job, claimed = claimed_job("sleep", brand=brand, **details)
    for entry in entries:
        late_writes.add_usage(claimed, entry)
    outcome = {
        JobStatus.COMPLETED: lambda: Outcome(claimed=claimed, status=status, result={}),
        JobStatus.FAILED: lambda: Outcome(
            claimed=claimed, status=status, message="x", code="X", failure_class=FailureClass.BUG
        ),
        JobStatus.TIMEOUT: lambda: timed_out(claimed),
    }
    if status == JobStatus.CANCELLED:
        lifecycle.cancel(job, user=None)
    else:
        settle([outcome[status]()])
    return AIJob.objects.get(pk=job.pk), claimed


# ---------------------------------------------------------------------- adding up
def bill(*entries):
    return bill_of(entries, brand_id=1, at=NOW)


def test_one_unknown_price_makes_the_whole_unknown_and_keeps_what_is_known():
    found = bill(ENTRY, {**ENTRY, "cost": None, "price_status": "unpriced"})
    assert (found.cost, found.known_cost, found.status) == (None, Decimal("0.0045"), "unpriced")


def test_nothing_used_costs_nothing_and_that_is_known():
    assert (bill().cost, bill().status, bill().total_tokens) == (0, "not_applicable", None)


def test_an_explicit_zero_is_not_unknown():
    found = bill({**ENTRY, "prompt_tokens": 0, "completion_tokens": 0, "cost": "0"})
    assert (found.total_tokens, found.cost) == (0, 0)


@pytest.mark.parametrize("cost", ["", "abc", "NaN", "Infinity", "-1", "1e40", 0.5, True, [], None])
def test_a_cost_that_is_none_is_unknown(cost):
    assert bill({**ENTRY, "cost": cost, "price_status": "?"}).cost is None


@pytest.mark.parametrize("entry", [None, 1, "x", [], {"prompt_tokens": "many"}, {"cost": {}}])
def test_entries_that_make_no_sense_do_not_break_the_bill(entry):
    assert bill(entry, ENTRY).known_cost == Decimal("0.0045")


def test_the_call_that_answered_names_provider_and_model():
    found = bill(ENTRY, {**ENTRY, "provider": "other", "status": "failed"})
    assert (found.main.provider, len(found.parts)) == ("acme", 2)


# ---------------------------------------------------------------------- every ending
@pytest.mark.parametrize(
    "status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMEOUT]
)
def test_every_ending_writes_a_bill_for_what_was_really_used(brand, status):
    job, _claimed = ended_job(brand, ENTRY, status=status)
    row = AIJobUsage.objects.get(job=job)
    assert (row.ending, row.success) == (status, status == JobStatus.COMPLETED)
    assert (row.total_cost, row.total_tokens) == (Decimal("0.0045"), 120)
    assert (row.provider_name, row.price_source) == ("acme", "admin")
    assert row.execution_time_seconds >= 0


def test_a_job_cancelled_before_it_began_has_a_bill_too(brand):
    job = make_job("sleep", brand=brand)
    lifecycle.cancel(job, user=None)
    assert AIJobUsage.objects.get(job=job).total_cost == 0


def test_what_is_used_after_the_end_is_charged_and_the_day_corrected(brand):
    job, claimed = ended_job(brand, ENTRY, status=JobStatus.CANCELLED)
    late_writes.add_usage(claimed, {**ENTRY, "cost": "0.001", "provider": "other"})
    assert AIJobUsage.objects.get(job=job).total_cost == Decimal("0.0055")
    (row,) = days.sums(days.Question(scope=brand), most=10)
    assert (row["jobs"], row["cost"], row["cancelled"]) == (1, Decimal("0.0055"), 1)
    by_provider = days.sums(days.Question(scope=brand, group_by=["provider"]), most=10)
    assert {one["provider"]: one["cost"] for one in by_provider} == {
        "acme": Decimal("0.0045"),
        "other": Decimal("0.001"),
    }


def test_a_purged_job_loses_its_bill_and_the_day_keeps_its_sum(brand):
    from ai_core import purge

    job, _claimed = ended_job(brand, ENTRY)
    lifecycle.delete(job, user=None)
    AIJob.objects.filter(pk=job.pk).update(deleted_at=NOW - timedelta(days=3000))
    assert purge.purge_deleted() == 1
    assert not AIJobUsage.objects.exists()
    assert days.sums(days.Question(scope=brand), most=10)[0]["cost"] == Decimal("0.0045")


def test_the_day_is_the_one_where_the_brand_lives(brand):
    from ai_usage.booking import _blank

    brand.time_zone = "Pacific/Auckland"
    brand.save()
    job, _claimed = ended_job(brand)
    job = AIJob.objects.select_related("brand", "job_type").get(pk=job.pk)
    assert _blank(job, NOW).day == date(2026, 11, 22)


# ---------------------------------------------------------------------- sums
def folded_and_open(brand):
    return days.sums(days.Question(scope=brand, group_by=["day", "job_type", "provider"]), most=99)


def test_folding_changes_no_sum(brand):
    ended_job(brand, ENTRY)
    ended_job(brand, ENTRY, status=JobStatus.FAILED)
    before = folded_and_open(brand)
    assert days.fold() == 1
    assert UsageDelta.objects.count() == 0
    ended_job(brand)
    ended_job(brand, ENTRY)
    days.fold()
    after = folded_and_open(brand)
    acme = next(row for row in after if row["provider"] == "acme")
    assert (acme["jobs"], acme["cost"]) == (3, Decimal("0.0135"))
    assert before[0]["jobs"] == 2
    assert DailyUsage.objects.aggregate(jobs=Sum("jobs"))["jobs"] == 4


@pytest.mark.django_db(transaction=True)
def test_sums_stay_right_while_jobs_end_and_are_folded_at_once(people):
    from ai_core.execution import registry

    registry.sync()
    brand = people.brand

    def act(number):
        for _ in range(6):
            if number % 3 == 2:
                days.fold()
            else:
                job = make_job("sleep", brand=brand)
                lifecycle.cancel(job, user=None)

    at_once(6, act)
    days.fold()
    (row,) = days.sums(days.Question(scope=brand), most=10)
    assert (row["jobs"], row["cancelled"]) == (24, 24)
    assert AIJobUsage.objects.count() == 24


def test_the_success_rate_leaves_cancelled_jobs_out(brand):
    for status in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED):
        ended_job(brand, status=status)
    days.fold()
    ended_job(brand)
    rates = days.success_rates([(brand.pk, "sleep")], since=date(2020, 1, 1))
    assert rates == {(brand.pk, "sleep"): 0.6667}


# ---------------------------------------------------------------------- repricing
@pytest.fixture
def a_price_book(monkeypatch):
    def book(entry, brand_id, at):
        return pricing.Priced(
            amount=Decimal("0.5"), status=pricing.PriceStatus.PRICED, source="new list", version="2"
        )

    monkeypatch.setattr(pricing, "_books", [book])


def test_repricing_shows_first_and_changes_then(brand, a_price_book):
    job, _claimed = ended_job(brand, {**ENTRY, "cost": None, "price_status": "unpriced"})
    days.fold()
    assert AIJobUsage.objects.get(job=job).total_cost is None
    out = StringIO()
    call_command("reprice", "--since", "2020-01-01", "--dry-run", stdout=out)
    assert "unknown → 0.500000 (new list)" in out.getvalue()
    assert "1 bills would change, +0.500000 in all." in out.getvalue()
    assert AIJobUsage.objects.get(job=job).total_cost is None
    call_command("reprice", "--since", "2020-01-01", stdout=StringIO())
    row = AIJobUsage.objects.get(job=job)
    assert (row.total_cost, row.price_status, row.price_version) == (Decimal("0.5"), "priced", "2")
    (total,) = days.sums(days.Question(scope=brand), most=10)
    assert (total["cost"], total["unpriced"], total["jobs"]) == (Decimal("0.5"), 0, 1)
    again = StringIO()
    call_command("reprice", "--since", "2020-01-01", stdout=again)
    assert "0 bills changed" in again.getvalue()
