"""The asynchronous way that the gateway takes: pieces as they come, and the same rules."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from ai_core.execution.protocol import Failure
from ai_core.services import JobService
from ai_providers import completing
from ai_providers.asking import ChatRequest
from ai_providers.calls import Asker
from ai_providers.completing import answer, stream
from ai_providers.models import ProviderCall
from ai_providers.wire import hang_up
from tests.ai_providers.test_calls import HELLO

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_connection_left_behind():
    """The threads that work for the event loop keep their connections; here they end."""
    yield
    completing.threads.shutdown()
    gc.collect()
    completing.threads = ThreadPoolExecutor(max_workers=4)


class Notes:
    """Stands for whoever answers for the job."""

    def __init__(self):
        self.used = []

    def usage(self, **facts):
        self.used.append(facts)

    def log(self, message, level="info"): ...


@pytest.fixture
def brand(people, committed_types, make_provider, priced):
    models = ["ok", "drip", "cut", "flaky", "e500", "e400", "tool"]
    make_provider(people.brand, models=models)
    priced("ok", "10", "20")
    priced("drip", "10", "20")
    return people.brand


def asker(brand):
    job = JobService.create_job("chat_completion", {"messages": HELLO}, None, brand)
    return Asker(job=job, brand=brand, attempt=1, reporter=Notes())


def walk(work):
    async def all_of_it():
        try:
            return await work
        finally:
            await hang_up()

    return asyncio.run(all_of_it())


async def pieces_of(one, model, **options):
    request = ChatRequest(messages=HELLO, model=model, **options)
    return [piece async for piece in stream(one, request, seconds=30)]


def test_pieces_come_as_the_provider_sends_them(brand):
    one = asker(brand)
    pieces = walk(pieces_of(one, "ok"))
    assert "".join(piece.text for piece in pieces).startswith("Les chouettes")
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] == ["stop"]
    assert pieces[-1].done
    assert pieces[1].raw["object"] == "chat.completion.chunk"
    assert Decimal(one.reporter.used[0]["cost"]) == Decimal("0.00035")


def test_an_unstreamed_answer_keeps_the_providers_own_body(brand):
    one = asker(brand)
    request = ChatRequest(messages=HELLO, model="ok", stream=False)
    found = walk(answer(one, request, seconds=30))
    assert found.raw["choices"][0]["message"]["content"] == found.text
    assert found.use.completion == 14


def test_a_failure_before_the_first_piece_is_absorbed(brand):
    one = asker(brand)
    assert walk(pieces_of(one, "flaky"))[-1].done
    statuses = ProviderCall.objects.order_by("number").values_list("status", "absorbed")
    assert list(statuses) == [("failed", True), ("failed", True), ("completed", False)]


def test_a_failure_after_the_first_piece_is_told_and_never_mended(brand):
    one = asker(brand)
    with pytest.raises(Failure, match="acme/cut"):
        walk(pieces_of(one, "cut"))
    assert ProviderCall.objects.count() == 1


def test_a_client_that_leaves_stops_the_provider_and_pays_for_what_came(brand, fake):
    one = asker(brand)

    async def leave():
        request = ChatRequest(messages=HELLO, model="drip")
        flow = stream(one, request, seconds=30)
        async for piece in flow:
            if "chouettes" in piece.text:
                break
        await flow.aclose()

    walk(leave())
    call = ProviderCall.objects.get()
    assert (call.status, call.usage_source) == ("stopped", "estimated")
    assert 0 < call.completion_tokens < 20
    assert one.reporter.used[0]["status"] == "stopped"


def test_a_cancelled_task_stops_the_provider_too(brand, fake):
    one = asker(brand)

    async def cancelled():
        task = asyncio.create_task(pieces_of(one, "drip"))
        while not fake.inside.calls["drip"]:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(100):
            if fake.inside.hung_up["drip"]:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the provider was not hung up on")

    walk(cancelled())
    assert ProviderCall.objects.get().status == "stopped"


def test_the_local_engine_streams_too(brand):
    pieces = walk(pieces_of(asker(brand), "extractive-1"))
    assert "language model" in pieces[0].text or "modèle de langage" in pieces[0].text
    assert pieces[-1].done
