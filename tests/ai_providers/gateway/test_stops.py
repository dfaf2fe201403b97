"""Time-outs, retries, cancels and clients that leave: one run, one bill, and no orphan."""

from __future__ import annotations

import asyncio
import threading
import time

import openai
import pytest

from ai_core import lifecycle
from ai_core.models import AIJob, AIJobType
from ai_providers import balance
from ai_providers.models import ProviderCall, ProviderQuota, QuotaUse
from ai_usage.models import AIJobUsage
from tests.ai_providers.gateway.conftest import HELLO, settled

pytestmark = pytest.mark.django_db(transaction=True)


def wait_for(what, seconds=15.0):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)


def test_a_retry_of_the_same_request_joins_the_run(sdk, brand, fake):
    """The client's patience ends after 0.6 s, the provider needs 1 s: one run, one answer."""
    client = sdk(timeout=0.6, max_retries=8)
    answer = client.chat.completions.create(model="slow-1", messages=HELLO)
    assert answer.choices[0].message.content
    (job,) = settled()
    assert (job.status, fake.inside.calls["slow-1"]) == ("completed", 1)
    assert AIJobUsage.objects.get(job=job).calls == 1
    # What was delivered is not delivered again to somebody who merely asks the same.
    client.with_options(timeout=20).chat.completions.create(model="slow-1", messages=HELLO)
    assert len(settled(jobs=2)) == 2


def test_an_answer_that_nobody_took_waits_for_the_retry(sdk, brand, fake):
    """The retry comes after the run has ended, and gets its answer at once."""
    client = sdk(timeout=0.9)
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="slow-1", messages=HELLO)
    wait_for(lambda: AIJob.objects.filter(status="completed").exists())
    again = client.with_options(timeout=20).chat.completions.create(
        model="slow-1", messages=HELLO, extra_headers={"x-stainless-retry-count": "1"}
    )
    (job,) = settled()
    assert again.megahub["job_id"] == job.job_id
    assert job.data.result_data["undelivered"] is True
    assert fake.inside.calls["slow-1"] == 1


def test_a_stream_that_has_not_begun_is_joined_too(sdk, brand, fake):
    stream = sdk(timeout=0.6, max_retries=8).chat.completions.create(
        model="slow-1", messages=HELLO, stream=True
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert text.startswith("Les chouettes")
    assert fake.inside.calls["slow-1"] == 1
    assert settled()[0].status == "completed"


def test_a_retry_after_a_failure_is_a_new_run(sdk, brand, fake):
    with pytest.raises(openai.InternalServerError):
        sdk(max_retries=1).chat.completions.create(model="e500", messages=HELLO)
    assert [job.status for job in settled(jobs=2)] == ["failed", "failed"]
    assert fake.inside.calls["e500"] > 3


def test_an_idempotency_key_means_one_run(sdk, brand, fake):
    client, mark = sdk(), {"Idempotency-Key": "hibou-1"}
    first = client.chat.completions.create(model="ok", messages=HELLO, extra_headers=mark)
    again = client.chat.completions.create(model="ok", messages=HELLO, extra_headers=mark)
    assert first == again
    assert fake.inside.calls["ok"] == 1
    with pytest.raises(openai.ConflictError) as found:
        sdk(max_retries=2).chat.completions.create(model="echo", messages=HELLO, extra_headers=mark)
    assert found.value.code == "idempotency_conflict"
    assert len(settled()) == 1


def test_a_client_without_patience_gets_a_time_out_and_its_job_is_cancelled(sdk, brand, fake):
    ProviderQuota.objects.create(brand=brand, unit="tokens", limit="100000", mode="hard")
    with pytest.raises(openai.APITimeoutError):
        sdk(timeout=1.5).chat.completions.create(model="slow-5", messages=HELLO)
    (job,) = settled()
    assert (job.status, job.cancel_reason) == ("cancelled", "client_gone")
    wait_for(lambda: fake.inside.hung_up["slow-5"])
    assert ProviderCall.objects.get().status == "stopped"
    assert AIJobUsage.objects.get(job=job).ending == "cancelled"
    assert QuotaUse.objects.get().held == 0
    assert not balance.drifts()


def test_a_client_that_leaves_a_stream_stops_the_provider_and_pays_for_what_came(sdk, brand, fake):
    ProviderQuota.objects.create(brand=brand, unit="tokens", limit="100000", mode="hard")
    stream = sdk().chat.completions.create(model="drip", messages=HELLO, stream=True)
    text = ""
    for chunk in stream:
        text += chunk.choices[0].delta.content or ""
        if "chassent" in text:
            break
    stream.close()
    (job,) = settled()
    assert (job.status, job.cancel_reason) == ("cancelled", "client_gone")
    wait_for(lambda: fake.inside.hung_up["drip"])
    call, usage = ProviderCall.objects.get(), AIJobUsage.objects.get(job=job)
    assert (call.status, call.usage_source) == ("stopped", "estimated")
    assert 0 < call.completion_tokens < 30
    assert usage.total_cost == call.cost > 0
    assert job.data.result_data["partial"] is True
    assert job.data.result_data["content"].startswith(text)
    use = QuotaUse.objects.get()
    assert (use.used, use.held) == (usage.total_tokens, 0)
    assert not balance.drifts()
    assert not balance.untold()


async def _cancelled(client):
    async with client:
        task = asyncio.create_task(client.chat.completions.create(model="slow-5", messages=HELLO))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_a_cancelled_task_of_the_client_is_a_client_that_left(asdk, brand, fake):
    asyncio.run(_cancelled(asdk()))
    assert settled()[0].cancel_reason == "client_gone"
    wait_for(lambda: fake.inside.hung_up["slow-5"])


@pytest.mark.parametrize("stream", [False, True])
def test_who_cancels_the_job_in_the_hub_ends_the_call(sdk, brand, people, fake, stream):
    model = "drip" if stream else "slow-5"
    begun = threading.Event()

    def cancel():
        wait_for(lambda: fake.inside.calls[model])
        begun.wait(1 if stream else 0.2)
        lifecycle.cancel(AIJob.objects.get(), user=people.owner, reason="wrong")

    other = threading.Thread(target=closing(cancel))
    other.start()
    client = sdk(max_retries=2)
    with pytest.raises(openai.APIError) as found:
        list(client.chat.completions.create(model=model, messages=HELLO, stream=stream))
    other.join(10)
    assert found.value.code == "job_cancelled"
    wait_for(lambda: fake.inside.hung_up[model])
    (job,) = settled()
    assert (job.status, job.cancel_reason) == ("cancelled", "wrong")
    wait_for(lambda: not ProviderCall.objects.filter(status="running").exists())
    if stream:
        wait_for(lambda: (AIJobUsage.objects.get(job=job).total_cost or 0) > 0)
    assert fake.inside.calls[model] == 1


def closing(act):
    """A thread's own connection ends with it."""

    def run():
        from django.db import connection

        try:
            act()
        finally:
            connection.close()

    return run


def test_a_job_that_takes_too_long_is_a_time_out(sdk, brand, fake):
    AIJobType.objects.filter(name="chat_completion").update(timeout_seconds=1)
    with pytest.raises(openai.InternalServerError) as found:
        sdk(max_retries=2).chat.completions.create(model="slow-5", messages=HELLO)
    assert (found.value.status_code, found.value.code) == (504, "job_timeout")
    (job,) = settled()
    assert (job.status, job.error_code) == ("timeout", "TIMEOUT")
    assert AIJobUsage.objects.get(job=job).ending == "timeout"
    wait_for(lambda: fake.inside.hung_up["slow-5"])
