"""Fifty jobs race for a limit that has room for ten: ten call, forty hear why not."""

from __future__ import annotations

from collections import Counter

import pytest

from ai_core import lifecycle
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_providers import balance, tokens
from ai_providers.models import ProviderCall, ProviderQuota, QuotaUse
from ai_providers.questions import request_of
from tests.ai_core.processes import Fleet
from tests.ai_core.workbench import wait_until
from tests.ai_providers.test_calls import HELLO

pytestmark = [pytest.mark.usefixtures("committed_types"), pytest.mark.slow]

MODEL = "slow-60"
ASKED = {"messages": HELLO, "model": MODEL, "max_tokens": 3000}
FIT, ALL = 10, 50


@pytest.fixture
def fleet(tmp_path):
    one = Fleet(tmp_path)
    yield one
    one.close()


def test_fifty_jobs_on_the_last_ten_units_admit_exactly_ten(people, make_provider, fleet):
    brand = people.brand
    make_provider(brand, models=[MODEL])
    jobs = [JobService.create_job("chat_completion", ASKED, None, brand) for _ in range(ALL)]
    each = sum(tokens.expected(request_of("chat_completion", ASKED)))
    # Only now: before, most would be refused instead of becoming jobs.
    quota = ProviderQuota.objects.create(brand=brand, unit="tokens", limit=FIT * each)
    every = AIJob.objects.filter(pk__in=[job.pk for job in jobs])
    for _ in range(2):
        fleet.worker(MEGAHUB_OUTBOUND_ALLOW="127.0.0.0/8", MEGAHUB_WORKER_SLOTS="8")

    def refused():
        return every.filter(status="failed", error_code="QUOTA_EXCEEDED").count()

    def seen():
        found = Counter(every.values_list("status", "substatus", "error_code"))
        return f"{found}\n{fleet.logs()}"

    try:
        wait_until(lambda: refused() == ALL - FIT, seconds=45)
    except AssertionError:
        raise AssertionError(seen()) from None
    assert ProviderCall.objects.filter(status="running").count() == FIT
    assert ProviderCall.objects.count() == FIT
    month = QuotaUse.objects.get()
    assert (month.held, month.used) == (quota.limit, 0)
    for job in every.filter(status="running"):
        lifecycle.cancel(job, user=None)
    wait_until(lambda: QuotaUse.objects.get().held == 0)
    assert QuotaUse.objects.get().used == 0  # nobody had said a word
    assert (balance.drifts(), balance.untold()) == ([], [])
