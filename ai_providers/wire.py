"""Sends a call through the hub's one outgoing client, and reads server-sent events from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
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
        parts, size = [], 0
        while size < most and (piece := await self._piece()):
            parts.append(piece)
            size += len(piece)
        return b"".join(parts)[:most]

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the data of each server-sent event; comments and names are passed over."""
        data: list[bytes] = []
        rest = b""
        while piece := await self._piece():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line.startswith(b"data:"):
                    data.append(_data_in(line))
                elif data and line in (b"", b"\r"):
                    yield b"\n".join(data)
                    data = []
            if len(rest) > LONGEST_EVENT:
                raise ProviderFailure(Reason.GARBLED, "It sent a line without an end.")
        if rest.startswith(b"data:"):
            data.append(_data_in(rest))
        if data:
            yield b"\n".join(data)

    async def _piece(self) -> bytes:
        with _named():
            return await self._answer.piece()


def _data_in(line: bytes) -> bytes:
    return line[5:].removesuffix(b"\r").removeprefix(b" ")


class sent:  # noqa: N801  (a context manager used as a word)
    """Make a call and give its answer; leaving the block, or being cancelled, closes it."""

    __slots__ = ("_opening",)

    def __init__(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str],
        limits: outbound.Limits,
        body: dict[str, Any] | None = None,
    ) -> None:
        data = None if body is None else orjson.dumps(body)
        with _named():
            self._opening = _pool().open(method, address, headers=headers, body=data, limits=limits)

    async def __aenter__(self) -> Answered:
        with _named():
            return Answered(await self._opening.__aenter__())

    async def __aexit__(self, *error: object) -> None:
        await self._opening.__aexit__(*error)


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
