"""Celery with django-celery-results as shipped, on PostgreSQL: the usual way to keep a record.

usage: python results_peer.py e2e|drain|idle N
"""

import json
import os
import subprocess
import sys
import time

import dj_database_url
import django
from celery import Celery
from django.conf import settings

settings.configure(
    SECRET_KEY="bench",
    INSTALLED_APPS=["django.contrib.contenttypes", "django_celery_results"],
    DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"])},
    USE_TZ=True,
)
django.setup()

app = Celery("results_peer", broker=os.environ["REDIS_URL"], backend="django-db")
app.conf.update(
    task_track_started=True,
    broker_transport_options={"global_keyprefix": "results:"},
    worker_hijack_root_logger=False,
)


@app.task(name="nothing")
def nothing() -> None:
    return None


def main(mode: str, count: int) -> dict[str, float]:
    from django.core.management import call_command
    from django_celery_results.models import TaskResult

    call_command("migrate", verbosity=0)
    TaskResult.objects.all().delete()
    app.control.purge()
    if mode == "drain":
        for _ in range(count):
            nothing.delay()
    command = [sys.executable, "-m", "celery", "-A", "results_peer", "worker", "-c", "2"]
    worker = subprocess.Popen(
        [*command, "-l", "ERROR"], cwd=os.path.dirname(os.path.abspath(__file__))
    )
    try:
        if mode == "drain":
            _wait(TaskResult, 1)
            begun = time.perf_counter()
            _wait(TaskResult, count)
            return {"per_second": (count - 1) / (time.perf_counter() - begun)}
        nothing.delay()
        _wait(TaskResult, 1)
        TaskResult.objects.all().delete()
        begun = time.perf_counter()
        for _ in range(count):
            nothing.delay()
        _wait(TaskResult, count)
        return {"per_second": count / (time.perf_counter() - begun)}
    finally:
        worker.terminate()
        worker.wait(30)


def _wait(model: object, count: int) -> None:
    limit = time.monotonic() + 240
    while model.objects.filter(status="SUCCESS").count() < count:  # type: ignore[attr-defined]
        if time.monotonic() > limit:
            raise TimeoutError("django-celery-results did not end in time")
        time.sleep(0.02)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
