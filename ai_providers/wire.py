"""Sends a call through the hub's one outgoing client, and reads server-sent events from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from django.conf import settings

from ai_core import outbound
from ai_core.outbound.pooled import Pool, PooledAnswer
from ai_providers.failures import ProviderFailure, Reason

LONGEST_EVENT = 4 * 2**20

_Pools = dict[tuple[str, ...], Pool]
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pools] = WeakKeyDictionary()


def _pool() -> Pool:
    """Connections belong to the event loop that opened them, and to what was allowed then."""
    ours = _pools.setdefault(asyncio.get_running_loop(), {})
    allowed = tuple(settings.OUTBOUND_ALLOW)
    if allowed not in ours:
        ours[allowed] = Pool()
    return ours[allowed]


async def hang_up() -> None:
    """Close the connections of this event loop; for programs that end one."""
    for pool in _pools.pop(asyncio.get_running_loop(), {}).values():
        await pool.close()


class Answered:
    """An answer whose head has come."""

    def __init__(self, answer: PooledAnswer) -> None:
        self._answer = answer
        self.status = answer.status
        self.headers: Mapping[str, str] = answer.headers

    async def read(self, most: int) -> bytes:
        """Read the body; of one that is longer than `most`, the beginning."""
        with _named():
            parts, size = [], 0
            async for chunk in self._answer.chunks():
                parts.append(chunk)
                size += len(chunk)
                if size >= most:
                    break
            return b"".join(parts)[:most]

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the data of each server-sent event; comments and names are passed over."""
        data: list[bytes] = []
        async for line in self._lines():
            if not line:
                if data:
                    yield b"\n".join(data)
                    data = []
            elif line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
        if data:
            yield b"\n".join(data)

    async def _lines(self) -> AsyncIterator[bytes]:
        rest = b""
        with _named():
            async for chunk in self._answer.chunks():
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    yield line.removesuffix(b"\r")
                if len(rest) > LONGEST_EVENT:
                    raise ProviderFailure(Reason.GARBLED, "It sent a line without an end.")
        if rest:
            yield rest.removesuffix(b"\r")


@asynccontextmanager
async def sent(
    method: str,
    address: str,
    *,
    headers: Mapping[str, str],
    limits: outbound.Limits,
    body: dict[str, Any] | None = None,
) -> AsyncIterator[Answered]:
    """Make a call and give its answer; leaving the block, or being cancelled, closes it."""
    data = None if body is None else orjson.dumps(body)
    with _named():
        async with _pool().open(
            method, address, headers=headers, body=data, limits=limits
        ) as answer:
            yield Answered(answer)


class _named:  # noqa: N801  (a context manager used as a word)
    """Say in the words of attempts what went wrong on the way."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if not isinstance(error, outbound.OutboundError):
            return
        raise ProviderFailure(_reason(error), str(error)) from None


def _reason(error: outbound.OutboundError) -> Reason:
    match error:
        case outbound.AddressRefused() | outbound.BadUrl():
            return Reason.ADDRESS_REFUSED
        case outbound.TimedOut() if getattr(error, "which", "") != "connect":
            return Reason.SILENT
        case outbound.CutOff():
            return Reason.CUT
        case outbound.TooLarge():
            return Reason.TOO_LONG
        case outbound.BadAnswer():
            return Reason.GARBLED
        case _:
            return Reason.UNREACHABLE
