"""The pooled client obeys the same rules, and keeps its connections."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from ai_core.outbound import (
    AddressRefused,
    AllowList,
    BadUrl,
    ConnectFailed,
    CutOff,
    HostUnknown,
    Limits,
    TimedOut,
    TooLarge,
)
from ai_core.outbound.pooled import Pool
from tests.ai_core.outbound.rude import answer
from tests.ai_core.outbound.test_addresses import FORBIDDEN, ODD_SPELLINGS, answers

QUICK = Limits(connect=2, idle=0.5, total=1.5, size=1_000_000)


def ask(url, *, allow=(), times=1, resolver=None, limits=QUICK, **details):
    """Call so many times through one pool; return the last status and body."""

    async def talk():
        pool = Pool(allow=AllowList(allow), resolver=resolver)
        try:
            for _ in range(times):
                async with pool.open("GET", url, limits=limits, **details) as found:
                    body = await found.read()
            return found.status, body
        finally:
            await pool.close()

    return asyncio.run(talk())


def test_connections_are_kept_between_calls(rude):
    accepted = set()

    def act(_server, connection, _request):
        accepted.add(connection.getpeername())
        connection.sendall(answer())
        return True

    server = rude(act)
    assert ask(server.url, allow=[server.allow], times=5) == (200, b"hello")
    assert len(server.requests) == 5
    assert len(accepted) == 1


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_special_address_is_called_whatever_name_leads_to_it(address):
    with pytest.raises(AddressRefused):
        ask("http://innocent.example/", resolver=answers(address))


@pytest.mark.parametrize("host", [*ODD_SPELLINGS, "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_spelled_out_addresses_are_checked_too(rude, host):
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    with pytest.raises((AddressRefused, BadUrl, HostUnknown)):
        ask(f"http://{host}:{server.port}/")
    assert server.requests == []


def test_a_name_is_connected_to_what_was_checked(rude):
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return [(socket.AF_INET, ("192.0.2.1" if len(asked) == 1 else "127.0.0.1", server.port))]

    with pytest.raises((ConnectFailed, TimedOut)):
        ask(
            f"http://rebind.example:{server.port}/",
            allow=["192.0.2.1"],
            resolver=rebinding,
            limits=Limits(connect=0.3, total=1),
        )
    assert server.requests == []


def test_a_redirect_is_an_answer_and_is_not_followed(rude):
    inner = rude(lambda _s, c, _r: c.sendall(answer(b"secret")))
    outer = rude(
        lambda _s, c, _r: c.sendall(
            answer(b"", status="302 Found", headers=f"Location: {inner.url}\r\n")
        )
    )
    assert ask(outer.url, allow=[inner.allow, outer.allow])[0] == 302
    assert inner.requests == []


def test_the_environments_proxy_is_not_used(rude, monkeypatch):
    proxy = rude(lambda _s, c, _r: c.sendall(answer(b"proxied")))
    server = rude(lambda _s, c, _r: c.sendall(answer(b"direct")))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    assert ask(server.url, allow=[server.allow])[1] == b"direct"
    assert proxy.requests == []


def test_limits_are_named_as_for_threads(rude):
    silent = rude(lambda s, c, _r: s.silence(c))
    with pytest.raises(TimedOut) as late:
        ask(silent.url, allow=[silent.allow])
    assert late.value.which == "idle"

    def act(server, connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        server.drip(connection)

    dripping = rude(act)
    with pytest.raises(TimedOut) as late:
        ask(dripping.url, allow=[dripping.allow])
    assert late.value.which == "total"


def test_a_flood_is_cut_by_the_size_limit(rude):
    def act(server, connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        server.flood(connection)

    server = rude(act)
    with pytest.raises(TooLarge):
        ask(server.url, allow=[server.allow], limits=Limits(idle=5, total=10, size=1_000_000))
    assert server.gone.wait(5)


def test_a_cut_answer_is_named(rude):
    server = rude(lambda _s, c, _r: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"))
    with pytest.raises(CutOff):
        ask(server.url, allow=[server.allow])


def test_cancelling_the_task_hangs_up(rude):
    server = rude(lambda s, c, _r: s.silence(c))

    async def talk():
        pool = Pool(allow=AllowList([server.allow]))
        task = asyncio.create_task(_one(pool))
        while not server.requests:
            await asyncio.sleep(0.01)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await pool.close()
        return time.monotonic() - begun

    async def _one(pool):
        async with pool.open("GET", server.url, limits=Limits(idle=30, total=30)) as found:
            await found.read()

    assert asyncio.run(asyncio.wait_for(talk(), 20)) < 2
    assert server.gone.wait(5)


def test_an_answer_that_was_not_read_to_its_end_does_not_poison_the_next(rude):
    def act(_server, connection, _request):
        connection.sendall(answer(b"abc" * 100_000))
        return True

    server = rude(act)

    async def talk():
        pool = Pool(allow=AllowList([server.allow]))
        try:
            async with pool.open("GET", server.url) as found:
                await found.piece()
            async with pool.open("GET", server.url) as found:
                return found.status
        finally:
            await pool.close()

    assert asyncio.run(talk()) == 200


def test_the_callers_headers_cannot_change_where_the_call_goes(rude):
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    with pytest.raises(BadUrl):
        ask(server.url, allow=[server.allow], headers={"Host": "evil.example"})
    assert server.requests == []
