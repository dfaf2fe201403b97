"""`python -m bench.streaming_jobs`: 200 readers of a brand's stream while its jobs run (PERF-07).

Jobs must take no longer than without the readers, and what ends must be told within 250 ms. Rounds
with and without readers take turns. BENCH_QUICK=1: one round of each.
"""

import contextlib
import dataclasses
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

from bench import processor, results, services
from bench.stream_readers import Readers

QUICK = os.environ.get("BENCH_QUICK") == "1"
READERS, JOBS, ROUNDS = 200, 40, 1 if QUICK else 4
EVERY_SECONDS, PATIENCE = 0.1, 60
TARGET_MS, NOISE = 250, 1.1


def main() -> None:
    with services.running() as environment:
        os.environ.update(environment)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        load = os.getloadavg()[0]
        hub = Hub()
        try:
            found = hub.measure()
        finally:
            hub.stop()
    _report(found, load=load)


@dataclasses.dataclass
class Found:
    """Each job's milliseconds without and with readers, and each telling's delay."""

    alone: list[float] = dataclasses.field(default_factory=list)
    watched: list[float] = dataclasses.field(default_factory=list)
    delays: list[float] = dataclasses.field(default_factory=list)
    web_seconds: float = 0.0


class Hub:
    """A web process and a worker, and the brand whose jobs are followed."""

    def __init__(self) -> None:
        from django.contrib.auth import get_user_model

        from brands import keys
        from brands.models import Brand, Membership, Role
        from megahub.embedded import free_port

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

    def measure(self) -> Found:
        self._until_up()
        self._work(3)  # the worker is there
        found = Found()
        for _ in range(ROUNDS):
            found.alone += self._work(JOBS)
            with self._readers(found):
                found.watched += self._work(JOBS)
        return found

    @contextlib.contextmanager
    def _readers(self, found: Found) -> Iterator[None]:
        with Readers(self.url, self.key, READERS) as readers:
            web = self.processes[0].pid
            before = processor.seconds(web)
            yield
            time.sleep(1)
            found.web_seconds += processor.seconds(web) - before
        told = readers.delays()
        if len(told) < READERS * JOBS:
            raise SystemExit(f"{len(told)} of {READERS * JOBS} ends told")
        found.delays += told

    def _until_up(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5)
                return
            time.sleep(0.1)
        raise SystemExit("the web process does not answer")

    def _work(self, count: int) -> list[float]:
        """Make jobs one after the other, and return how long each took from birth to end."""
        from ai_core.models import AIJob
        from ai_core.services import JobService

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


def _report(found: Found, *, load: float) -> None:
    alone, watched = statistics.median(found.alone), statistics.median(found.watched)
    late = statistics.quantiles(found.delays, n=20)[18]
    ratio = watched / alone
    a_telling = 1_000_000 * found.web_seconds / len(found.delays)
    spread = f"{READERS} readers, {len(found.watched)} jobs, load {load:.1f} at the start"
    rows = [
        results.Result(
            "PERF-07", "a job with 200 readers, times one without, median", round(ratio, 2),
            f"≤ {NOISE}", ratio <= NOISE, spread,
        ),
        results.Result(
            "PERF-07", "an end, told to 200 readers, p95 ms", round(late), f"≤ {TARGET_MS}",
            late <= TARGET_MS, spread,
        ),
        results.Result(
            "PERF-07", "processor time of the web process, a reader and job, µs",
            round(a_telling), "–", None, spread,
        ),
    ]  # fmt: skip
    results.save("streaming-jobs", rows)
    print(f"jobs: {alone:.0f} ms without, {watched:.0f} with")
    for one in rows:
        word = {True: "met   ", False: "missed", None: "      "}[one.met]
        print(f"{word} {one.id} {one.what}: {one.value} (target {one.target}, {one.spread})")


if __name__ == "__main__":
    main()
