"""Outgoing HTTP calls from an event loop, over pooled connections: the gateway's hot path.

The rules are those of `calls`, kept in the same modules; aiohttp only carries the bytes. Each name
is checked where aiohttp resolves it, and what it connects to is what was checked.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Mapping
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ai_core.outbound.addresses import Address, AllowList, literal
from ai_core.outbound.calls import OURS, USER_AGENT
from ai_core.outbound.dialling import tls
from ai_core.outbound.failures import (
    AddressRefused,
    BadAnswer,
    BadUrl,
    ConnectFailed,
    CutOff,
    OutboundError,
    TimedOut,
    TlsRefused,
    TooLarge,
)
from ai_core.outbound.targets import Resolver, Target, operators_allow_list, parse, resolve
from ai_core.outbound.watched import Limits

IDLE_CONNECTION_SECONDS = 30.0
NAMES_KEPT_SECONDS = 10


class CheckedResolver(AbstractResolver):
    """Answers aiohttp with checked addresses only."""

    def __init__(self, allow: AllowList, resolver: Resolver | None) -> None:
        self._allow = allow
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        target = Target(scheme="https", host=host, port=port, path="/")
        found = await asyncio.to_thread(resolve, target, allow=self._allow, resolver=self._resolver)
        return [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=port,
                family=family_,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for family_, where in found
        ]

    async def close(self) -> None:
        """Nothing is held open."""


class Pool:
    """Connections of one event loop, kept open between calls; close it with the loop."""

    def __init__(
        self,
        *,
        connections: int = 512,
        allow: AllowList | None = None,
        resolver: Resolver | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._allow = operators_allow_list() if allow is None else allow
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=connections,
                resolver=CheckedResolver(self._allow, resolver),
                ttl_dns_cache=NAMES_KEPT_SECONDS,
                keepalive_timeout=IDLE_CONNECTION_SECONDS,
                ssl=context or tls(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        await self._session.close()

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limits: Limits | None = None,
    ) -> _Opening:
        """Make the call in an `async with` block; cancelling the task closes the connection."""
        headers = headers or {}
        target, address = self._checked(url, headers)
        limits = limits or Limits()
        request = self._session.request(
            method,
            address,
            headers=headers,
            data=body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=limits.total, sock_connect=limits.connect, sock_read=limits.idle
            ),
        )
        return _Opening(request, target, limits)

    def _checked(self, url: str, headers: Mapping[str, str]) -> tuple[Target, URL]:
        """What aiohttp does not ask its resolver about: addresses that are spelled out."""
        target, address, spelled_out = _apart(url)
        if spelled_out is not None:
            kind = self._allow.problem(target.host, [spelled_out], target.port)
            if kind:
                raise AddressRefused(target.host, kind)
        for name in headers:
            if name.lower() in OURS:
                raise BadUrl(f"The header {name} is set by the hub itself.")
        return target, address


@lru_cache(maxsize=256)
def _apart(url: str) -> tuple[Target, URL, Address | None]:
    """The few addresses that are called again and again are taken apart once."""
    target = parse(url)
    return target, URL(target.url, encoded=True), literal(target.host)


class _Opening:
    """A call that is made when the block is entered, and over when it is left.

    Classes, not generators: each generator costs the event loop an entry in its books.
    """

    __slots__ = ("_answer", "_limits", "_request", "_target")

    def __init__(
        self, request: Awaitable[aiohttp.ClientResponse], target: Target, limits: Limits
    ) -> None:
        self._request = request
        self._target = target
        self._limits = limits

    async def __aenter__(self) -> PooledAnswer:
        with _named(self._target, self._limits):
            response = await self._request
        self._answer = PooledAnswer(response, self._target, self._limits)
        return self._answer

    async def __aexit__(self, *_error: object) -> None:
        self._answer.end()


class PooledAnswer:
    """What came back: its head at once, its body as it is read."""

    def __init__(self, response: aiohttp.ClientResponse, target: Target, limits: Limits) -> None:
        self._response = response
        self._target = target
        self._limits = limits
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self.size = 0

    async def piece(self) -> bytes:
        """Return what has come of the body since the last time; nothing: that was all."""
        with _named(self._target, self._limits):
            piece = await self._response.content.readany()
        self.size += len(piece)
        if self.size > self._limits.size:
            raise TooLarge(self._limits.size)
        return piece

    async def read(self) -> bytes:
        pieces = []
        while piece := await self.piece():
            pieces.append(piece)
        return b"".join(pieces)

    def end(self) -> None:
        """Give the connection back if the whole body was read, else close it."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


class _named:  # noqa: N801  (a context manager used as a word)
    """Give what aiohttp raises the names that callers know."""

    def __init__(self, target: Target, limits: Limits) -> None:
        self.target = target
        self.limits = limits

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if error is None or isinstance(error, OutboundError):
            return
        refused = _cause(error)
        if refused is not None:
            raise refused from None
        named = self._name(error)
        if named is not None:
            raise named from error

    def _name(self, error: BaseException) -> OutboundError | None:  # noqa: PLR0911
        host = self.target.host
        match error:
            case aiohttp.ConnectionTimeoutError():
                return TimedOut("connect", self.limits.connect)
            case aiohttp.SocketTimeoutError():
                return TimedOut("idle", self.limits.idle)
            case TimeoutError():
                return TimedOut("total", self.limits.total)
            case aiohttp.ClientConnectorCertificateError():
                return TlsRefused(f"The certificate of {host} is not valid.")
            case aiohttp.ClientConnectorError():
                return ConnectFailed(f"{host}:{self.target.port} cannot be reached: {error}.")
            case aiohttp.ClientResponseError():
                return BadAnswer(f"What came is not HTTP: {type(error).__name__}.")
            case aiohttp.InvalidURL() | ValueError():
                return BadUrl(f"The request cannot be sent: {error}")
            case aiohttp.ClientError() | OSError():
                return CutOff(f"The connection broke: {type(error).__name__}.")
        return None


def _cause(error: BaseException) -> OutboundError | None:
    """What our resolver raised, wherever aiohttp has wrapped it."""
    seen: BaseException | None = error
    for _ in range(6):
        if isinstance(seen, OutboundError):
            return seen
        seen = (seen.__cause__ or seen.__context__) if seen is not None else None
    return None
