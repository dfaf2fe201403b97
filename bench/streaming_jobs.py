"""`python -m bench.streaming_jobs`: 200 readers of a brand's stream while its jobs run (PERF-07).

Jobs must take no longer than without the readers, and what ends must be told within 250 ms. Rounds
with and without readers take turns. BENCH_QUICK=1: one round of each.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from datetime import datetime
from typing import Any

import aiohttp

from bench import results, services

QUICK = os.environ.get("BENCH_QUICK") == "1"
READERS, JOBS, ROUNDS = 200, 40, 1 if QUICK else 4
EVERY_SECONDS, PATIENCE = 0.1, 60
TARGET_MS, NOISE = 250, 1.1


def main() -> None:
    with services.running() as environment:
        os.environ.update(environment)
        import django  # noqa: PLC0415  (needs the services' addresses)

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        load = os.getloadavg()[0]
        hub = Hub()
        try:
            found = asyncio.run(hub.measure())
        finally:
            hub.stop()
    _report(*found, load=load)


class Hub:
    """A web process and a worker, and the brand whose jobs are followed."""

    def __init__(self) -> None:
        from django.contrib.auth import get_user_model  # noqa: PLC0415

        from brands import keys  # noqa: PLC0415
        from brands.models import Brand, Membership, Role  # noqa: PLC0415
        from megahub.embedded import free_port  # noqa: PLC0415

        self.brand = Brand.objects.create(slug="bench", name="Bench")
        self.user = get_user_model().objects.create(username="bench")
        Membership.objects.create(brand=self.brand, user=self.user, role=Role.MEMBER)
        self.key = keys.issue(user=self.user, brand=self.brand, name="bench").token
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.processes = [
            subprocess.Popen(
                [sys.executable, "manage.py", name],
                env={
                    **os.environ,
                    "PORT": str(port),
                    "MEGAHUB_STREAMS_PER_USER": str(2 * READERS),
                    "MEGAHUB_WORKER_PROCESSES": "1",
                },
                stdout=subprocess.DEVNULL,
            )
            for name in ("web", "worker")
        ]

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)

    async def measure(self) -> tuple[list[float], list[float], list[float]]:
        """Return each job's milliseconds without and with readers, and each telling's delay."""
        await asyncio.to_thread(self._work, 3)  # the worker is there
        alone: list[float] = []
        watched: list[float] = []
        delays: list[float] = []
        for _ in range(ROUNDS):
            alone += await asyncio.to_thread(self._work, JOBS)
            async with self._readers(delays):
                watched += await asyncio.to_thread(self._work, JOBS)
                await asyncio.sleep(1)
        return alone, watched, delays

    @contextlib.asynccontextmanager
    async def _readers(self, delays: list[float]) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            self.url, headers=headers, timeout=timeout, connector=connector
        ) as session:
            await self._until_up(session)
            opened = [asyncio.Event() for _ in range(READERS)]
            tasks = [asyncio.create_task(self._read(session, one, delays)) for one in opened]
            await asyncio.wait_for(asyncio.gather(*[one.wait() for one in opened]), PATIENCE)
            delays_before = len(delays)
            yield
            if len(delays) - delays_before < READERS * JOBS:
                raise SystemExit(f"{len(delays) - delays_before} of {READERS * JOBS} ends told")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, session: Any, opened: asyncio.Event, delays: list[float]) -> None:
        async with session.get("/ai/jobs/stream/?kinds=status") as answer:
            answer.raise_for_status()
            opened.set()
            async for line in answer.content:
                if line.startswith(b"data:") and b'"completed"' in line:
                    told = json.loads(line[5:])
                    ended = datetime.fromisoformat(told["completed_at"]).timestamp()
                    delays.append(1000 * (time.time() - ended))

    async def _until_up(self, session: Any) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get("/healthz"):
                    return
            await asyncio.sleep(0.1)
        raise SystemExit("the web process does not answer")

    def _work(self, count: int) -> list[float]:
        """Make jobs one after the other, and return how long each took from birth to end."""
        from ai_core.models import AIJob  # noqa: PLC0415
        from ai_core.services import JobService  # noqa: PLC0415

        made = []
        for _ in range(count):
            made.append(JobService.create_job("sleep", {"seconds": 0}, self.user, self.brand).pk)
            time.sleep(EVERY_SECONDS)
        jobs = AIJob.objects.filter(pk__in=made, status="completed")
        until = time.monotonic() + PATIENCE
        while jobs.count() < count:
            if time.monotonic() > until:
                raise SystemExit("the worker does not get on")
            time.sleep(0.1)
        times = jobs.values_list("created_at", "completed_at")
        return [1000 * (ended - born).total_seconds() for born, ended in times]


def _report(alone: list[float], watched: list[float], delays: list[float], *, load: float) -> None:
    ratio = statistics.median(watched) / statistics.median(alone)
    late = statistics.quantiles(delays, n=20)[18]
    spread = f"{READERS} readers, {len(watched)} jobs, load {load:.1f} at the start"
    found = [
        results.Result(
            "PERF-07", "a job with 200 readers, times one without, median", round(ratio, 2),
            f"≤ {NOISE}", ratio <= NOISE, spread,
        ),
        results.Result(
            "PERF-07", "an end, told to 200 readers, p95 ms", round(late), f"≤ {TARGET_MS}",
            late <= TARGET_MS, spread,
        ),
    ]  # fmt: skip
    results.save("streaming-jobs", found)
    print(f"jobs: {statistics.median(alone):.0f} ms without, {statistics.median(watched):.0f} with")
    for one in found:
        word = "met   " if one.met else "missed"
        print(f"{word} {one.id} {one.what}: {one.value} (target {one.target}, {one.spread})")


if __name__ == "__main__":
    main()
