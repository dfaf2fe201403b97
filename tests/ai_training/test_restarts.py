"""The hub is killed five times during a run: what it had answered is there, and the run goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.ai_training.conftest import TRAINING
from tests.megahub.hub_process import ROOT, HubProcess, environment

pytestmark = pytest.mark.slow

KILLS = 5
SECONDS = 60


@pytest.fixture
def hub(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    process = HubProcess(data, MEGAHUB_DEMO="1", MEGAHUB_WORKER_PROCESSES="1")
    try:
        process.wait_for("/readyz")
        yield process
    finally:
        process.end()


def key_of(hub: HubProcess) -> str:
    words = ["create", "--user", "admin", "--brand", "humari", "--name", "runner"]
    done = subprocess.run(
        [sys.executable, "manage.py", "api_key", *words],
        cwd=ROOT, env=environment(MEGAHUB_DATA=str(hub.data), PORT=str(hub.port)),
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.strip()


class Caller:
    """A client that keeps what was not answered and sends it again, as the SDK does."""

    def __init__(self, hub: HubProcess, key: str) -> None:
        self.base, self.key = f"http://127.0.0.1:{hub.port}", key
        self.failures = 0

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        end = time.monotonic() + SECONDS
        while True:
            request = urllib.request.Request(self.base + path, data=data, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code != 429:
                    raise
            except OSError:
                pass
            self.failures += 1
            assert time.monotonic() < end, path
            time.sleep(0.1)


def web_of(hub: HubProcess) -> list[int]:
    return [pid for pid, line in hub.descendants().items() if "manage.py web" in line]


def test_five_kills_lose_nothing_and_double_nothing(hub):
    caller = Caller(hub, key_of(hub))
    made = caller.call("/ai/jobs/", {"job_type": "external_training", "input_data": TRAINING})
    run = f"/ai/training/runs/{made['id']}/"
    lease = caller.call(run + "claim/", {"runner": "gpu-1"})["lease"]
    sent, stop = [0], threading.Event()

    def train() -> None:
        while not stop.is_set():
            sent[0] += 1
            step = sent[0]
            said = {
                "message_id": f"m-{step}", "sequence": step, "lease": lease,
                "points": [{"step": step, "loss": 1 / step}], "logs": [{"message": f"step {step}"}],
            }  # fmt: skip
            caller.call(run + "report/", said)

    trainer = threading.Thread(target=train)
    trainer.start()
    for _ in range(KILLS):
        before = sent[0]
        wait_until(lambda at=before: sent[0] >= at + 5)
        for pid in web_of(hub):
            os.kill(pid, signal.SIGKILL)
    before = sent[0]
    wait_until(lambda: sent[0] >= before + 5)
    stop.set()
    trainer.join(SECONDS)
    assert caller.failures > 0, "no kill hit anything"
    end = {"lease": lease, "sequence": sent[0] + 1, "ending": {"status": "completed"}}
    assert caller.call(run + "report/", end)["status"] == "completed"
    page = caller.call(run + "metrics/?points=10000")
    assert [row["step"] for row in page["results"]] == list(range(1, sent[0] + 1))
    lines = caller.call(f"/ai/jobs/{made['id']}/logs/?limit=2000")["results"]
    told = [line["message"] for line in lines if line["message"].startswith("step")]
    assert told == [f"step {n}" for n in range(1, sent[0] + 1)]
    assert caller.call(f"/ai/jobs/{made['id']}/")["attempt"] == 1


def wait_until(true: Any) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
