"""Every class of error that the SDK knows, in both dialects, with what is on record for it."""

from __future__ import annotations

import socket
from decimal import Decimal

import openai
import pytest

from ai_core.models import AIJob, AIJobType, JobLog, Queue
from ai_providers import balance, limits
from ai_providers.failures import ProviderFailure, Reason
from ai_providers.models import Provider, ProviderCall, ProviderQuota, QuotaHold, QuotaUse
from ai_usage.models import AIJobUsage
from brands import keys
from brands.rights import Right
from tests import factories
from tests.ai_providers.gateway.conftest import HELLO, settled

pytestmark = pytest.mark.django_db(transaction=True)


def refused(kind, client, model="ok", **options):
    with pytest.raises(kind) as found:
        client.chat.completions.create(model=model, messages=HELLO, **options)
    error = found.value
    assert type(error) is kind
    return error


def failed_job(status="failed"):
    (job,) = settled()
    assert job.status == status
    usage = AIJobUsage.objects.get(job=job)
    assert usage.ending == status
    return job, usage


# ---------------------------------------------------------------------- nothing was begun
def test_a_bad_request_names_its_field_and_makes_no_job(sdk, brand):
    error = refused(openai.BadRequestError, sdk(), temperature=9)
    assert (error.status_code, error.code, error.param) == (400, "invalid_value", "temperature")
    assert error.type == "invalid_request_error"
    assert error.response.json()["error_code"] == "VALIDATION_ERROR"
    error = refused(openai.BadRequestError, sdk(), extra_body={"owls": 3})
    assert "owls" in error.message
    assert not AIJob.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"a": "\\u0000"}', b'{"n": NaN}', b"\xff"])
def test_a_body_that_is_no_object_is_a_bad_request(web, token, body):
    import http.client

    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    line.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {token}"})
    answer = line.getresponse()
    assert answer.status == 400
    assert answer.getheader("x-request-id")
    assert b'"error_code":"VALIDATION_ERROR"' in answer.read()


def test_a_wrong_key_is_an_authentication_error(sdk, brand, people):
    error = refused(openai.AuthenticationError, sdk(api_key="mh_wrong"))
    assert (error.status_code, error.code) == (401, "invalid_api_key")
    assert error.response.headers["www-authenticate"].startswith("Bearer")
    assert error.request_id
    assert not AIJob.objects.exists()


def test_a_revoked_key_stops_at_once_however_well_it_is_remembered(sdk, brand, token):
    client = sdk()
    client.chat.completions.create(model="ok", messages=HELLO)
    keys.revoke(keys.find(token))
    error = refused(openai.AuthenticationError, client)
    assert "revoked" in error.message
    assert len(settled()) == 1


def test_reading_is_not_asking(sdk, brand, people):
    token = factories.make_key(people.owner, brand, Right.READ).token
    error = refused(openai.PermissionDeniedError, sdk(api_key=token))
    assert (error.code, error.type) == ("permission_denied", "permission_error")
    assert sdk(api_key=token).models.list().data


def test_another_brand_is_not_ours(sdk, brand, people):
    error = refused(
        openai.PermissionDeniedError, sdk(), extra_headers={"X-Brand": people.other_brand.slug}
    )
    assert error.code in ("permission_denied", "brand_access_required")
    # Nor are its models: a stranger's key finds nothing of what the brand has.
    stranger = factories.make_key(people.stranger, people.other_brand).token
    assert refused(openai.NotFoundError, sdk(api_key=stranger)).code == "model_not_found"
    assert not AIJob.objects.exists()


def test_an_unknown_model_is_not_found(sdk, brand):
    error = refused(openai.NotFoundError, sdk(), model="okk")
    assert (error.code, error.param) == ("model_not_found", "model")
    assert "ok" in error.response.json()["nearest"]
    with pytest.raises(openai.NotFoundError):
        sdk().models.retrieve("okk")
    with pytest.raises(openai.NotFoundError):
        sdk().completions.create(model="ok", prompt="Hou")
    assert not AIJob.objects.exists()


def test_too_much_is_too_much(sdk, brand):
    with pytest.raises(openai.APIStatusError) as found:
        sdk().chat.completions.create(
            model="ok", messages=[{"role": "user", "content": "hou " * 400_000}]
        )
    assert found.value.status_code == 413


def test_a_paused_queue_says_come_again(sdk, brand):
    Queue.objects.filter(name="gateway").update(is_paused=True)
    error = refused(openai.InternalServerError, sdk())
    assert (error.status_code, error.code) == (503, "no_room")
    assert error.response.headers["retry-after"] == "1"
    assert not AIJob.objects.exists()


def test_a_type_that_is_switched_off_is_said(sdk, brand):
    sdk().chat.completions.create(model="ok", messages=HELLO)
    AIJobType.objects.filter(name="chat_completion").update(is_active=False)
    assert "switched off" in refused(openai.BadRequestError, sdk()).message


# ---------------------------------------------------------------------- the provider failed
@pytest.mark.parametrize(
    ("model", "kind", "status", "code", "calls"),
    [
        ("e400", openai.BadRequestError, 400, "invalid_value", 1),
        ("filter", openai.BadRequestError, 400, "content_filter", 1),
        ("e404", openai.NotFoundError, 404, "model_not_found", 1),
        ("e401", openai.InternalServerError, 502, "upstream_refused", 1),
        ("equota", openai.RateLimitError, 429, "provider_quota_exceeded", 1),
        ("e429-long", openai.RateLimitError, 429, "rate_limit_exceeded", 1),
        ("e500", openai.InternalServerError, 502, "upstream_error", 3),
        ("garbled", openai.InternalServerError, 502, "upstream_error", 3),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_providers_failure(sdk, brand, fake, *, model, kind, status, code, calls, stream):
    error = refused(kind, sdk(), model, stream=stream)
    assert (error.status_code, error.code) == (status, code)
    assert fake.inside.calls[model] == calls
    job, usage = failed_job()
    assert error.response.headers["x-megahub-job-id"] == job.job_id
    assert job.error_code == error.response.json()["error_code"]
    statuses = [call.status for call in ProviderCall.objects.order_by("number")]
    assert statuses == ["failed"] * calls
    assert (usage.total_cost, usage.price_status) == (0, "not_applicable")
    assert "sk-canary" not in error.message


def test_a_failure_is_absorbed_when_another_try_answers(sdk, brand):
    raw = sdk().chat.completions.with_raw_response.create(model="flaky", messages=HELLO)
    assert raw.headers["x-megahub-attempts"] == "3"
    (job,) = settled()
    calls = ProviderCall.objects.order_by("number").values_list("status", "absorbed")
    assert list(calls) == [("failed", True), ("failed", True), ("completed", False)]
    assert AIJobUsage.objects.get(job=job).total_cost == Decimal("0.00035")
    assert JobLog.objects.filter(job=job, level="warning").count() == 2


def test_fallbacks_answer_for_one_that_is_down(sdk, brand, make_provider):
    make_provider(brand, "other", models=["e500", "ok"], position=200)
    answer = sdk().chat.completions.create(
        model="e401", messages=HELLO, extra_body={"fallbacks": ["other/ok"]}
    )
    assert answer.megahub["provider"] == "other"
    assert settled()[0].status == "completed"


def test_a_provider_that_nobody_can_reach(sdk, brand, make_provider):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    make_provider(brand, "gone", models=["away"], base_url=f"http://127.0.0.1:{port}/v1")
    error = refused(openai.InternalServerError, sdk(), "away")
    assert (error.status_code, error.code) == (502, "upstream_error")
    failed_job()


def test_an_address_inside_is_never_called(sdk, brand, make_provider):
    make_provider(brand, "inside", models=["meta"], base_url="http://169.254.169.254/v1")
    error = refused(openai.InternalServerError, sdk(), "meta")
    assert error.code == "upstream_refused"
    assert ProviderCall.objects.get().reason == "address_refused"


@pytest.mark.parametrize(("model", "words"), [("cut", "closed|broke"), ("errevent", "broke off")])
def test_a_stream_that_is_cut_is_an_error_and_keeps_what_came(sdk, brand, model, words):
    pieces = []
    stream = sdk().chat.completions.create(model=model, messages=HELLO, stream=True)
    with pytest.raises(openai.APIError, match=words) as found:
        pieces.extend(chunk.choices[0].delta.content or "" for chunk in stream)
    text = "".join(pieces)
    assert text == "Les chouettes chassent la"
    assert found.value.code == "upstream_error"
    job, usage = failed_job()
    assert job.data.result_data == {"content": text, "finish_reason": "", "partial": True}
    call = ProviderCall.objects.get()
    assert (call.status, call.usage_source) == ("failed", "estimated")
    assert usage.total_cost == call.cost > 0


def test_an_open_circuit_spares_the_provider(sdk, brand, fake, make_provider, monkeypatch):
    # On a machine that is late by seconds a short rest would be over before the call.
    monkeypatch.setattr(limits, "FIRST_REST_MS", 3_600_000)
    monkeypatch.setattr(limits, "LONGEST_REST_MS", 3_600_000)
    weak = make_provider(brand, "weak", models=["echo"], position=1)
    for _ in range(50):  # a report may get lost when Valkey is slow, and then spares nobody
        if (limits.health(weak)["failures"] or 0) >= limits.FAILURES_THAT_OPEN:
            break
        limits.report(weak, "elsewhere", ProviderFailure(Reason.SERVER_ERROR, "It broke."))
    answer = sdk().chat.completions.create(
        model="weak/echo", messages=HELLO, extra_body={"fallbacks": ["acme/ok"]}
    )
    assert answer.megahub["provider"] == "acme"
    assert not fake.inside.calls["echo"]
    assert settled()[0].status == "completed"


def test_a_rest_that_the_provider_asked_for_spares_it(sdk, brand, fake, make_provider):
    """Nothing has failed, and so nothing is said by counting failures."""
    weak = make_provider(brand, "weak", models=["echo"], position=1)
    asked = ProviderFailure(Reason.RATE_LIMITED, "Slow.", retry_after=60)
    for _ in range(50):  # as above
        if limits.admit(weak, "elsewhere").reason is not None:
            break
        limits.report(weak, "elsewhere", asked)
    answer = sdk().chat.completions.create(
        model="weak/echo", messages=HELLO, extra_body={"fallbacks": ["acme/ok"]}
    )
    assert answer.megahub["provider"] == "acme"
    assert not fake.inside.calls["echo"]


# ---------------------------------------------------------------------- our own limits
def quota(brand, limit, unit="tokens", mode="hard"):
    return ProviderQuota.objects.create(brand=brand, unit=unit, limit=limit, mode=mode)


def test_a_spent_quota_is_said_once_and_not_tried_again(sdk, brand, fake):
    quota(brand, "5")
    error = refused(openai.RateLimitError, sdk(max_retries=2))
    assert (error.status_code, error.type, error.code) == (
        429, "insufficient_quota", "insufficient_quota",
    )  # fmt: skip
    assert error.response.headers["x-should-retry"] == "false"
    assert int(error.response.headers["retry-after"]) > 0
    body = error.response.json()
    assert (body["error_code"], body["limit"], body["used"], body["held"]) == (
        "QUOTA_EXCEEDED", 5, 0, 0,
    )  # fmt: skip
    job, _usage = failed_job()
    assert (job.error_code, job.failure_class) == ("QUOTA_EXCEEDED", "quota")
    assert not fake.inside.calls["ok"]
    assert not QuotaHold.objects.filter(state="held").exists()
    assert not balance.drifts()


def test_a_price_that_nobody_knows_is_no_way_round_a_limit_in_money(sdk, brand, make_provider):
    make_provider(brand, "odd", models=["echo"], position=1)
    from ai_providers.models import ModelPrice

    ModelPrice.objects.filter(model="echo").delete()
    quota(brand, "5", "money")
    with pytest.raises(openai.APIStatusError) as found:
        sdk().chat.completions.create(model="odd/echo", messages=HELLO)
    assert (found.value.status_code, found.value.code) == (402, "price_unknown")
    assert failed_job()[0].error_code == "PRICE_UNKNOWN"


def test_racing_callers_on_the_last_units_admit_exactly_as_many_as_fit(asdk, brand):
    import asyncio

    quota(brand, "170")
    body = {"model": "slow-1", "messages": HELLO, "max_tokens": 3}

    async def race():
        async with asdk() as client:
            calls = [client.chat.completions.create(**body) for _ in range(12)]
            return await asyncio.gather(*calls, return_exceptions=True)

    from ai_providers import tokens
    from ai_providers.asking import ChatRequest

    one = sum(tokens.expected(ChatRequest(messages=HELLO, max_tokens=3)))
    found = asyncio.run(race())
    refusals = [one for one in found if isinstance(one, openai.RateLimitError)]
    assert len(found) - len(refusals) == 170 // one
    assert all(error.code == "insufficient_quota" for error in refusals)
    settled(jobs=12)
    assert not balance.drifts()
    assert not balance.untold()
    assert QuotaUse.objects.get().held == 0


def test_a_soft_limit_lets_it_pass_and_warns(sdk, brand):
    quota(brand, "5", mode="soft")
    sdk().chat.completions.create(model="ok", messages=HELLO)
    (job,) = settled()
    assert JobLog.objects.get(job=job).level == "warning"
    use = QuotaUse.objects.get()
    assert (use.used, use.held) == (21, 0)


def test_a_providers_rate_holds_for_the_gateway_too(sdk, brand):
    Provider.objects.update(requests_per_minute=2)
    client = sdk()
    for _ in range(2):
        raw = client.chat.completions.with_raw_response.create(model="ok", messages=HELLO)
    assert raw.headers["x-ratelimit-limit-requests"] == "2"
    assert raw.headers["x-ratelimit-remaining-requests"] == "0"
    error = refused(openai.RateLimitError, client)
    assert error.code == "rate_limit_exceeded"
    assert 1 <= int(error.response.headers["retry-after"]) <= 60
    assert [job.status for job in settled(jobs=3)] == ["completed", "completed", "failed"]


def test_nobody_at_the_door_is_a_connection_error(sdk, brand):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    client = sdk().with_options(base_url=f"http://127.0.0.1:{port}/v1")
    refused(openai.APIConnectionError, client)
