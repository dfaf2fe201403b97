"""Encrypted calls: the pinned address is asked for the name, and the name must be proven."""

from __future__ import annotations

import asyncio
import socket

import pytest

from ai_core.outbound import AllowList, Call, ConnectFailed, Limits, TimedOut, TlsRefused
from ai_core.outbound.pooled import Pool
from tests.ai_core.outbound.certificates import Authority
from tests.ai_core.outbound.rude import answer


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def to_loopback(host, port):
    return [(socket.AF_INET, ("127.0.0.1", port))]


def encrypted(rude, context, named):
    """A server that answers over TLS and notes the name that it was asked for."""
    context.sni_callback = lambda _sock, name, _context: named.append(name)

    def act(_server, connection, _request):
        connection.sendall(answer())

    server = rude(act)
    plain = server._one

    def one(connection):
        connection.settimeout(10)
        try:
            wrapped = context.wrap_socket(connection, server_side=True)
        except OSError:
            return
        plain(wrapped)

    server._one = one
    return server


def get(server, host, context, *, limits=None):
    call = Call(
        allow=AllowList([server.allow]), resolver=to_loopback, context=context, limits=limits
    )
    with call.open("GET", f"https://{host}:{server.port}/") as found:
        return call, found.read()


def get_pooled(server, host, context):
    async def talk():
        pool = Pool(allow=AllowList([server.allow]), resolver=to_loopback, context=context)
        try:
            async with pool.open("GET", f"https://{host}:{server.port}/") as found:
                return await found.read()
        finally:
            await pool.close()

    return asyncio.run(talk())


def test_the_name_is_sent_and_proven_while_the_address_is_pinned(rude, authority):
    named = []
    server = encrypted(rude, authority.server_context("shop.example"), named)
    call, body = get(server, "shop.example", authority.client_context())
    assert body == b"hello"
    assert get_pooled(server, "shop.example", authority.client_context()) == b"hello"
    assert named == ["shop.example"] * 2
    assert call.certificate["notAfter"]
    assert call.tls_version.startswith("TLSv1.")


@pytest.mark.parametrize(
    ("certified", "days", "known"),
    [
        ("other.example", 30, True),  # somebody else
        ("shop.example", -1, True),  # expired
        ("shop.example", 30, False),  # signed by nobody we know
    ],
)
def test_a_certificate_that_proves_nothing_is_refused(rude, authority, certified, days, known):
    server = encrypted(rude, authority.server_context(certified, days=days), [])
    context = authority.client_context() if known else None
    for client in (get, get_pooled):
        with pytest.raises(TlsRefused):
            client(server, "shop.example", context)
    assert server.requests == []


def test_a_server_that_does_not_speak_tls_is_no_connection(rude, authority):
    server = rude(lambda _s, c, _r: None)
    server._one = lambda connection: connection.sendall(b"220 hello\r\n") or connection.close()
    with pytest.raises(ConnectFailed):
        get(server, "shop.example", authority.client_context())


def test_a_handshake_that_never_ends_is_cut_by_the_connect_limit(rude, authority):
    server = rude(lambda _s, c, _r: None)
    server._one = lambda connection: server.stop.wait(10)
    with pytest.raises(TimedOut) as late:
        get(server, "shop.example", authority.client_context(), limits=Limits(connect=0.4))
    assert late.value.which == "connect"
