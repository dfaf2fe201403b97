"""MEGAHUB itself: real services, triggers, events; `sleep` of 0 s is the job that does nothing.

usage: python -m bench.jobs.ours e2e|drain|idle|post N
"""

import http.client
import json
import os
import subprocess
import sys
import time

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from ai_core.models import AIJob, ServiceHeartbeat  # noqa: E402
from ai_core.services import JobService, NewJob  # noqa: E402
from brands import keys  # noqa: E402
from brands.models import Brand, Membership, Role  # noqa: E402
from brands.rights import Right  # noqa: E402
from megahub.embedded import free_port  # noqa: E402

WORKERS = int(os.environ.get("BENCH_WORKERS", "2"))
NOTHING = {"seconds": 0}


def main(mode: str, count: int) -> dict[str, float]:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE ai_core_aijob CASCADE")
    brand, _ = Brand.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    if mode == "drain":
        for start in range(0, count, 1000):
            many = min(1000, count - start)
            JobService.create_jobs(
                [NewJob(job_type="sleep", input_data=NOTHING)] * many, user=None, brand=brand
            )
    workers = [subprocess.Popen([sys.executable, "manage.py", "worker"]) for _ in range(WORKERS)]
    try:
        if mode != "drain":
            _until(lambda: ServiceHeartbeat.objects.count() >= WORKERS or _sleep(0.2))
        modes = {"e2e": _end_to_end, "drain": _drain, "idle": _idle, "post": _post}
        return modes[mode](count, brand)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(30)
        ServiceHeartbeat.objects.all().delete()


def _end_to_end(count: int, brand: Brand) -> dict[str, float]:
    print("begin", flush=True)
    begun = time.perf_counter()
    for _ in range(count):
        JobService.create_job("sleep", NOTHING, None, brand)
    _until(lambda: _completed() >= count)
    seconds = time.perf_counter() - begun
    print("end", flush=True)
    return {"per_second": count / seconds}


def _drain(count: int, brand: Brand) -> dict[str, float]:
    """From the first end to the last: the start of the processes is another question."""
    _until(lambda: _completed() >= count)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM max(completed_at) - min(started_at)) FROM ai_core_aijob"
        )
        seconds = float(cursor.fetchone()[0])
    return {"per_second": count / seconds}


def _idle(count: int, brand: Brand) -> dict[str, float]:
    waits = []
    for _ in range(count):
        job = JobService.create_job("sleep", NOTHING, None, brand)
        committed = time.time()
        _until(lambda: AIJob.objects.get(pk=job.pk).status == "completed" or _sleep(0.002))  # noqa: B023
        job.refresh_from_db()
        waits.append((job.started_at.timestamp() - committed) * 1000)
        time.sleep(0.1)
    waits.sort()
    return {"median_ms": waits[len(waits) // 2], "p95_ms": waits[int(len(waits) * 0.95)]}


def _post(count: int, brand: Brand) -> dict[str, float]:
    """From before the request until the job runs: through the web process, as programs do it."""
    user, _ = get_user_model().objects.get_or_create(username="bench")
    Membership.objects.get_or_create(user=user, brand=brand, defaults={"role": Role.MANAGER})
    key = str(keys.issue(user=user, brand=brand, name="bench", right=Right.MANAGE).token)
    port = free_port()
    web = subprocess.Popen(
        [sys.executable, "manage.py", "web"],
        env={**os.environ, "PORT": str(port)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    body = json.dumps({"job_type": "sleep", "input_data": NOTHING})
    try:
        _until(lambda: _answers(port) or _sleep(0.2))
        line = http.client.HTTPConnection("127.0.0.1", port)
        waits = []
        for _ in range(count):
            sent = time.time()
            line.request("POST", "/ai/jobs/", body, headers)
            answer = json.loads(line.getresponse().read())
            assert "id" in answer, answer
            job = answer["id"]
            _until(lambda: AIJob.objects.get(pk=job).status == "completed" or _sleep(0.002))  # noqa: B023
            waits.append((AIJob.objects.get(pk=job).started_at.timestamp() - sent) * 1000)
            time.sleep(0.1)
    finally:
        web.terminate()
        web.wait(30)
    waits.sort()
    return {"median_ms": waits[len(waits) // 2], "p95_ms": waits[int(len(waits) * 0.95)]}


def _answers(port: int) -> bool:
    try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except OSError:
        return False


def _completed() -> int:
    time.sleep(0.02)
    return AIJob.objects.filter(status="completed").count()


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _until(done: object, seconds: float = 120) -> None:
    limit = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        if time.monotonic() > limit:
            raise TimeoutError("the bench did not end in time")


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
