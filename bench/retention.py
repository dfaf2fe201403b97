"""`python -m bench.retention`: is the list of jobs as quick while content is removed?

Fills a hub with JOBS jobs (100,000), then asks for the first page of the largest brand again and
again, by turns with and without a sweeper that removes everything older than a day.
"""

import os
import statistics
import subprocess
import sys
import threading
import time

from bench import services

JOBS = int(os.environ.get("JOBS") or 100_000)
ROUNDS = int(os.environ.get("ROUNDS") or 4)
SECONDS = 4.0


def main() -> int:
    with services.running() as environment:
        os.environ.update(environment)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        subprocess.run([sys.executable, "-m", "bench.fill", str(JOBS)], check=True)
        import django

        django.setup()
        return _measure()


def _measure() -> int:
    from django.db.models import Count

    from ai_core import retention
    from ai_core.models import AIJob, RetentionRule
    from ai_core.models.retention import Content
    from brands.models import Brand

    largest = AIJob.objects.values("brand").annotate(n=Count("pk")).order_by("-n")[0]["brand"]
    brand = Brand.objects.get(pk=largest)
    for kind in Content:
        retention.choose(brand, kind, days=1, newest=None)
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(ROUNDS):
        alone += _asked(largest)
        stop = threading.Event()
        keeper = threading.Thread(target=_remove, args=(stop,))
        keeper.start()
        beside += _asked(largest)
        stop.set()
        keeper.join()
    gone = RetentionRule.objects.values_list("kind", "removed_jobs")
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"list alone: median {statistics.median(alone) * 1000:.1f} ms, p95 {_p95(alone):.1f} ms")
    print(
        f"meanwhile:  median {statistics.median(beside) * 1000:.1f} ms, p95 {_p95(beside):.1f} ms"
    )
    print(f"ratio of medians {ratio:.2f}; removed: {dict(gone)}")
    return 0


def _remove(stop: threading.Event) -> None:
    """As a sweeper does it: at most 0.3 s of every second."""
    from django.db import connection

    from ai_core import retention

    while not stop.is_set():
        retention.step()
        stop.wait(0.7)
    connection.close()


def _asked(brand: int) -> list[float]:
    from ai_core import rows
    from ai_core.models import AIJob

    took = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        begun = time.perf_counter()
        found = AIJob.objects.filter(brand=brand, deleted_at=None).order_by("-created_at", "-id")
        rows.details(list(found.values_list("pk", flat=True)[:25]))
        took.append(time.perf_counter() - begun)
        time.sleep(0.01)
    return took


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] * 1000


if __name__ == "__main__":
    sys.exit(main())
