"""PERF-07: many idle streams of one job, one event to all; BENCH_QUICK=1 takes 200 streams.

Run beside a hub: `HUB=http://127.0.0.1:8000 KEY=mh_… JOB=123 PID=<web process> python -m
bench.streams`, with MEGAHUB_STREAMS_PER_USER above the number of streams.
"""

import asyncio
import os
import statistics
import time
from pathlib import Path

import aiohttp

QUICK = os.environ.get("BENCH_QUICK") == "1"
STREAMS = 200 if QUICK else 2000
EVENTS = 5 if QUICK else 10
TARGET_MS, TARGET_KB = 120, 40


async def follow(session: aiohttp.ClientSession, url: str, arrivals: list[float]) -> None:
    async with session.get(url) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            if line == b"event: log\n":
                arrivals.append(time.perf_counter())


def memory(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


async def measure(url: str, key: str, *, say, pid: int) -> dict[str, float]:
    """Open the streams, let `say` write one line at a time, return milliseconds and kB."""
    arrivals: list[float] = []
    before = memory(pid)
    timeout = aiohttp.ClientTimeout(total=None)
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector) as s:
        tasks = [asyncio.create_task(follow(s, url, arrivals)) for _ in range(STREAMS)]
        await until_told(say, arrivals)
        each = (memory(pid) - before) / STREAMS
        delays: list[float] = []
        for _ in range(EVENTS):
            arrivals.clear()
            begun = time.perf_counter()
            await asyncio.to_thread(say)
            while len(arrivals) < STREAMS and time.perf_counter() - begun < 10:
                await asyncio.sleep(0.05)
            delays += [1000 * (at - begun) for at in arrivals]
            await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "streams": STREAMS,
        "delivered": len(delays) / EVENTS / STREAMS,
        "p50_ms": statistics.median(delays),
        "p95_ms": statistics.quantiles(delays, n=20)[18],
        "kb_a_stream": each,
    }


async def until_told(say, arrivals: list[float]) -> None:
    """Wait until one line reaches every stream: then all are open."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        arrivals.clear()
        await asyncio.to_thread(say)
        await asyncio.sleep(1.5)
        if len(arrivals) >= STREAMS:
            return
    raise SystemExit(f"only {len(arrivals)} of {STREAMS} streams opened")


def main() -> None:
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
    django.setup()
    from ai_core.services import JobService  # noqa: PLC0415

    job = os.environ["JOB"]
    url = f"{os.environ['HUB']}/ai/jobs/{job}/stream/?kinds=log&tail=0"
    found = asyncio.run(
        measure(
            url,
            os.environ["KEY"],
            say=lambda: JobService.append_log(job, "to all"),
            pid=int(os.environ["PID"]),
        )
    )
    print({name: round(value, 2) for name, value in found.items()})
    print(f"target: p95 <= {TARGET_MS} ms, <= {TARGET_KB} kB a stream")


if __name__ == "__main__":
    main()
