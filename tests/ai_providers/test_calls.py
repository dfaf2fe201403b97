"""Jobs of language models against the fake provider: results, retries, fallbacks, stops."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ai_core.models import AIJob
from ai_core.services import JobService
from ai_providers.models import ProviderCall

HELLO = [{"role": "user", "content": "Que font les chouettes la nuit ?"}]


def run(brand, model="", **input_data):
    job = JobService.create_job(
        "chat_completion", {"messages": HELLO, "model": model, **input_data}, None, brand
    )
    JobService.process_job(job.pk)
    return AIJob.objects.select_related("data", "openai_job").get(pk=job.pk)


def tries(job):
    rows = ProviderCall.objects.filter(job=job).order_by("number")
    return [(row.provider_name, row.status, row.reason, row.absorbed) for row in rows]


@pytest.fixture
def brand(people, job_types):
    return people.brand


def test_a_chat_is_answered_counted_and_priced(brand, make_provider, priced):
    make_provider(brand)
    priced("ok", "10", "20")
    job = run(brand, "ok")
    assert job.status == "completed", job.error_message
    result = job.data.result_data
    assert result["content"].startswith("Les chouettes chassent")
    assert result["finish_reason"] == "stop"
    assert result["usage"]["prompt_tokens"] == 7
    assert result["usage"]["completion_tokens"] == 14
    (entry,) = job.data.usage
    assert Decimal(entry["cost"]) == Decimal("0.00035")
    assert (entry["provider"], entry["model"], entry["price_source"]) == ("acme", "ok", "admin")
    assert job.openai_job.total_tokens == 21
    assert job.openai_job.response_id.startswith("chatcmpl-")


def test_the_key_reaches_the_provider_and_the_stream_asks_for_usage(brand, make_provider, fake):
    from tests.ai_providers.conftest import CANARY

    make_provider(brand)
    run(brand, "ok", temperature=0.2, max_tokens=5)
    assert fake.inside.keys == [f"Bearer {CANARY}"]
    (body,) = fake.inside.bodies
    assert body["stream_options"] == {"include_usage": True}
    assert (body["temperature"], body["max_tokens"]) == (0.2, 5)


def test_an_answer_that_reached_its_limit_says_so(brand, make_provider):
    make_provider(brand)
    assert run(brand, "ok", max_tokens=3).data.result_data["finish_reason"] == "length"


def test_an_unknown_price_is_unknown_and_not_zero(brand, make_provider):
    make_provider(brand)
    (entry,) = run(brand, "ok").data.usage
    assert entry["cost"] is None
    assert entry["price_status"] == "unpriced"


def test_an_explicit_zero_stays_a_zero(brand, make_provider):
    make_provider(brand, models=["zerousage"])
    assert run(brand, "zerousage").data.result_data["usage"]["prompt_tokens"] == 0


def test_missing_usage_is_estimated_and_says_so(brand, make_provider):
    make_provider(brand, models=["nousage"])
    usage = run(brand, "nousage").data.result_data["usage"]
    assert usage["source"] == "estimated"
    assert usage["completion_tokens"] > 5


def test_a_flaky_provider_is_asked_again_and_the_failures_are_absorbed(brand, make_provider):
    make_provider(brand, models=["flaky"])
    job = run(brand, "flaky")
    assert job.status == "completed"
    assert tries(job) == [
        ("acme", "failed", "server_error", True),
        ("acme", "failed", "server_error", True),
        ("acme", "completed", "", False),
    ]


def test_retry_after_is_honoured(brand, make_provider, fake):
    make_provider(brand, models=["e429"])
    make_provider(brand, "second", models=["ok"])
    job = run(brand, "e429", fallbacks=["ok"])
    assert job.status == "completed"
    assert tries(job)[0] == ("acme", "failed", "rate_limited", True)
    assert tries(job)[-1] == ("second", "completed", "", False)


def test_a_long_wait_goes_back_into_the_queue(brand, make_provider):
    make_provider(brand, models=["e429-long"])
    job = run(brand, "e429-long")
    assert job.status == "running"
    assert job.run_after is not None
    assert (job.run_after - job.updated_at).total_seconds() > 590


@pytest.mark.parametrize(
    ("model", "failure_class", "code"),
    [
        ("equota", "provider_quota", "PROVIDER_QUOTA_EXCEEDED"),
        ("e401", "provider_refused", "PROVIDER_REFUSED"),
        ("e400", "input", "INPUT_REFUSED"),
        ("e404", "provider_refused", "PROVIDER_REFUSED"),
        ("filter", "provider_refused", "PROVIDER_REFUSED"),
    ],
)
def test_what_will_not_change_is_not_tried_again(brand, make_provider, model, failure_class, code):
    make_provider(brand, models=[model])
    job = run(brand, model)
    assert (job.status, job.failure_class, job.error_code) == ("failed", failure_class, code)
    assert len(tries(job)) == 1


@pytest.mark.parametrize("model", ["cut", "errevent", "garbled", "html", "redirect"])
def test_what_is_broken_is_never_shown_as_complete(brand, make_provider, model):
    make_provider(brand, models=[model])
    job = run(brand, model)
    assert job.status == "running"  # another attempt is worth it
    assert job.data.result_data is None
    assert {status for _name, status, _reason, _absorbed in tries(job)} == {"failed"}


def test_a_cut_answer_charges_what_had_come(brand, make_provider, priced):
    make_provider(brand, models=["cut"])
    priced("cut")
    job = run(brand, "cut")
    assert all(Decimal(entry["cost"]) > 0 for entry in job.data.usage)
    assert {entry["usage_source"] for entry in job.data.usage} == {"estimated"}


def test_one_budget_of_tries_holds_for_the_whole_job(brand, make_provider):
    from tests.ai_core.workbench import make_due

    make_provider(brand, models=["e500"])
    job = run(brand, "e500")
    for _ in range(6):
        if job.status != "running":
            break
        make_due(job.pk)
        from ai_core.execution import by_hand

        job.refresh_from_db()
        by_hand.process(job)
        job.refresh_from_db()
    assert job.status == "failed"
    assert job.failure_class == "provider_down"
    assert ProviderCall.objects.filter(job=job).count() <= 6


def test_the_next_provider_with_the_model_is_asked(brand, make_provider):
    make_provider(brand, "first", base_url="http://127.0.0.1:9/v1", position=1)
    make_provider(brand, "second", position=2)
    job = run(brand, "ok")
    assert job.status == "completed"
    assert job.data.result_data["provider"] == "second"
    assert tries(job)[0][:3] == ("first", "failed", "unreachable")


def test_a_provider_can_be_named_with_its_model(brand, make_provider):
    make_provider(brand, "first", position=1)
    make_provider(brand, "second", position=2)
    assert run(brand, "second/ok").data.result_data["provider"] == "second"


def test_an_unknown_model_is_refused_before_anything_is_saved(brand, make_provider):
    from ai_providers.refusals import ModelUnknown

    make_provider(brand)
    with pytest.raises(ModelUnknown) as caught:
        run(brand, "okk")
    assert caught.value.facts["nearest"][0] == "ok"
    assert AIJob.objects.count() == 0


def test_a_provider_of_another_brand_is_nobody(people, brand, make_provider):
    from ai_providers.refusals import ModelUnknown

    make_provider(people.other_brand)
    with pytest.raises(ModelUnknown):
        run(brand, "ok")


def test_tool_calls_come_through(brand, make_provider):
    make_provider(brand, models=["tool"])
    result = run(brand, "tool").data.result_data
    assert result["finish_reason"] == "tool_calls"
    (call,) = result["message"]["tool_calls"]
    assert call["function"] == {"name": "look_up", "arguments": '{"bird": "owl"}'}


def test_private_addresses_are_refused_unless_allowed(brand, make_provider, settings):
    settings.OUTBOUND_ALLOW = []
    make_provider(brand)
    job = run(brand, "ok")
    assert (job.status, job.failure_class) == ("failed", "provider_refused")
    assert "MEGAHUB_OUTBOUND_ALLOW" in job.error_message


def test_without_a_provider_the_hub_answers_itself_and_says_so(brand):
    text = (
        "La chouette effraie niche dans les granges. Elle chasse la nuit les petits rongeurs. "
        "Son vol est silencieux grâce à ses plumes. Elle pond de quatre à sept œufs au printemps. "
        "Les agriculteurs l'apprécient parce qu'elle protège leurs récoltes des campagnols."
    )
    job = JobService.create_job(
        "assistant", {"question": "Où niche la chouette ?", "context": text}, None, brand
    )
    JobService.process_job(job.pk)
    job = AIJob.objects.select_related("data").get(pk=job.pk)
    assert job.status == "completed", job.error_message
    result = job.data.result_data
    assert "niche dans les granges" in result["content"]
    assert (result["engine"], result["provider"]) == ("extractive-1", "local")
    (entry,) = job.data.usage
    assert (Decimal(entry["cost"]), entry["price_status"]) == (Decimal(0), "free")
