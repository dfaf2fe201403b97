"""Attempts to make a bill wrong: two currencies, sums that overflow, price books that lie."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ai_core import pricing
from ai_core.execution import late_writes
from ai_usage import booking, days
from ai_usage.bill import MOST
from ai_usage.models import AIJobUsage
from ai_usage.repricing import reprice
from tests.ai_usage.test_booking import ENTRY, bill, brand, ended_job  # noqa: F401

LONG_AGO = date(2020, 1, 1)
EURO = {**ENTRY, "provider": "eurofox", "currency": "EUR", "cost": "2"}


def book_says(monkeypatch, amount, *, status=pricing.PriceStatus.PRICED):
    priced = pricing.Priced(amount=amount, status=status, source="new list", version="2")
    monkeypatch.setattr(pricing, "_books", [lambda entry, brand_id, at: priced])


def sums(brand):  # noqa: F811
    question = days.Question(scope=brand, group_by=())
    (total,) = days.sums(question, most=9)
    return total


# ---------------------------------------------------------------------- currencies
def test_two_currencies_make_no_sum_and_each_keeps_its_own():
    found = bill(EURO, ENTRY)
    assert (found.cost, found.status) == (None, "unpriced")
    assert (found.main.currency, found.known_cost) == ("USD", Decimal("0.0045"))
    assert {part.currency: part.cost for part in found.parts} == {
        "EUR": Decimal(2), "USD": Decimal("0.0045"),
    }  # fmt: skip


def test_a_foreign_zero_leaves_the_sum_known():
    assert bill({**EURO, "cost": "0"}, ENTRY).cost == Decimal("0.0045")


def test_the_days_sum_each_currency_for_itself(brand):  # noqa: F811
    ended_job(brand, EURO)
    ended_job(brand, ENTRY)
    ended_job(brand, EURO, ENTRY)
    days.fold()
    found = days.sums(days.Question(scope=brand, group_by=("provider",)), most=9)
    assert {row["provider"]: row["cost"] for row in found} == {
        "eurofox": Decimal(4), "acme": Decimal("0.009"),
    }  # fmt: skip
    assert sum(row["jobs"] for row in found) == 3


@pytest.mark.parametrize("currency", ["", None, "usd", "USDOLLARS", 7, ["EUR"]])
def test_a_currency_that_is_none_breaks_nothing(brand, currency):  # noqa: F811
    job, _ = ended_job(brand, {**ENTRY, "currency": currency})
    assert len(AIJobUsage.objects.get(job=job).currency) <= 3


# ---------------------------------------------------------------------- sums that overflow
def test_a_sum_beyond_belief_is_unknown_and_can_be_stored(brand):  # noqa: F811
    almost = str(MOST - 1)
    job, _ = ended_job(brand, *[{**ENTRY, "cost": almost}] * 3)
    row = AIJobUsage.objects.get(job=job)
    assert (row.total_cost, row.price_status, row.known_cost) == (None, "unpriced", MOST)
    days.fold()
    assert sums(brand)["unpriced"] == 1


def test_tokens_beyond_an_integer_are_summed_all_the_same(brand):  # noqa: F811
    most = {**ENTRY, "prompt_tokens": 2**31 - 1, "completion_tokens": 2**31 - 1}
    job, _ = ended_job(brand, *[most] * 5)
    assert AIJobUsage.objects.get(job=job).total_tokens == 10 * (2**31 - 1)
    ended_job(brand, *[most] * 5)
    days.fold()
    assert sums(brand)["prompt_tokens"] == 10 * (2**31 - 1)


# ---------------------------------------------------------------------- pricing anew
def test_a_book_that_forgot_a_price_takes_nothing_off_a_bill(brand, monkeypatch):  # noqa: F811
    job, _ = ended_job(brand, ENTRY)
    book_says(monkeypatch, None, status=pricing.PriceStatus.UNPRICED)
    assert list(reprice(since=LONG_AGO, dry_run=False)) == []
    assert AIJobUsage.objects.get(job=job).total_cost == Decimal("0.0045")


def test_pricing_anew_twice_books_once(brand, monkeypatch):  # noqa: F811
    ended_job(brand, ENTRY, {**ENTRY, "cost": None, "price_status": "unpriced"})
    days.fold()
    book_says(monkeypatch, Decimal("0.25"))
    assert len(list(reprice(since=LONG_AGO, dry_run=True))) == 1
    days.fold()
    assert sums(brand)["cost"] == Decimal("0.0045")  # shown, not booked
    for changed in (1, 0):
        assert len(list(reprice(since=LONG_AGO, dry_run=False))) == changed
    days.fold()
    total = sums(brand)
    assert (total["cost"], total["jobs"], total["unpriced"]) == (Decimal("0.5"), 1, 0)


def test_a_price_that_is_absurd_makes_the_bill_unknown(brand, monkeypatch):  # noqa: F811
    job, _ = ended_job(brand, ENTRY)
    book_says(monkeypatch, MOST)
    list(reprice(since=LONG_AGO, dry_run=False))
    assert AIJobUsage.objects.get(job=job).total_cost is None
    days.fold()
    assert sums(brand)["unpriced"] == 1


def test_another_brand_is_not_priced_anew(people, brand, monkeypatch):  # noqa: F811
    ended_job(brand, ENTRY)
    book_says(monkeypatch, Decimal(9))
    assert list(reprice(since=LONG_AGO, brand=people.other_brand, dry_run=False)) == []


# ---------------------------------------------------------------------- one transaction
def test_bill_and_day_are_written_together_or_not_at_all(brand, monkeypatch):  # noqa: F811
    job, claimed = ended_job(brand, ENTRY)
    days.fold()
    with monkeypatch.context() as broken:
        broken.setattr(booking, "_add", _full)
        late_writes.add_usage(claimed, ENTRY)  # the entry is kept, whatever its receivers do
    assert AIJobUsage.objects.get(job=job).total_cost == sums(brand)["cost"] == Decimal("0.0045")
    late_writes.add_usage(claimed, ENTRY)  # the next one brings both up to date
    days.fold()
    assert AIJobUsage.objects.get(job=job).total_cost == sums(brand)["cost"] == Decimal("0.0135")


def _full(_deltas):
    raise OSError("the disk is full")
