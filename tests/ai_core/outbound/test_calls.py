"""Outgoing calls against rude servers: limits hold, nothing is followed, a stop is a stop."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from ai_core.outbound import (
    AddressRefused,
    AllowList,
    BadAnswer,
    BadUrl,
    Call,
    Closed,
    ConnectFailed,
    CutOff,
    Limits,
    TimedOut,
    TooLarge,
)
from tests.ai_core.outbound.rude import PIECE, answer
from tests.machine import within

QUICK = Limits(connect=2, idle=0.5, total=1.5, size=1_000_000)


def get(server, *, limits=QUICK, resolver=None, url=None, **details):
    call = Call(limits=limits, allow=AllowList([server.allow]), resolver=resolver)
    with call.open("GET", url or server.url, **details) as found:
        return found, found.read()


def test_an_answer_is_read_with_its_timings(rude):
    server = rude(lambda _s, c, _r: c.sendall(answer(b"hello", headers="X-A: 1\r\n")))
    found, body = get(server)
    assert (found.status, body, found.headers["x-a"]) == (200, b"hello", "1")
    assert {"lookup", "connect", "first_byte", "total"} == set(found.timings)
    assert found.address == "127.0.0.1"


def test_loopback_is_refused_unless_the_operator_allows_it(rude):
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    with pytest.raises(AddressRefused), Call(allow=AllowList()).open("GET", server.url):
        pass
    assert server.requests == []


def test_the_settings_are_the_allow_list(rude, settings):
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    settings.OUTBOUND_ALLOW = [server.allow]
    with Call().open("GET", server.url) as found:
        assert found.read() == b"hello"


def test_a_name_that_changes_its_address_is_asked_once_and_connected_to_what_was_checked(rude):
    """DNS rebinding: public when it is checked, loopback a moment later."""
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    asked = []

    def rebinding(host, port):
        asked.append(host)
        # 192.0.2.0/24 leads nowhere; it is allowed here only as the stand-in for a public one.
        return [(socket.AF_INET, ("192.0.2.1" if len(asked) == 1 else "127.0.0.1", server.port))]

    call = Call(
        limits=Limits(connect=0.3, total=1), allow=AllowList(["192.0.2.1"]), resolver=rebinding
    )
    with (
        pytest.raises((ConnectFailed, TimedOut)),
        call.open("GET", f"http://rebind.example:{server.port}/"),
    ):
        pass
    assert asked == ["rebind.example"]
    assert server.requests == []


def test_the_name_is_kept_for_the_host_header_while_the_address_is_pinned(rude):
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    resolver = lambda host, port: [(socket.AF_INET, ("127.0.0.1", port))]  # noqa: E731
    get(server, resolver=resolver, url=f"http://some.example:{server.port}/x?y=1")
    request = server.requests[0].decode()
    assert request.startswith("GET /x?y=1 HTTP/1.1\r\n")
    assert f"Host: some.example:{server.port}\r\n" in request
    assert "Accept-Encoding: identity\r\n" in request


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Again", "308 Moved"])
def test_a_redirect_is_an_answer_and_is_not_followed(rude, status):
    inner = rude(lambda _s, c, _r: c.sendall(answer(b"secret")))
    outer = rude(
        lambda _s, c, _r: c.sendall(answer(status=status, headers=f"Location: {inner.url}\r\n"))
    )
    found, _body = get(outer)
    assert found.status == int(status[:3])
    assert found.headers["Location"] == inner.url
    assert inner.requests == []


def test_the_environments_proxy_is_not_used(rude, monkeypatch):
    proxy = rude(lambda _s, c, _r: c.sendall(answer(b"proxied")))
    server = rude(lambda _s, c, _r: c.sendall(answer(b"direct")))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    assert get(server)[1] == b"direct"
    assert proxy.requests == []


# ---------------------------------------------------------------------- limits
def test_silence_is_cut_by_the_idle_limit(rude):
    server = rude(lambda s, c, _r: s.silence(c))
    begun = time.monotonic()
    with pytest.raises(TimedOut) as late:
        get(server)
    assert late.value.which == "idle"
    assert 0.4 < time.monotonic() - begun < within(1.4)
    assert server.gone.wait(5)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",  # a dripping body
        b"HTTP/1.1 200 OK\r\nX-Slow: ",  # dripping headers
        b"",  # a dripping status line
    ],
)
def test_a_drip_is_cut_by_the_total_limit(rude, head):
    def act(server, connection, _request):
        connection.sendall(head)
        server.drip(connection)

    begun = time.monotonic()
    with pytest.raises(TimedOut) as late:
        get(rude(act))
    assert late.value.which == "total"
    assert 1.3 < time.monotonic() - begun < within(3)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",  # to the end of the connection
        b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n",
    ],
)
def test_a_flood_is_cut_by_the_size_limit(rude, head):
    def act(server, connection, _request):
        connection.sendall(head)
        server.flood(connection)

    server = rude(act)
    with pytest.raises(TooLarge):
        get(server, limits=Limits(idle=5, total=10, size=1_000_000))
    assert server.gone.wait(5)


def test_headers_without_end_are_not_collected(rude):
    def act(server, connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not server.stop.is_set():
            connection.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")

    with pytest.raises(BadAnswer):
        get(rude(act))


def test_the_size_limit_counts_what_came_over_the_wire_not_what_it_unpacks_to(rude):
    import gzip

    bomb = gzip.compress(b"0" * 50_000_000)
    server = rude(lambda _s, c, _r: c.sendall(answer(bomb, headers="Content-Encoding: gzip\r\n")))
    assert get(server)[1] == bomb


# ---------------------------------------------------------------------- what is broken
@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", CutOff),
        (b"nonsense\r\n\r\n", BadAnswer),
        (b"HTTP/1.1 abc\r\n\r\n", BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", CutOff),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", CutOff),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", CutOff),
    ],
)
def test_a_broken_answer_is_named(rude, said, error):
    with pytest.raises(error):
        get(rude(lambda _s, c, _r: c.sendall(said)))


def test_nobody_there_is_a_failed_connection():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    call = Call(limits=QUICK, allow=AllowList(["127.0.0.1"]))
    with pytest.raises(ConnectFailed), call.open("GET", f"http://127.0.0.1:{port}/"):
        pass


def test_a_slow_lookup_is_cut_by_the_connect_limit(rude):
    release = threading.Event()
    call = Call(
        limits=Limits(connect=0.2, total=5), resolver=lambda _h, _p: release.wait(10) and []
    )
    begun = time.monotonic()
    with pytest.raises(TimedOut), call.open("GET", "http://slow.example/"):
        pass
    release.set()
    assert time.monotonic() - begun < within(2)


@pytest.mark.parametrize(
    "headers", [{"Host": "evil"}, {"connection": "x"}, {"X-A": "1\r\nX-B: 2"}, {"Bad Name": "1"}]
)
def test_headers_that_would_change_where_the_call_goes_are_refused(rude, headers):
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    with pytest.raises(BadUrl):
        get(server, headers=headers)
    assert server.requests == []


# ---------------------------------------------------------------------- streams and stops
def test_a_stream_is_handed_on_piece_by_piece(rude):
    go_on = threading.Event()

    def act(_server, connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"9\r\ndata: 1\n\n\r\n")
        go_on.wait(10)
        connection.sendall(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")

    server = rude(act)
    call = Call(limits=Limits(idle=5, total=10), allow=AllowList([server.allow]))
    with call.open("POST", server.url, body=b"{}") as found:
        lines = found.lines()
        assert next(lines) == b"data: 1"  # it is here before the second was sent
        go_on.set()
        assert [line for line in lines if line] == [b"data: 2"]


@pytest.mark.parametrize("moment", ["head", "body"])
def test_a_stop_from_another_thread_ends_the_call_at_once_and_hangs_up(rude, moment):
    begun = threading.Event()

    def act(server, connection, _request):
        if moment == "body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        begun.set()
        server.silence(connection)

    server = rude(act)
    call = Call(limits=Limits(idle=30, total=30), allow=AllowList([server.allow]))
    stopper = threading.Thread(target=lambda: begun.wait(10) and call.close())
    stopper.start()
    start = time.monotonic()
    with pytest.raises(Closed), call.open("GET", server.url) as found:
        found.read()
    assert time.monotonic() - start < within(5)
    assert server.gone.wait(5)
    stopper.join(5)


def test_a_stop_while_the_name_is_looked_up_ends_the_call(rude):
    asked, release = threading.Event(), threading.Event()

    def resolver(_host, _port):
        asked.set()
        release.wait(10)
        return []

    call = Call(limits=Limits(connect=10, total=10), resolver=resolver)
    stopper = threading.Thread(target=lambda: asked.wait(10) and call.close())
    stopper.start()
    begun = time.monotonic()
    with pytest.raises(Closed), call.open("GET", "http://slow.example/"):
        pass
    release.set()
    assert time.monotonic() - begun < within(5)
    stopper.join(5)


def test_a_call_that_was_stopped_before_it_began_calls_nobody(rude):
    server = rude(lambda _s, c, _r: c.sendall(answer()))
    call = Call(allow=AllowList([server.allow]))
    call.close()
    with pytest.raises(Closed), call.open("GET", server.url):
        pass
    assert server.requests == []


def test_a_peer_that_does_not_read_is_given_up(rude):
    def act(server, connection, _request):
        server.stop.wait(10)

    server = rude(act)
    call = Call(limits=Limits(idle=0.4, total=3), allow=AllowList([server.allow]))
    with pytest.raises(TimedOut), call.open("POST", server.url, body=PIECE * 500):
        pass
