"""What the official SDK gets from a running hub, and what is on record afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ai_providers import balance
from ai_providers.models import OpenAIJob, ProviderCall, ProviderQuota, QuotaHold, QuotaUse
from ai_usage.models import AIJobUsage, UsageDelta
from tests.ai_providers.gateway.conftest import HELLO, settled

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = "Les chouettes chassent la nuit"


def records():
    """The one job, its usage, its attempts."""
    (job,) = settled()
    return job, AIJobUsage.objects.get(job=job), list(ProviderCall.objects.order_by("number"))


def test_an_answer_and_all_its_records(sdk, brand, people):
    answer = sdk().chat.completions.create(model="ok", messages=HELLO, temperature=0.2)
    assert answer.choices[0].message.content.startswith(FIRST)
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 14)
    job, usage, (call,) = records()
    assert answer.id == "chatcmpl-" + job.job_id.removeprefix("ai_job_")
    assert answer.megahub["job_id"] == job.job_id
    assert Decimal(answer.megahub["cost"]) == usage.total_cost == Decimal("0.00035")
    assert (job.status, job.brand_id, job.created_by_id) == ("completed", brand.pk, people.owner.pk)
    assert (job.job_type.name, job.attempt) == ("chat_completion", 1)
    assert job.data.input_data == {"model": "ok", "messages": HELLO, "temperature": 0.2}
    assert job.data.result_data["content"] == answer.choices[0].message.content
    assert [e.new_status for e in job.events.order_by("id")] == ["pending", "running", "completed"]
    assert (usage.ending, usage.calls, usage.total_tokens) == ("completed", 1, 21)
    assert (usage.provider_name, usage.model) == ("acme", "ok")
    assert (call.status, call.usage_source, call.prompt_tokens) == ("completed", "provider", 7)
    assert (call.provider_name, call.attempt, call.number) == ("acme", 1, 1)
    facts = OpenAIJob.objects.get(job=job)
    assert (facts.model, facts.total_tokens, facts.finish_reason) == ("ok", 21, "stop")
    assert UsageDelta.objects.get().completed == 1


def test_a_stream_and_all_its_records(sdk, brand):
    stream = sdk().chat.completions.create(model="ok", messages=HELLO, stream=True)
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text.startswith(FIRST)
    assert len({chunk.id for chunk in chunks}) == 1
    assert len({chunk.created for chunk in chunks}) == 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason] == ["stop"]
    job, usage, (call,) = records()
    assert job.data.result_data["content"] == text
    assert (job.status, usage.total_tokens, call.status) == ("completed", 21, "completed")
    assert call.first_token_at is not None


def test_usage_comes_in_the_last_chunk_for_whoever_asks_for_it(sdk, brand):
    stream = sdk().chat.completions.create(
        model="ok", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 21
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_the_stream_helper_puts_the_pieces_together(sdk, brand):
    with sdk().chat.completions.stream(model="ok", messages=HELLO) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content.startswith(FIRST)
    assert settled()[0].status == "completed"


async def _asked(client):
    async with client:
        whole = await client.chat.completions.create(model="ok", messages=HELLO)
        flow = await client.chat.completions.create(model="drip-20", messages=HELLO, stream=True)
        pieces = [chunk async for chunk in flow]
        vectors = await client.embeddings.create(model="ok", input="une chouette")
    return whole, pieces, vectors


def test_the_asynchronous_client_is_served_as_well(asdk, brand):
    import asyncio

    whole, pieces, vectors = asyncio.run(_asked(asdk()))
    assert whole.choices[0].message.content.startswith(FIRST)
    assert len(pieces) > 20
    assert len(vectors.data[0].embedding) == 3
    assert [job.status for job in settled(jobs=3)] == ["completed"] * 3


def test_vectors(sdk, brand):
    answer = sdk().embeddings.create(model="ok", input=["une", "deux mots"])
    assert [one.index for one in answer.data] == [0, 1]
    assert answer.data[1].embedding[0] == pytest.approx(0.09)
    job, usage, (call,) = records()
    assert (job.job_type.name, job.status) == ("embeddings", "completed")
    assert job.data.result_data["count"] == 2
    assert (usage.prompt_tokens, usage.completion_tokens, call.status) == (3, 0, "completed")


def test_tools_go_there_and_back(sdk, brand):
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {}}}]
    client = sdk()
    answer = client.chat.completions.create(model="tool", messages=HELLO, tools=tools)
    called = answer.choices[0].message
    assert called.tool_calls[0].function.name == "look_up"
    reply = {"role": "tool", "tool_call_id": "call_1", "content": "Strix aluco"}
    client.chat.completions.create(model="ok", messages=[*HELLO, called, reply], tools=tools)
    first, _second = settled(jobs=2)
    assert first.data.result_data["message"]["tool_calls"][0]["id"] == "call_1"


def test_the_hubs_own_engine_needs_no_provider(sdk, brand):
    answer = sdk().chat.completions.create(model="extractive-1", messages=HELLO)
    assert answer.choices[0].message.content
    assert answer.usage.completion_tokens > 0
    job, usage, (call,) = records()
    assert (usage.total_cost, usage.price_status, call.kind) == (0, "free", "local")
    assert job.status == "completed"


def test_models_are_listed_and_found(sdk, brand):
    client = sdk()
    names = [model.id for model in client.models.list()]
    assert {"ok", "acme/ok", "extractive-1", "local/extractive-1"} <= set(names)
    assert client.models.retrieve("acme/ok").owned_by == "acme"


def test_headers_say_what_was_recorded(sdk, brand):
    raw = sdk().chat.completions.with_raw_response.create(model="acme/ok", messages=HELLO)
    (job,) = settled()
    assert raw.headers["x-megahub-job-id"] == job.job_id
    assert raw.headers["x-megahub-provider"] == "acme"
    assert raw.headers["x-megahub-attempts"] == "1"
    assert Decimal(raw.headers["x-megahub-cost"]) == Decimal("0.00035")
    assert int(raw.headers["openai-processing-ms"]) >= 0
    assert raw.parse()._request_id


def quota(brand, unit="money", limit="1", mode="hard"):
    return ProviderQuota.objects.create(brand=brand, unit=unit, limit=limit, mode=mode)


def test_a_limit_is_held_and_settled(sdk, brand):
    quota(brand), quota(brand, "tokens", "100000")
    raw = sdk().chat.completions.with_raw_response.create(model="ok", messages=HELLO, max_tokens=20)
    settled()
    assert raw.headers["x-ratelimit-limit-tokens"] == "100000"
    assert 99_900 < int(raw.headers["x-ratelimit-remaining-tokens"]) < 100_000
    assert Decimal(raw.headers["x-megahub-quota-remaining"]) < 1
    assert [hold.state for hold in QuotaHold.objects.all()] == ["settled", "settled"]
    used = {use.quota.unit: (use.used, use.held) for use in QuotaUse.objects.all()}
    assert used == {"money": (Decimal("0.00035"), 0), "tokens": (21, 0)}
    assert not balance.drifts()
    assert not balance.untold()


def test_metadata_and_tier_become_what_a_job_has(sdk, brand):
    sdk().chat.completions.create(
        model="ok", messages=HELLO, service_tier="flex", store=False, max_completion_tokens=3,
        metadata={"description": "Contes du soir", "team": "owls"},
    )  # fmt: skip
    job = settled()[0]
    assert (job.description, job.tags, job.priority) == ("Contes du soir", ["team:owls"], 0)
    assert job.data.result_data["finish_reason"] == "length"


def test_many_at_once_are_one_job_each(asdk, brand):
    import asyncio

    async def all_of_them():
        async with asdk() as client:
            calls = [
                client.chat.completions.create(
                    model="echo", messages=[{"role": "user", "content": f"owl-{n}"}]
                )
                for n in range(40)
            ]
            return await asyncio.gather(*calls)

    quota(brand, "tokens", "10000000")
    said = [answer.choices[0].message.content for answer in asyncio.run(all_of_them())]
    assert said == [f"owl-{n}" for n in range(40)]
    jobs = settled(jobs=40)
    assert {job.data.result_data["content"] for job in jobs} == set(said)
    assert AIJobUsage.objects.count() == ProviderCall.objects.count() == 40
    assert not balance.drifts()
