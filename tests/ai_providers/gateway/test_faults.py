"""A web process that stops or dies under its calls, and limits that nobody may overrun."""

from __future__ import annotations

import threading
import time

import openai
import pytest

from ai_core.execution import statements
from ai_core.models import AIJob
from ai_providers.models import ProviderCall
from tests.ai_core.streams.server import WebProcess
from tests.ai_providers.gateway.conftest import HELLO, settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_web(tmp_path):
    process = WebProcess(tmp_path, MEGAHUB_OUTBOUND_ALLOW="127.0.0.0/8", MEGAHUB_LEASE_SECONDS="3")
    yield process
    print(process.log.read_text()[-6000:])  # shown with a test that fails
    if process.process.poll() is None:
        process.process.kill()
        process.process.wait()


def asked(sdk, web, model):
    """Ask in a thread; the list gets what became of it."""
    found = []

    def ask():
        client = sdk().with_options(base_url=f"http://127.0.0.1:{web.port}/v1")
        try:
            found.append(client.chat.completions.create(model=model, messages=HELLO))
        except openai.APIError as error:
            found.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread, found


def wait_for(what, seconds=20.0):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def test_a_web_process_that_dies_loses_its_calls_once_and_for_all(own_web, sdk, brand, fake):
    thread, found = asked(sdk, own_web, "slow-5")
    wait_for(lambda: fake.inside.calls["slow-5"])
    own_web.process.kill()
    thread.join(20)
    assert isinstance(found[0], openai.APIConnectionError)
    wait_for(lambda: statements.reap().ended)
    (job,) = settled()
    assert (job.status, job.error_code, job.attempt) == ("failed", "WORKER_LOST", 1)
    assert ProviderCall.objects.get().status == "running"  # given up by the sweeper, in full


def test_a_web_process_that_stops_ends_its_calls_first(own_web, sdk, brand, fake):
    thread, found = asked(sdk, own_web, "slow-5")
    wait_for(lambda: fake.inside.calls["slow-5"])
    own_web.end()
    thread.join(20)
    assert isinstance(found[0], openai.InternalServerError | openai.APIConnectionError)
    (job,) = settled()
    assert (job.status, job.cancel_reason) == ("cancelled", "shutdown")
    assert ProviderCall.objects.get().status == "stopped"


def test_leases_are_renewed_while_a_call_runs(own_web, sdk, brand, fake):
    thread, found = asked(sdk, own_web, "slow-5")
    wait_for(lambda: fake.inside.calls["slow-5"])
    until = time.monotonic() + 4
    while time.monotonic() < until:
        assert statements.reap().ended == 0
        time.sleep(0.2)
    thread.join(20)
    assert found[0].choices[0].message.content
    assert AIJob.objects.get().status == "completed"
