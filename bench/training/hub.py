"""A hub with one web process and a sweeper, and the runs that are reported about."""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.gateway.sides import started
from megahub.embedded import free_port

TRAINING = {"image": "bench", "name": "bench", "hourly_rate": "3.60"}


class Hub:
    """Its address, a key, and calls by it."""

    def __init__(self, url: str, key: str, *, pid: int) -> None:
        self.url, self.key, self.pid = url, key, pid

    def processor_seconds(self) -> float:
        """What the web process has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def call(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def make_run(self, **wanted: Any) -> dict[str, Any]:
        body = {"job_type": "external_training", "input_data": {**TRAINING, **wanted}}
        return self.call("/ai/jobs/", body)


def prepare() -> str:
    """Tables and a brand; return its key."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from ai_core.models import Queue
    from brands import keys
    from brands.models import Brand, Membership, Role

    Queue.objects.filter(name="training").update(concurrency_limit=20)
    brand = Brand.objects.create(slug="bench", name="Bench")
    user = get_user_model().objects.create(username="bench")
    user.set_password("bench")
    user.save()
    Membership.objects.create(brand=brand, user=user, role=Role.MANAGER)
    return keys.issue(user=user, brand=brand, name="bench").token


@contextmanager
def running(key: str) -> Iterator[Hub]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with started([sys.executable, "manage.py", "web"], f"{url}/readyz", PORT=str(port)) as pid:
        command = [sys.executable, "manage.py", "sweeper"]
        with started(command, f"{url}/readyz", PATH=os.environ["PATH"]):
            yield Hub(url, key, pid=pid)
