"""A hub of these tests' own, with a key; and calls to it as any program makes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.megahub.hub_process import ROOT, HubProcess, environment

SECONDS = 120
FIRST_START = 180  # its database is made, while other tests use the same cores


class Hub(HubProcess):
    """One that can be ended and started again at the same address."""

    key = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_again(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=environment(MEGAHUB_DATA=str(self.data), PORT=str(self.port)),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_for("/readyz", seconds=FIRST_START)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.loads(answer.read() or "null")

    def make(self, **wanted: Any) -> dict[str, Any]:
        """A training that waits for somebody outside."""
        body = {"job_type": "external_training", "input_data": {"image": "script", **wanted}}
        return self.call("POST", "/ai/jobs/", body)

    def job(self, reference: str) -> dict[str, Any]:
        return self.call("GET", f"/ai/jobs/{reference}/")

    def run(self, reference: str, below: str = "") -> Any:
        return self.call("GET", f"/ai/training/runs/{reference}/{below}")

    def curve(self, reference: str, name: str = "training_loss") -> list[tuple[int, float]]:
        page = self.run(reference, "metrics/?points=10000")
        return [(row["step"], row[name]) for row in page["results"] if row.get(name) is not None]

    def lines(self, reference: str) -> list[str]:
        page = self.call("GET", f"/ai/jobs/{reference}/logs/?limit=1000")
        return [line["message"] for line in page["results"]]

    def wait_until(self, reference: str, status: str) -> dict[str, Any]:
        return wait_for(
            lambda: found if (found := self.job(reference))["status"] == status else None
        )


def wait_for(look: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Look until something is there; a bound, not a hope."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="session")
def hub(tmp_path_factory: Any) -> Iterator[Hub]:
    one = Hub(tmp_path_factory.mktemp("outside") / "data")
    try:
        one.wait_for("/readyz", seconds=FIRST_START)
        one.key = _key(one)
        yield one
    finally:
        one.end()


def _key(hub: Hub) -> str:
    """The first brand and a key, by the commands that an admin would use."""

    def manage(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=environment(MEGAHUB_DATA=str(hub.data)),
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
        ).stdout.strip()

    made = "from brands.models import Brand; Brand.objects.create(slug='owls', name='Owls')"
    manage("shell", "-c", made)
    return manage(
        "api_key", "create", "--user", "admin", "--brand", "owls", "--name", "tests"
    ).splitlines()[-1]


@pytest.fixture
def outside(hub: Hub, tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has an address and a key."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "MEGAHUB_URL": hub.url,
        "MEGAHUB_API_KEY": hub.key,
        "MEGAHUB_SPOOL": str(tmp_path / "spool"),
        "NO_PROXY": "*",
    }


@pytest.fixture
def script(outside: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """`script("text of a training script")` → its process, without site-packages."""
    begun: list[subprocess.Popen[str]] = []

    def start(text: str, **more: str) -> subprocess.Popen[str]:
        path = tmp_path / f"train{len(begun)}.py"
        path.write_text(text)
        process = subprocess.Popen(
            [sys.executable, "-S", str(path)],
            cwd=tmp_path,
            env={**outside, **more},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.wait(timeout=10)
