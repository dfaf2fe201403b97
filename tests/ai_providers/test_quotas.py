"""Monthly limits: reserve, settle, refuse, wait or make do; under races, too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ai_core import lifecycle
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_providers import periods, quotas
from ai_providers.models import ProviderCall, ProviderQuota, QuotaHold, QuotaUse
from ai_providers.refusals import QuotaExceeded
from tests.ai_core.workbench import at_once
from tests.ai_providers.test_calls import HELLO, run


def limit(brand, amount, unit="money", **fields):
    return ProviderQuota.objects.create(brand=brand, limit=amount, unit=unit, **fields)


def the_use():
    return QuotaUse.objects.get()


def balanced():
    call_command("check_quotas", stdout=StringIO())
    return True


@pytest.fixture
def brand(people, job_types):
    return people.brand


def pending(brand, **input_data):
    data = {"messages": HELLO, "model": "ok", **input_data}
    return JobService.create_job("chat_completion", data, None, brand)


# ---------------------------------------------------------------------- settling
def test_a_completed_job_uses_what_it_cost_and_holds_nothing(brand, make_provider, priced):
    make_provider(brand)
    priced("ok", "10", "20")
    limit(brand, "5")
    job = run(brand, "ok")
    assert job.status == "completed", job.error_message
    assert (the_use().used, the_use().held) == (Decimal("0.00035"), 0)
    hold = QuotaHold.objects.get()
    assert (hold.state, hold.spent, hold.amount) == ("settled", the_use().used, the_use().used)
    assert balanced()


def test_money_and_tokens_are_limited_side_by_side(brand, make_provider, priced):
    provider = make_provider(brand)
    priced()
    limit(brand, "5")
    limit(brand, "100000", unit="tokens", provider=provider)
    run(brand, "ok")
    used = dict(QuotaUse.objects.values_list("quota__unit", "used"))
    assert used == {"money": Decimal("0.00035"), "tokens": Decimal(21)}
    assert balanced()


def test_a_refused_call_uses_nothing(brand, make_provider, priced):
    make_provider(brand, models=["e400"])
    priced("e400")
    limit(brand, "5")
    assert run(brand, "e400").status == "failed"
    assert (the_use().used, the_use().held) == (0, 0)
    assert balanced()


def test_each_provider_of_a_chain_reserves_for_itself(brand, make_provider, priced):
    first = make_provider(brand, "first", models=["equota"], position=1)
    second = make_provider(brand, "second", position=2)
    priced("ok")
    priced("equota")
    limit(brand, "5", provider=first)
    limit(brand, "0.0000001", provider=second)
    job = run(brand, "equota", fallbacks=["second/ok"])
    assert job.status == "failed"
    assert job.error_code == "QUOTA_EXCEEDED"  # a fallback is no way round a limit
    assert not ProviderCall.objects.filter(provider=second).exists()
    assert balanced()


def test_what_was_spent_before_a_fallback_stays_spent(brand, make_provider, priced):
    make_provider(brand, "first", models=["cut"], position=1)
    make_provider(brand, "second", position=2)
    priced("cut")
    priced("ok")
    limit(brand, "5")
    job = run(brand, "cut", fallbacks=["ok"])
    assert job.status == "completed"
    paid = sum(Decimal(entry["cost"]) for entry in job.data.usage)
    assert len(job.data.usage) >= 2
    assert the_use().used == paid
    assert balanced()


# ---------------------------------------------------------------------- refusing
def test_a_refusal_names_the_limit_and_its_figures(brand, make_provider, priced):
    make_provider(brand)
    priced()
    limit(brand, "0.001")
    with pytest.raises(QuotaExceeded) as caught:
        pending(brand)
    facts = caught.value.facts
    assert facts["scope"] == "all providers"
    assert (facts["limit"], facts["used"], facts["held"]) == ("0.001000", "0.000000", "0.000000")
    assert facts["remaining_quota"] == "0.001000"
    assert datetime.fromisoformat(facts["resets_at"]) > datetime.now(UTC)
    assert int(caught.value.headers["Retry-After"]) > 0
    assert AIJob.objects.count() == 0


def test_an_unknown_price_cannot_pass_a_hard_limit_in_money(brand, make_provider):
    from ai_providers.refusals import PriceUnknown

    make_provider(brand)
    quota = limit(brand, "5")
    with pytest.raises(PriceUnknown):
        pending(brand)
    quota.mode = "soft"
    quota.save()
    assert run(brand, "ok").status == "completed"
    assert balanced()


def test_a_job_may_wait_until_there_is_room(brand, make_provider, priced):
    make_provider(brand)
    priced()
    quota = limit(brand, "0.001")
    job = run(brand, "ok", on_quota="park")
    assert (job.status, job.waits_for, job.failures) == ("running", "quota", 0)
    assert "Monthly quota exceeded" in job.substatus
    quota.limit = 5
    quota.save()
    AIJob.objects.filter(pk=job.pk).update(due=True, run_after=None)
    JobService.process_job(job.pk)
    job.refresh_from_db()
    assert job.status == "completed"
    assert balanced()


def test_a_job_may_make_do_with_the_local_engine_and_says_so(brand, make_provider, priced):
    make_provider(brand)
    priced()
    limit(brand, "0.001")
    job = run(brand, "ok", on_quota="degrade")
    assert job.status == "completed"
    assert job.data.result_data["engine"] == "extractive-1"
    assert job.data.result_data["degraded"]["because"] == "QUOTA_EXCEEDED"
    assert balanced()


def test_soft_warns_and_shadow_only_counts(brand, make_provider, priced):
    make_provider(brand)
    priced()
    limit(brand, "0.000001", mode="soft")
    job = run(brand, "ok")
    assert job.status == "completed"
    assert job.logs.filter(level="warning", message__contains="Monthly quota").exists()
    ProviderQuota.objects.update(mode="shadow")
    assert run(brand, "ok").status == "completed"
    assert the_use().used == Decimal("0.0007")
    assert balanced()


def test_the_months_of_brands_end_where_they_live(people):
    brand = people.brand
    brand.time_zone = "Pacific/Auckland"
    moment = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)  # already the first of December there
    assert periods.month_of(brand, moment) == date(2026, 12, 1)
    assert periods.written(periods.resets_at(brand, date(2026, 12, 1))) == "2026-12-31T11:00:00Z"
    brand.time_zone = "Europe/Paris"
    assert periods.month_of(brand, moment) == date(2026, 11, 1)


# ---------------------------------------------------------------------- other endings
def test_a_cancelled_waiting_job_holds_nothing(brand, make_provider, priced):
    make_provider(brand)
    priced()
    quota = limit(brand, "5")
    job = pending(brand)
    need = quotas.Need(money=Decimal(1), tokens=0)
    quotas.reserve([quota], job=job, brand=brand, need=need)
    assert the_use().held == 1
    lifecycle.cancel(job, user=None)
    assert (the_use().used, the_use().held) == (0, 0)
    assert balanced()


def test_a_lost_call_is_counted_in_full_when_the_next_attempt_begins(brand, make_provider, priced):
    from ai_providers.calls import Asker, begin
    from ai_providers.questions import request_of
    from ai_providers.routes import find

    make_provider(brand)
    priced()
    limit(brand, "5")
    job = pending(brand)
    request = request_of("chat_completion", {"messages": HELLO, "model": "ok"})
    (route,) = find(brand, "ok")
    asker = Asker(job=job, brand=brand, attempt=0, reporter=None)
    lost = begin(asker, route, request)  # its worker dies here
    JobService.process_job(job.pk)
    lost.refresh_from_db()
    job.refresh_from_db()
    assert (lost.status, job.status) == ("lost", "completed")
    assert the_use().used == lost.expected_cost + Decimal("0.00035")
    assert balanced()


def test_a_job_that_ends_during_a_call_keeps_its_hold_until_the_call_has_ended(
    brand, make_provider, priced
):
    from ai_providers import calls
    from ai_providers.asking import Answer
    from ai_providers.failures import ProviderFailure, Reason
    from ai_providers.questions import request_of
    from ai_providers.routes import find

    class Quiet:
        def usage(self, **facts): ...
        def log(self, message, level="info"): ...

    make_provider(brand)
    priced()
    limit(brand, "5")
    job = pending(brand)
    request = request_of("chat_completion", {"messages": HELLO, "model": "ok"})
    (route,) = find(brand, "ok")
    asker = calls.Asker(job=job, brand=brand, attempt=1, reporter=Quiet())
    call = calls.begin(asker, route, request)
    held = the_use().held
    lifecycle.cancel(job, user=None)
    assert the_use().held == held > 0  # the call may still cost money
    stopped = ProviderFailure(Reason.STOPPED, "Stopped.")
    calls.end(
        asker, call, route, request=request, answer=Answer(text="Les chouettes"), failure=stopped
    )
    assert the_use().held == 0
    assert 0 < the_use().used < held
    assert balanced()


def test_a_purged_job_leaves_its_part_of_the_month(brand, make_provider, priced):
    from ai_core import purge

    make_provider(brand)
    priced()
    limit(brand, "5")
    job = run(brand, "ok")
    lifecycle.delete(job, user=None)
    AIJob.objects.filter(pk=job.pk).update(deleted_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert purge.purge_deleted() == 1
    assert the_use().used == Decimal("0.00035")
    assert balanced()


# ---------------------------------------------------------------------- balance
def test_a_drift_is_found_and_repaired(brand, make_provider, priced):
    make_provider(brand)
    priced()
    limit(brand, "5")
    run(brand, "ok")
    QuotaUse.objects.update(used=3, held=1)
    with pytest.raises(CommandError):
        balanced()
    call_command("check_quotas", "--repair", stdout=StringIO())
    assert (the_use().used, the_use().held) == (Decimal("0.00035"), 0)
    assert balanced()


def test_a_quota_cannot_name_a_provider_of_another_brand(people, make_provider, db):
    from django.db import IntegrityError

    foreign = make_provider(people.other_brand)
    limit(people.brand, "5", provider=foreign)
    with pytest.raises(IntegrityError):
        connection.check_constraints()


# ---------------------------------------------------------------------- races
@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_on_the_last_ten_units_admit_exactly_ten(people, committed_types):
    brand = people.brand
    quota = limit(brand, "10", unit="tokens")
    jobs = [
        JobService.create_job("chat_completion", {"messages": HELLO}, None, brand)
        for _ in range(50)
    ]

    def reserve(number):
        try:
            quotas.reserve(
                [quota], job=jobs[number], brand=brand, need=quotas.Need(money=None, tokens=1)
            )
        except QuotaExceeded:
            return False
        return True

    admitted = at_once(50, reserve)
    assert sum(admitted) == 10
    assert the_use().held == 10
    assert balanced()


@pytest.mark.django_db(transaction=True)
def test_reserving_and_cancelling_at_once_never_drifts(people, committed_types):
    brand = people.brand
    quota = limit(brand, "1000", unit="tokens")
    own = limit(brand, "1000", unit="money")
    jobs = [
        JobService.create_job("chat_completion", {"messages": HELLO}, None, brand)
        for _ in range(12)
    ]

    def act(number):
        from ai_core.errors import LeaseLost

        job = jobs[number // 2]
        if number % 2:
            lifecycle.cancel(AIJob.objects.get(pk=job.pk), user=None)
            return
        for tokens in (5, 9, 2):
            try:
                quotas.reserve(
                    [quota, own],
                    job=job,
                    brand=brand,
                    need=quotas.Need(money=Decimal(tokens), tokens=tokens),
                )
            except LeaseLost:
                return

    at_once(24, act)
    quotas.settle_leftovers()
    assert set(QuotaUse.objects.values_list("held", flat=True)) <= {Decimal(0)}
    assert balanced()
