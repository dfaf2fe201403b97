"""Limits of calls: exactly so many within a minute, whoever asks at once, whatever is silent."""

import asyncio
import threading
import uuid

import pytest
from django.test import override_settings
from redis.exceptions import ConnectionError as NoValkey

from brands import call_limits
from brands.access import Access
from tests import factories


class Key:
    """A key of which only the numbers matter."""

    def __init__(self, brand_id=None):
        self.pk = uuid.uuid4().int % 10**12
        self.brand_id = brand_id or uuid.uuid4().int % 10**12


def access(key):
    return Access(user=None, key=key)


def taken(key, *, spends=False) -> bool:
    try:
        call_limits.take(access(key), spends=spends)
    except call_limits.RateLimited:
        return False
    return True


@pytest.fixture
def silent(monkeypatch):
    """Valkey does not answer."""

    def refuse(**_: object):
        raise NoValkey("nobody is there")

    monkeypatch.setattr(call_limits, "_script", lambda: refuse)
    yield
    call_limits._silent_until = 0.0


def at_once(count, ask):
    barrier, said = threading.Barrier(count), []

    def one():
        barrier.wait()
        said.append(ask())

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@override_settings(KEY_CALLS_PER_MINUTE=20)
def test_of_a_hundred_calls_at_once_exactly_the_limit_is_let_in():
    key = Key()
    assert sum(at_once(100, lambda: taken(key))) == 20


@override_settings(KEY_CALLS_PER_MINUTE=20, BRAND_CALLS_PER_MINUTE=30)
def test_the_keys_of_a_brand_share_its_limit_and_a_refused_call_costs_the_others_nothing():
    one, two = Key(), None
    two = Key(brand_id=one.brand_id)
    assert sum(taken(one) for _ in range(40)) == 20
    assert sum(taken(two) for _ in range(40)) == 10
    assert taken(Key())  # another brand


@override_settings(KEY_CALLS_PER_MINUTE=20)
def test_while_valkey_is_silent_free_calls_are_counted_here_and_paid_ones_refused(silent):
    key = Key()
    assert sum(at_once(60, lambda: taken(key))) == 20
    with pytest.raises(call_limits.ServiceUnavailable):
        taken(Key(), spends=True)


@override_settings(KEY_CALLS_PER_MINUTE=2)
def test_a_minute_ends(monkeypatch):
    key = Key()
    assert [taken(key) for _ in range(3)] == [True, True, False]
    place = next(iter(call_limits._places(access(key))))
    client = call_limits._script().registered_client
    assert 0 < client.pttl(place) <= 60_000
    client.pexpire(place, 1)
    while client.exists(place):
        pass
    assert taken(key)


@pytest.mark.parametrize(
    ("method", "path", "spends"),
    [
        ("POST", "/ai/jobs/", True),
        ("POST", "/ai/jobs/bulk/", True),
        ("POST", "/ai/jobs/7/retry/", True),
        ("POST", "/ai/openai/chat/", True),
        ("POST", "/v1/chat/completions", True),
        ("POST", "/cloud/project/x/ai/job", True),
        ("POST", "/ai/jobs/7/cancel/", False),
        ("GET", "/ai/jobs/", False),
    ],
)
def test_what_may_cost_money(method, path, spends):
    assert call_limits.may_spend(method, path) is spends


@pytest.mark.django_db
@override_settings(KEY_CALLS_PER_MINUTE=2)
def test_every_answer_tells_what_is_left_and_a_refusal_when_to_come_again(owner_api, browser_as):
    for left in ("1", "0"):
        answer = owner_api.get("/ai/me/")
        assert answer["RateLimit-Limit"] == "2"
        assert answer["RateLimit-Remaining"] == left
        assert 0 < int(answer["RateLimit-Reset"]) <= 60
    refused = owner_api.get("/ai/me/")
    assert (refused.status_code, refused.json()["error_code"]) == (429, "RATE_LIMITED")
    assert 0 < int(refused["Retry-After"]) <= 60
    browser = browser_as(factories.make_superuser())
    assert {browser.get("/ai/me/").status_code for _ in range(4)} == {200}


@pytest.mark.django_db
@override_settings(KEY_CALLS_PER_MINUTE=1)
def test_streams_and_the_gateway_count_as_well(people, monkeypatch):
    from ai_core.streams.caller import Caller
    from ai_providers.gateway import app

    monkeypatch.setattr("ai_core.streams.caller.close_old_connections", lambda: None)
    token = factories.make_key(people.owner, people.brand).token
    lines = [(b"authorization", f"Bearer {token}".encode()), (b"host", b"localhost")]
    assert Caller.of({"headers": lines}).access().user == people.owner
    with pytest.raises(call_limits.RateLimited):
        Caller.of({"headers": lines}).access()

    async def here(work, *args, **kwargs):
        return work(*args, **kwargs)

    monkeypatch.setattr(app, "in_database", here)
    monkeypatch.setattr(app, "model_list", lambda _brand: {"data": []})
    monkeypatch.setattr(app.known_keys, "look", lambda *_a, **_k: access_of_owner)
    access_of_owner = Access(user=people.owner, scope=people.brand, right=3, key=Key())
    said = [asyncio.run(asked(app.gateway)) for _ in range(2)]
    assert [status for status, _headers in said] == [200, 429]
    assert said[0][1][b"RateLimit-Remaining"] == b"0"
    assert b"retry-after" in said[1][1]


async def asked(gateway):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http", "method": "GET", "path": "/v1/models",
        "headers": [(b"authorization", b"Bearer x"), (b"host", b"localhost")],
    }  # fmt: skip
    await gateway(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])
