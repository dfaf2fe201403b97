"""What limits and prices mean to whoever looks at the overview or at one job."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ai_core.services import JobService
from ai_providers.models import ProviderQuota
from tests.ai_providers.test_calls import HELLO

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(people, job_types):
    found = Client()
    found.force_login(people.owner)
    return found


def page(client, path) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def limit(brand, amount, mode="hard"):
    return ProviderQuota.objects.create(brand=brand, unit="money", limit=amount, mode=mode)


def test_the_overview_says_what_is_left(member, people):
    assert "Budget left this month" not in page(member, "/")
    limit(people.brand, "12.50")
    text = page(member, "/")
    assert "Budget left this month" in text
    assert "$12.50 left" in text


def test_a_job_that_the_limit_stopped_can_run_after_the_reset(
    member, people, make_provider, priced
):
    make_provider(people.brand)
    priced("ok", "10", "20")
    data = {"messages": HELLO, "model": "ok"}
    job = JobService.create_job("chat_completion", data, people.owner, people.brand)
    limit(people.brand, "0.00000001")  # set after the job was made, so that it fails later
    JobService.process_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.failure_class) == ("failed", "quota")
    text = page(member, f"/jobs/{job.job_id}/")
    assert "It resets" in text
    found = re.search(r'href="(/jobs/new/\?from=[^"]*at=[^"]*)"', text)
    assert found, "the button leads to the form without its moment"
    form = page(member, found[1].replace("&amp;", "&"))
    moment = re.search(r'name="run_after" value="([^"]+)"', form)
    assert moment
    following = (timezone.localdate().replace(day=1) + timedelta(days=32)).replace(day=1)
    # The brand's month ends at its own midnight, which may still be the last day here.
    assert moment[1][:10] in (str(following), str(following - timedelta(days=1)))


@pytest.mark.parametrize("at", ["", "soon", "2026-02-31T10:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_moment_that_is_none_is_left_out(member, people, at):
    job = JobService.create_job("sleep", {"seconds": 1}, None, people.brand)
    form = page(member, f"/jobs/new/?from={job.job_id}&at={at}")
    assert 'name="run_after" value=""' in form


def test_stopping_a_job_says_what_it_saves(member, people, make_provider, priced):
    make_provider(people.brand)
    priced("ok", "1000", "2000")
    job = JobService.create_job(
        "chat_completion",
        {"messages": HELLO, "model": "ok", "max_tokens": 500},
        people.owner,
        people.brand,
    )
    text = page(member, f"/jobs/{job.job_id}/stopping/")
    assert "Stopping saves about" in text
    assert "$" in text.partition("Stopping saves about")[2]
    assert "not known" not in text


def test_stopping_a_job_that_costs_nothing_saves_nothing(member, people):
    given = {"text": "An owl flies through the night."}
    job = JobService.create_job("content_analysis", given, people.owner, people.brand)
    text = page(member, f"/jobs/{job.job_id}/stopping/")
    assert "nothing: it is free" in text
