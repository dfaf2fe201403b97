"""`make bench-streams`: PERF-07, many idle streams of one job and one event to all of them.

BENCH_QUICK=1 takes 200 streams instead of 2,000.
"""

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import processor, results, services

QUICK = os.environ.get("BENCH_QUICK") == "1"
STREAMS = 200 if QUICK else 2000
EVENTS = 5 if QUICK else 10
TARGET_MS, TARGET_KB = 120, 40
OPENING_SECONDS = 90
START_SECONDS = 60


class Follower(asyncio.Protocol):
    """One reader, as cheap as can be: it shares the machine with what is measured."""

    def __init__(self, request: bytes, arrivals: list[float]) -> None:
        self._request = request
        self._arrivals = arrivals

    def connection_made(self, transport: Any) -> None:
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if b"event: log\n" in data:
            self._arrivals.append(time.perf_counter())


async def follow(url: str, key: str, arrivals: list[float]) -> list[asyncio.Transport]:
    where = urlsplit(url)
    request = (
        f"GET {where.path}?{where.query} HTTP/1.1\r\nHost: {where.netloc}\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    return [
        (
            await loop.create_connection(
                lambda: Follower(request, arrivals), where.hostname, where.port
            )
        )[0]
        for _ in range(STREAMS)
    ]


def memory(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


async def measure(url: str, key: str, *, say: Callable[[], object], pid: int) -> dict[str, float]:
    """Open the streams, let `say` write one line at a time, return milliseconds and kB."""
    arrivals: list[float] = []
    before = memory(pid)
    lines = await follow(url, key, arrivals)
    await until_told(say, arrivals)
    each = (memory(pid) - before) / STREAMS
    delays: list[float] = []
    worked = processor.seconds(pid)
    for _ in range(EVENTS):
        arrivals.clear()
        begun = time.perf_counter()
        await asyncio.to_thread(say)
        while len(arrivals) < STREAMS and time.perf_counter() - begun < 10:
            await asyncio.sleep(0.05)
        delays += [1000 * (at - begun) for at in arrivals]
        await asyncio.sleep(0.5)
    worked = processor.seconds(pid) - worked
    for line in lines:
        line.abort()
    return {
        "streams": STREAMS,
        "delivered": len(delays) / EVENTS / STREAMS,
        "p50_ms": statistics.median(delays),
        "p95_ms": statistics.quantiles(delays, n=20)[18],
        "kb_a_stream": each,
        "us_a_telling": 1_000_000 * worked / len(delays),
    }


async def until_told(say: Callable[[], object], arrivals: list[float]) -> None:
    """Wait until one line reaches every stream: then all are open."""
    until = time.monotonic() + OPENING_SECONDS
    while time.monotonic() < until:
        arrivals.clear()
        await asyncio.to_thread(say)
        await asyncio.sleep(1.5)
        if len(arrivals) >= STREAMS:
            return
    raise SystemExit(f"only {len(arrivals)} of {STREAMS} streams opened")


def main() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 3 * STREAMS)), hard))
    load = os.getloadavg()[0]
    with services.running() as environment:
        os.environ.update(environment)
        found = _measure_a_hub()
    _report(found, load)


def _measure_a_hub() -> dict[str, float]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from megahub.embedded import free_port

    job, key, say = _a_running_job()
    port = free_port()
    web = subprocess.Popen(
        [sys.executable, "manage.py", "web"],
        env={**os.environ, "PORT": str(port), "MEGAHUB_STREAMS_PER_USER": str(2 * STREAMS)},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", web)
        url = f"http://127.0.0.1:{port}/ai/jobs/{job}/stream/?kinds=log&tail=0"
        return asyncio.run(measure(url, key, say=say, pid=web.pid))
    finally:
        web.terminate()
        web.wait(30)


def _a_running_job() -> tuple[int, str, Callable[[], object]]:
    from django.contrib.auth import get_user_model

    from ai_core.services import JobService
    from brands import keys
    from brands.models import Brand, Membership, Role
    from brands.rights import Right

    brand = Brand.objects.create(slug="bench", name="Bench")
    user = get_user_model().objects.create(username="bench")
    Membership.objects.create(brand=brand, user=user, role=Role.MEMBER)
    key = keys.issue(user=user, brand=brand, name="bench", right=Right.MANAGE)
    job = JobService.create_job("sleep", {"seconds": 3600}, user, brand)
    JobService.start_job(job.pk)
    return job.pk, key.token, lambda: JobService.append_log(job.pk, "to all")


def _wait_for(url: str, web: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while web.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the web process does not answer")


def _report(found: dict[str, float], load: float) -> None:
    spread = f"{STREAMS} streams, {EVENTS} events, load {load:.1f} at the start"
    told, p50, p95, each, work = (
        found[n] for n in ("delivered", "p50_ms", "p95_ms", "kb_a_stream", "us_a_telling")
    )
    rows = [
        ("delivered, parts of all", told, "1", told == 1),
        ("write to arrival, p50 ms", p50, "–", None),
        ("write to arrival, p95 ms", p95, f"≤ {TARGET_MS}", p95 <= TARGET_MS),
        ("processor time of the web process for each telling, µs", work, "–", None),
        ("memory a stream, kB", each, f"≤ {TARGET_KB}", each <= TARGET_KB),
    ]
    found_out = [results.Result("PERF-07", w, round(v, 2), t, met, spread) for w, v, t, met in rows]
    results.save("streams", found_out)
    for one in found_out:
        word = {True: "met   ", False: "missed", None: "      "}[one.met]
        print(f"{word} {one.id} {one.what}: {one.value} (target {one.target}, {one.spread})")


if __name__ == "__main__":
    main()
