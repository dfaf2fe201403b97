"""`python -m bench.jobs.growing`: more workers, and a job that talks a lot (PERF-11, PERF-08).

Eight processes run jobs that wait 100 ms, beside one, by turns; and one job says a thousand lines
a second, while it is counted how often its worker writes.
"""

import os
import subprocess
import sys
import time
from typing import Any

from bench import results, services

QUICK = os.environ.get("BENCH_QUICK") == "1"
ROUNDS = 1 if QUICK else 3
SLOTS = 4
SECONDS = 4  # how long the jobs of a run take, if nothing but their waiting counts
WAIT = 0.1
LINES, RATE = 3000, 1000


def main() -> None:
    with services.running() as environment:
        os.environ.update(environment, MEGAHUB_WORKER_SLOTS=str(SLOTS))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        pairs = [(_per_second(1), _per_second(8)) for _ in range(ROUNDS)]
        writes = [_writes_a_second() for _ in range(ROUNDS)]
    ratios = [eight / one for one, eight in pairs]
    found = [
        results.Result(
            "PERF-11", "jobs that wait 100 ms: 8 worker processes ÷ 1",
            round(results.median(ratios), 2), "≥ 7", results.median(ratios) >= 7,
            results.spread(ratios, 2),
        ),
        results.Result(
            "PERF-08", f"writes a second of a job that says {RATE} lines a second",
            round(results.median(writes), 1), "≤ 10", results.median(writes) <= 10,
            results.spread(writes, 1),
        ),
    ]  # fmt: skip
    results.save("jobs_growing", found)
    for one, eight in pairs:
        print(f"1 process: {one:.1f} jobs/s, 8 processes: {eight:.1f}")
    for result in found:
        print(f"{result.id} {result.what}: {result.value} (target {result.target})")


def _per_second(processes: int) -> float:
    """Of jobs that wait, with so many worker processes that are all there before the first."""
    from django.db import connection

    from ai_core.models import AIJob, Queue, ServiceHeartbeat
    from ai_core.services import JobService, NewJob
    from brands.models import Brand

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE ai_core_aijob CASCADE")
    ServiceHeartbeat.objects.all().delete()
    brand, _ = Brand.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    count = int(processes * SLOTS * SECONDS / WAIT)
    Queue.objects.update(is_paused=True)
    new = NewJob(job_type="sleep", input_data={"seconds": WAIT})
    for start in range(0, count, 1000):
        JobService.create_jobs([new] * min(1000, count - start), user=None, brand=brand)
    command = [sys.executable, "manage.py", "worker"]
    workers = [subprocess.Popen(command) for _ in range(processes)]
    try:
        _until(lambda: ServiceHeartbeat.objects.filter(kind="worker").count() >= processes)
        Queue.objects.update(is_paused=False)
        _until(lambda: AIJob.objects.filter(status="completed").count() >= count)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(30)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM max(completed_at) - min(started_at)) FROM ai_core_aijob"
        )
        return count / float(cursor.fetchone()[0])


def _writes_a_second() -> float:
    from ai_core.execution import registry
    from ai_core.execution.registry import JobTypeSpec
    from ai_core.execution.runner import Runner
    from ai_core.models import JobLog
    from ai_core.services import JobService
    from bench.jobs.talking import Talker
    from brands.models import Brand

    if registry.executor_named(Talker.name) is None:
        registry.register(
            Talker(), JobTypeSpec(name=Talker.name, description="Talks.", category="analysis")
        )
        registry.sync()
    runner = Runner()
    runner.start()
    try:
        talk = {"lines": LINES, "rate": RATE}
        job = JobService.create_job(Talker.name, talk, None, Brand.objects.get(slug="bench"))
        _until(lambda: JobLog.objects.filter(job=job).exists())
        begun, before = time.monotonic(), runner.journal.writes
        _until(lambda: _is_over(job))
        rate = (runner.journal.writes - before) / (time.monotonic() - begun)
    finally:
        runner.shut_down(1)
    said = list(JobLog.objects.filter(job=job).order_by("id").values_list("message", flat=True))
    assert said == [f"line {number}" for number in range(LINES)], "lines are lost or out of order"
    return rate


def _is_over(job: Any) -> bool:
    job.refresh_from_db()
    return job.is_final


def _until(done: Any, seconds: float = 240) -> None:
    limit = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit:
            raise TimeoutError("the bench did not end in time")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
