"""Attempts to make a charge wrong: lies, garbage, races, price changes, asking too cleverly."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ai_core import lifecycle
from ai_core.errors import LeaseLost
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_providers import calls, tokens
from ai_providers.asking import Answer, ChatRequest, TokenUse
from ai_providers.credentials import Secret
from ai_providers.dialects.refusals import clean, retry_after
from ai_providers.failures import ProviderFailure, Reason
from ai_providers.fake.server import LIES, ODD
from ai_providers.models import ModelPrice, ProviderCall, QuotaHold, QuotaUse
from ai_providers.routes import find
from tests.ai_core.workbench import at_once, make_due
from tests.ai_providers.test_calls import HELLO, run, tries
from tests.ai_providers.test_quotas import balanced, limit, pending, the_use

REQUEST = ChatRequest(messages=HELLO, model="ok")
STOPPED = ProviderFailure(Reason.STOPPED, "Stopped.")


@pytest.fixture
def brand(people, job_types, make_provider, priced):
    make_provider(people.brand, models=["ok", "e429-long", "nousage", "cut", *LIES, *ODD])
    for model in ("ok", "e429-long", "nousage", "cut", *LIES, *ODD):
        priced(model, "10", "20")
    return people.brand


class Quiet:
    """Whom a call tells; `lost`: its attempt no longer counts."""

    def __init__(self, *, lost: bool = False) -> None:
        self.lost = lost
        self.used: list[dict] = []

    def usage(self, **facts):
        if self.lost:
            raise LeaseLost("too late")
        self.used.append(facts)

    def log(self, message, level="info"): ...


def begun(brand, job, *, attempt=1, reporter=None):
    asker = calls.Asker(job=job, brand=brand, attempt=attempt, reporter=reporter or Quiet())
    (route,) = find(brand, "ok")
    return asker, calls.begin(asker, route, REQUEST), route


def ended(asker, call, route, *, use=None, failure=None, text="Les chouettes"):
    answer = Answer(text=text, use=use, finish_reason="" if failure else "stop")
    return calls.end(asker, call, route, request=REQUEST, answer=answer, failure=failure)


# ---------------------------------------------------------------------- providers that lie
@pytest.mark.parametrize("model", sorted(LIES))
def test_what_is_no_count_is_never_charged_as_one(brand, model):
    limit(brand, "5")
    job = run(brand, model)
    assert job.status == "completed", job.error_message
    (entry,) = job.data.usage
    assert 0 <= entry["prompt_tokens"] < 100
    assert 10 < entry["completion_tokens"] < 100  # half a count is no reason to give the rest away
    assert (entry["cached_tokens"] or 0) <= entry["prompt_tokens"]
    assert 0 < Decimal(entry["cost"]) < Decimal("0.01")
    assert job.usage.total_cost == the_use().used == Decimal(entry["cost"])
    assert (entry["usage_source"] == "provider") is (model == "liar-cached")
    assert balanced()


@pytest.mark.parametrize("model", [name for name in ODD if name != "odd-nul"])
def test_an_answer_of_an_odd_shape_is_garbled_and_no_error_of_ours(brand, model):
    limit(brand, "5")
    job = run(brand, model)
    assert {reason for _n, _s, reason, _a in tries(job)} == {"garbled"}
    assert job.failure_class in ("", "provider_down")
    assert balanced()


def test_what_the_database_cannot_store_is_left_out(brand):
    limit(brand, "5")
    job = run(brand, "odd-nul")
    assert (job.status, job.data.result_data["content"]) == ("completed", "Les chouettes")
    assert job.openai_job.response_id == "chatcmpl"
    assert the_use().used == job.usage.total_cost > 0
    assert clean("a\0b", Secret("")) == "ab"


@pytest.mark.parametrize("counts", [
    {"input_tokens": -9, "output_tokens": 5}, {"input_tokens": True, "output_tokens": 5},
    {"input_tokens": 2**31 - 1, "cache_read_input_tokens": 2**31 - 1, "output_tokens": 5},
    {"input_tokens": "7", "output_tokens": 5},
])  # fmt: skip
def test_anthropics_counts_are_checked_too(counts):
    from ai_providers.kinds.anthropic.messages import _use

    found = _use(counts)
    assert (found.prompt, found.completion) == (None, 5)


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"retry-after": "nan"}, None), ({"retry-after": "inf"}, 86_400.0),
    ({"retry-after": "-5"}, 0.0), ({"retry-after": "1e999"}, 86_400.0),
    ({"retry-after-ms": "²"}, None), ({"retry-after-ms": "9" * 500}, None),
    ({"retry-after": "Fri, 31 Dec 99999 00:00:00 GMT"}, None), ({"retry-after-ms": "1500"}, 1.5),
])  # fmt: skip
def test_a_wait_that_is_none_is_not_waited_for(headers, seconds):
    assert retry_after(headers) == seconds


# ---------------------------------------------------------------------- asking too cleverly
def test_under_a_hard_limit_no_answer_gets_longer_than_what_is_held(brand, fake):
    quota = limit(brand, "5")
    run(brand, "ok")
    run(brand, "ok", max_tokens=1_000_000)
    run(brand, "ok", max_tokens=5)
    sent = [body["max_tokens"] for body in fake.inside.bodies]
    assert sent == [tokens.DEFAULT_ANSWER, tokens.MOST_ANSWER, 5]
    quota.mode = "soft"
    quota.save()
    run(brand, "ok")
    assert "max_tokens" not in fake.inside.bodies[-1]


TOOL = {"type": "function", "function": {"name": "x", "description": "word " * 5_000}}


@pytest.mark.parametrize("more", [
    {"options": {"tools": [TOOL]}},
    {"options": {"response_format": {"type": "json_schema", "json_schema": TOOL}}},
    {"messages": [*HELLO, {"role": "assistant", "tool_calls": [TOOL]}]},
])  # fmt: skip
def test_everything_that_the_model_reads_is_held_for(more):
    plain, _answer = tokens.expected(REQUEST)
    found, _answer = tokens.expected(ChatRequest(**{"messages": HELLO, **more}))
    assert found > plain + 5_000


def test_pictures_are_held_for():
    parts = [{"type": "image_url", "image_url": {"url": "https://example.com/owl.png"}}]
    with_picture = ChatRequest(messages=[{"role": "user", "content": parts}])
    assert tokens.expected(with_picture)[0] > tokens.PER_IMAGE


@pytest.mark.parametrize(
    "alphabet", ["的一是不了人我在有他这为之大来以个中上们", "#$%^&*~|<>", "éèàç "]
)
def test_a_dense_text_is_not_counted_as_letters(alphabet):
    chance = random.Random(alphabet)
    text = "".join(chance.choice(alphabet) for _ in range(60_000))
    begun_at = time.process_time()
    found = tokens.count(text)
    assert time.process_time() - begun_at < 2  # as one word it would take minutes
    lines = [text[n : n + 300] for n in range(0, len(text), 300)]
    exactly = sum(len(tokens._encoding().encode_ordinary(line)) for line in lines)
    assert 0.9 * exactly <= found <= 1.3 * exactly + len(text) / 3


def test_a_job_that_waits_for_its_provider_holds_nothing_meanwhile(brand):
    limit(brand, "5")
    job = run(brand, "e429-long")
    assert (job.status, the_use().held) == ("running", 0)
    assert balanced()


def test_a_parked_job_keeps_nothing_of_a_limit_that_others_need(brand, make_provider, priced):
    second = make_provider(brand, "second", models=["other"])
    priced("other", "10", "20")
    limit(brand, "5")
    limit(brand, "0.0000001", provider=second)
    job = run(brand, "cut", fallbacks=["second/other"], on_quota="park")
    assert job.status == "running"
    assert not ProviderCall.objects.filter(provider=second).exists()
    spent = sum(Decimal(entry["cost"]) for entry in job.data.usage)
    assert sum(QuotaUse.objects.values_list("held", flat=True)) == spent > 0
    assert balanced()


# ---------------------------------------------------------------------- prices that change
def test_a_price_that_changes_during_a_call_changes_the_next_one(brand, priced):
    limit(brand, "50")
    job = pending(brand)
    asker, call, route = begun(brand, job)
    priced("ok", "1000", "2000", valid_from=datetime.now(UTC))
    use = TokenUse(prompt=100, completion=10)
    assert ended(asker, call, route, use=use).cost == Decimal("0.0012")
    _asker, again, _route = begun(brand, job)
    assert again.expected_cost > Decimal("1")


def test_a_price_that_is_gone_at_the_end_counts_as_expected_and_shows_as_unknown(brand):
    limit(brand, "5")
    job = pending(brand)
    reporter = Quiet()
    asker, call, route = begun(brand, job, reporter=reporter)
    ModelPrice.objects.all().delete()
    ended(asker, call, route, use=TokenUse(prompt=100, completion=10))
    assert reporter.used[0]["cost"] is None
    lifecycle.cancel(job, user=None)
    assert (the_use().used, the_use().held) == (call.expected_cost, 0)
    assert balanced()


def test_a_price_beyond_belief_is_unknown(brand, priced):
    priced("nousage", "99999999", "99999999", provider="acme")
    job = run(brand, "nousage")
    assert job.status == "completed"
    priced("ok", "99999999", "99999999", provider="acme")
    asker, call, route = begun(brand, pending(brand))
    ended(asker, call, route, use=TokenUse(prompt=2**31 - 1, completion=2**31 - 1))
    assert (call.cost, call.price_status) == (None, "unpriced")


# ---------------------------------------------------------------------- races of endings
def test_a_call_whose_attempt_is_lost_is_on_the_bill_all_the_same(brand):
    limit(brand, "5")
    job = pending(brand)
    asker, call, route = begun(brand, job, reporter=Quiet(lost=True))
    ended(asker, call, route, use=TokenUse(prompt=100, completion=10))
    lifecycle.cancel(job, user=None)
    bill = AIJob.objects.get(pk=job.pk).usage
    assert bill.total_cost == the_use().used == Decimal("0.0012")
    assert balanced()


def test_a_bill_that_cannot_be_written_undoes_the_charge(brand, monkeypatch):
    limit(brand, "5")
    job = pending(brand)

    class Broken(Quiet):
        def usage(self, **facts):
            raise OSError("the database is gone")

    asker, call, route = begun(brand, job, reporter=Broken())
    with pytest.raises(OSError, match="gone"):
        ended(asker, call, route, use=TokenUse(prompt=100, completion=10))
    assert ProviderCall.objects.get().status == "running"  # it will be given up, and told
    assert QuotaHold.objects.get().spent == 0


@pytest.mark.django_db(transaction=True)
def test_end_cancel_and_giving_up_at_once_charge_once(
    people, committed_types, make_provider, priced
):
    make_provider(people.brand)
    priced("ok", "10", "20")
    brand = people.brand
    limit(brand, "5")
    limit(brand, "1000000", unit="tokens")
    open_calls = [begun(brand, pending(brand)) for _ in range(8)]

    def act(number):
        asker, call, route = open_calls[number // 4]
        match number % 4:
            case 0:
                ended(asker, call, route, use=TokenUse(prompt=100, completion=10))
            case 1:
                lifecycle.cancel(AIJob.objects.get(pk=asker.job.pk), user=None)
            case 2:
                calls.give_up(ProviderCall.objects.get(pk=call.pk))
            case 3:
                calls.end(
                    asker, ProviderCall.objects.get(pk=call.pk), route, request=REQUEST,
                    answer=Answer(text="Les"), failure=STOPPED,
                )  # fmt: skip

    at_once(32, act)
    from ai_providers import quotas

    quotas.settle_leftovers()
    assert set(ProviderCall.objects.values_list("status", flat=True)) <= {
        "completed", "lost", "stopped",
    }  # fmt: skip
    assert set(QuotaUse.objects.values_list("held", flat=True)) == {Decimal(0)}
    assert balanced()


def test_a_second_worker_with_the_same_job_charges_its_own_call_only(brand):
    """A zombie's call was given up when the next attempt began; its late end changes nothing."""
    limit(brand, "5")
    job = pending(brand)
    asker, call, route = begun(brand, job, attempt=0)
    JobService.process_job(job.pk)
    used = the_use().used
    ended(asker, call, route, use=TokenUse(prompt=1_000_000, completion=1_000_000))
    assert the_use().used == used == call.expected_cost + Decimal("0.00035")
    assert balanced()


def test_retries_of_a_job_are_jobs_of_their_own_with_bills_of_their_own(brand):
    limit(brand, "5")
    job = run(brand, "e429-long", on_quota="fail")
    AIJob.objects.filter(pk=job.pk).update(failures=99)
    make_due(job.pk)
    lifecycle.cancel(AIJob.objects.get(pk=job.pk), user=None)
    again = JobService.retry_job(AIJob.objects.get(pk=job.pk), user=None)
    assert QuotaHold.objects.filter(job=again).count() == 0
    assert (the_use().used, the_use().held) == (0, 0)
