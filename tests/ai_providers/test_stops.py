"""Cancel, time-out and silence during a call: the socket closes, and what came is charged."""

from __future__ import annotations

import gc
import time
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from ai_core import lifecycle
from ai_core.execution.runner import Runner
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_providers import routes
from ai_providers.models import ProviderCall, ProviderQuota, QuotaUse
from tests.ai_core.workbench import wait_for_end, wait_until
from tests.ai_providers.test_calls import HELLO
from tests.machine import within

pytestmark = [pytest.mark.usefixtures("committed_types"), pytest.mark.slow]


@pytest.fixture
def runner(settings):
    settings.LOOK_SECONDS = 0.1
    settings.BEAT_SECONDS = 0.3
    one = Runner()
    one.start()
    yield one
    one.shut_down(0.1)
    gc.collect()  # closes the connections of the threads that have ended


@pytest.fixture
def brand(people, make_provider, priced):
    make_provider(people.brand, models=["drip-500", "slow-30", "mute", "ok", "drip"])
    for model in ("drip-500", "slow-30", "mute", "ok", "drip"):
        priced(model, "10", "20")
    ProviderQuota.objects.create(brand=people.brand, unit="money", limit=5)
    return people.brand


def submit(brand, model, **details):
    data = {"messages": HELLO, "model": model}
    return JobService.create_job("chat_completion", data, None, brand, **details)


def settled():
    call_command("check_quotas", stdout=StringIO())
    return QuotaUse.objects.get()


def test_a_cancelled_stream_is_hung_up_and_charged_for_what_had_come(runner, brand, fake):
    job = submit(brand, "drip-500")
    wait_until(lambda: fake.inside.calls["drip-500"] == 1)
    time.sleep(0.6)  # let some words come: that is what must be charged
    begun = time.monotonic()
    lifecycle.cancel(job, user=None)
    wait_until(lambda: fake.inside.hung_up["drip-500"] == 1)
    assert time.monotonic() - begun < within(3)
    wait_until(lambda: ProviderCall.objects.get(job=job).status == "stopped")
    wait_until(lambda: AIJob.objects.get(pk=job.pk).usage.calls == 1)
    bill = AIJob.objects.get(pk=job.pk).usage
    assert bill.ending == "cancelled"
    assert 0 < bill.completion_tokens < 100
    assert bill.usage_source == "estimated"
    assert (settled().used, settled().held) == (bill.total_cost, 0)


def test_a_job_that_times_out_during_a_call_ends_in_time_and_pays_what_it_used(runner, brand, fake):
    job = wait_for_end(submit(brand, "drip-500", timeout_seconds=2))
    assert job.status == "timeout"
    wait_until(lambda: fake.inside.hung_up["drip-500"] == 1)
    wait_until(lambda: QuotaUse.objects.get().held == 0)
    assert settled().used > 0
    wait_until(lambda: AIJob.objects.get(pk=job.pk).usage.total_cost == settled().used)


def test_a_cancelled_silent_call_costs_nothing(runner, brand, fake):
    job = submit(brand, "slow-30")
    wait_until(lambda: fake.inside.calls["slow-30"] == 1)
    lifecycle.cancel(job, user=None)
    wait_until(lambda: ProviderCall.objects.get(job=job).status == "stopped")
    wait_until(lambda: QuotaUse.objects.get().held == 0)
    assert settled().used == 0


def test_silence_is_noticed(runner, brand, fake, monkeypatch):
    monkeypatch.setattr(routes, "IDLE_SECONDS", 0.5)
    job = submit(brand, "mute")
    wait_until(lambda: ProviderCall.objects.filter(job=job, reason="silent").exists())
    lifecycle.cancel(job, user=None)


def test_a_slow_stream_is_not_silence(runner, brand, monkeypatch):
    monkeypatch.setattr(routes, "IDLE_SECONDS", 1.0)
    job = wait_for_end(submit(brand, "drip"))  # five seconds in all, a tenth between the words
    assert job.status == "completed", job.error_message


def test_many_jobs_at_once_settle_to_the_sums_of_their_rows(runner, brand):
    jobs = [submit(brand, "ok") for _ in range(12)]
    for job in jobs:
        assert wait_for_end(job).status == "completed"
    assert (settled().used, settled().held) == (12 * Decimal("0.00035"), 0)
