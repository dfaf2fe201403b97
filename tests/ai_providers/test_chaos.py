"""Misbehaving providers, cancels, time-outs and killed workers; then every sum must hold."""

from __future__ import annotations

import signal
from datetime import timedelta
from decimal import Decimal

import pytest

from ai_core import lifecycle
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_core.statuses import FINAL
from ai_providers import balance, calls, quotas
from ai_providers.models import ProviderCall, ProviderQuota, QuotaUse
from ai_usage import days
from ai_usage.models import AIJobUsage
from tests.ai_core.processes import Fleet
from tests.ai_core.workbench import wait_until
from tests.ai_providers.test_calls import HELLO

pytestmark = [pytest.mark.usefixtures("committed_types"), pytest.mark.slow]

MODELS = [
    "ok",
    "flaky",
    "cut",
    "garbled",
    "nousage",
    "liar",
    "e400",
    "errevent",
    "drip",
    "drip-500",
]
TIMES = 3
LONG = "drip-500"


@pytest.fixture
def fleet(tmp_path):
    one = Fleet(tmp_path)
    yield one
    one.close()


@pytest.fixture
def brand(people, make_provider, priced):
    make_provider(people.brand, key="", models=[name for name in MODELS if name != LONG])
    # Its own provider: a circuit that the others' failures open would end it before its time.
    make_provider(people.brand, "patient", key="", models=[LONG])
    for model in MODELS:
        priced(model, "10", "20")
    ProviderQuota.objects.create(brand=people.brand, unit="money", limit=50)
    ProviderQuota.objects.create(brand=people.brand, unit="tokens", limit=10_000_000)
    return people.brand


def submit(brand, model, **details):
    data = {"messages": HELLO, "model": model}
    return JobService.create_job("chat_completion", data, None, brand, **details)


def everything(brand):
    """Submit a bit of each; return those that are to be cancelled."""
    doomed = [submit(brand, "drip-500") for _ in range(3)]
    for model in MODELS * TIMES:
        if not model.startswith("drip-"):
            submit(brand, model)
    for _ in range(2):
        submit(brand, "drip-500", timeout_seconds=6)
    return doomed


def test_after_chaos_every_sum_is_that_of_its_rows(brand, fleet, fake, monkeypatch):
    # Leases that a late machine keeps: who loses one too often fails, and does not time out.
    allowed = {"MEGAHUB_OUTBOUND_ALLOW": "127.0.0.0/8", "MEGAHUB_LEASE_SECONDS": "5"}
    fleet.sweeper()
    victim = fleet.worker(**allowed)
    doomed = everything(brand)
    wait_until(lambda: ProviderCall.objects.filter(status="running").count() >= 4)
    victim.signal(signal.SIGKILL)
    for job in doomed[:2]:
        lifecycle.cancel(AIJob.objects.get(pk=job.pk), user=None)
    fleet.worker(**allowed)
    last = doomed[2]
    wait_until(lambda: ProviderCall.objects.filter(job=last, status="running").exists())
    lifecycle.cancel(AIJob.objects.get(pk=last.pk), user=None)
    every = AIJob.objects.filter(brand=brand)
    wait_until(lambda: hurry(every) or not every.exclude(status__in=FINAL).exists(), seconds=240)
    for member in fleet.members[1:]:
        member.process.terminate()
        member.ends()
    # Who was killed says nothing more; the sweeper gives such calls up after some minutes.
    monkeypatch.setattr(calls, "STOPPED_AFTER", timedelta(0))
    calls.give_up_lost_calls()
    quotas.settle_leftovers()
    assert not ProviderCall.objects.filter(status="running").exists()
    endings = set(every.values_list("status", flat=True))
    assert endings == {"completed", "failed", "cancelled", "timeout"}
    assert ProviderCall.objects.filter(status="lost").exists()
    must_balance(brand, every)


def hurry(every) -> bool:
    """Nobody here waits for back-offs; never true."""
    every.filter(status="running", lease_token=None).update(due=True, run_after=None)
    return False


def must_balance(brand, every):
    assert (balance.drifts(), balance.untold()) == ([], [])
    assert set(QuotaUse.objects.values_list("held", flat=True)) == {Decimal(0)}
    assert AIJobUsage.objects.count() == every.count()
    rows = list(ProviderCall.objects.all())
    used = dict(QuotaUse.objects.values_list("quota__unit", "used"))
    assert used["money"] == sum(calls.charged(row) or 0 for row in rows)
    for bill in AIJobUsage.objects.all():
        paid = [row for row in rows if row.job_id == bill.job_id and said(row)]
        assert bill.calls == len(paid), bill
        assert bill.known_cost == sum(row.cost or 0 for row in paid)
        assert (bill.total_cost is None) is any(row.cost is None for row in paid)
    (total,) = days.sums(days.Question(scope=brand, group_by=()), most=9)
    assert total["cost"] == sum(AIJobUsage.objects.values_list("known_cost", flat=True))
    assert total["jobs"] == every.count()


def said(row) -> bool:
    """A call that was refused has used nothing and stands on no bill."""
    return row.price_status != "not_applicable"
