"""`python -m tests.ai_core.creating WISHES KEY`: create jobs, and say how long each took.

WISHES is a JSON list of [job type, input].

A process of its own, so that its broker can be one that refuses or says nothing.
"""

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings_with_executors")
django.setup()

from django.db import Error, connection  # noqa: E402

from ai_core.models import AIJob  # noqa: E402
from ai_core.services import JobService  # noqa: E402
from brands.models import Brand  # noqa: E402


def create(kind: str, input_data: dict[str, object], key: str) -> AIJob:
    """As a client does it: after an unclear answer ask again with the same key."""
    brand, _ = Brand.objects.get_or_create(slug="owls", defaults={"name": "Owls"})
    for _ in range(20):
        try:
            return JobService.create_job(kind, input_data, None, brand, idempotency_key=key)
        except Error:
            connection.close()
            time.sleep(0.2)
    raise SystemExit("it never worked")


def main(wishes: str, key: str = "") -> None:
    connection.ensure_connection()
    answers = []
    for number, (kind, input_data) in enumerate(json.loads(wishes)):
        begun = time.perf_counter()
        job = create(kind, input_data, f"{key}-{number}" if key else "")
        answers.append({"job_id": job.job_id, "seconds": time.perf_counter() - begun})
    print(json.dumps(answers), flush=True)
    os._exit(0)  # what waits for the broker may wait for ever


if __name__ == "__main__":
    main(*sys.argv[1:])
