"""Anthropic's Messages API: our words into theirs, and their ways of counting into ours."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ai_core.services import JobService
from tests.ai_providers.test_calls import HELLO, run


@pytest.fixture
def brand(people, job_types, make_provider):
    models = ["claude-sonnet-4-5", "cut", "errevent", "e429-long", "e400"]
    make_provider(people.brand, "claude", kind="anthropic", models=models)
    return people.brand


def test_an_answer_with_all_its_tokens_and_its_price(brand):
    job = run(brand, "claude-sonnet-4-5")
    assert job.status == "completed", job.error_message
    result = job.data.result_data
    assert (result["finish_reason"], result["response_id"]) == ("stop", "msg_1")
    (entry,) = job.data.usage
    # 7 new, 5 from the cache and 2 written to it: all of them are prompt tokens.
    assert (entry["prompt_tokens"], entry["cached_tokens"], entry["completion_tokens"]) == (
        14,
        5,
        14,
    )
    assert entry["price_source"] == "genai-prices"
    assert Decimal(entry["cost"]) > 0


def test_system_messages_are_sent_where_they_belong(brand):
    talk = [{"role": "system", "content": "Be brief."}, *HELLO]
    job = JobService.create_job(
        "chat_completion", {"messages": talk, "model": "claude-sonnet-4-5"}, None, brand
    )
    assert JobService.process_job(job.pk).status == "completed"


def test_a_limit_that_was_reached_says_so(brand):
    assert (
        run(brand, "claude-sonnet-4-5", max_tokens=3).data.result_data["finish_reason"] == "length"
    )


@pytest.mark.parametrize("model", ["cut", "errevent"])
def test_a_cut_stream_is_never_complete(brand, model):
    job = run(brand, model)
    assert (job.status, job.data.result_data) == ("running", None)


def test_tools_are_refused_with_a_sentence(brand):
    job = run(brand, "claude-sonnet-4-5", tools=[{"type": "function", "function": {"name": "x"}}])
    assert (job.status, job.failure_class) == ("failed", "input")
    assert "cannot be sent to Anthropic" in job.error_message


def test_a_refusal_is_understood(brand):
    assert run(brand, "e400").failure_class == "input"
