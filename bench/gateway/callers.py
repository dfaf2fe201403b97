"""Sixteen callers that ask again as soon as they are answered, and what they saw."""

import asyncio
import statistics
import time
from dataclasses import dataclass

import aiohttp

MESSAGES = [{"role": "user", "content": "Que font les chouettes la nuit, et où dorment-elles ?"}]


@dataclass
class Seen:
    per_second: float
    p50_ms: float
    p95_ms: float
    first_ms: float


async def _one(session: aiohttp.ClientSession, url: str, took: list[float], until: float) -> None:
    body = {"model": "m-1", "messages": MESSAGES}
    while time.perf_counter() < until:
        begun = time.perf_counter()
        async with session.post(url, json=body) as answer:
            data = await answer.read()
            if answer.status != 200:
                raise SystemExit(f"{url}: {answer.status} {data[:500]!r}")
        took.append(time.perf_counter() - begun)


async def _first(session: aiohttp.ClientSession, url: str) -> float:
    body = {"model": "m-1", "messages": MESSAGES, "stream": True}
    begun = time.perf_counter()
    found = 0.0
    async with session.post(url, json=body) as answer:
        async for line in answer.content:
            if (
                not found
                and b'"content"' in line
                and b'"content":""' not in line.replace(b" ", b"")
            ):
                found = time.perf_counter() - begun
    return found


async def _ask(base: str, key: str, *, callers: int, seconds: float) -> Seen:
    url = f"{base}/chat/completions"
    headers = {"Authorization": f"Bearer {key}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        took: list[float] = []
        await asyncio.gather(
            *(_one(session, url, took, time.perf_counter() + 1) for _ in range(callers))
        )
        took.clear()
        begun = time.perf_counter()
        await asyncio.gather(*(_one(session, url, took, begun + seconds) for _ in range(callers)))
        wall = time.perf_counter() - begun
        firsts = [await _first(session, url) for _ in range(30 if callers == 1 else 0)]
    return Seen(
        per_second=len(took) / wall,
        p50_ms=1000 * statistics.median(took),
        p95_ms=1000 * statistics.quantiles(took, n=20)[18],
        first_ms=1000 * statistics.median(firsts) if firsts else 0.0,
    )


def ask(base: str, key: str, *, callers: int, seconds: float) -> Seen:
    return asyncio.run(_ask(base, key, callers=callers, seconds=seconds))
