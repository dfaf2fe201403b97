"""Whoever computes a run, its page shows it live from the queue to its files."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.ai_core.streams.server import ROOT, address_of_database
from tests.browser import studio as making
from tests.browser.test_trainings import TOLD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 40
LATER = 60_000  # programs start, while other tests use the same cores
FILE = "words.txt"
BY_SDK = f"""
from megahub.runner import Run
with Run() as run:
    run.stage("training")
    for step in range(1, {STEPS} + 1):
        run.metrics(step, loss=1 / step, eval_loss=2 / step)
    open("{FILE}", "w").write("hoo")
    run.artifact("{FILE}")
"""
BY_MLFLOW = f"""
import mlflow
with mlflow.start_run():
    for step in range(1, {STEPS} + 1):
        mlflow.log_metrics({{"loss": 1 / step, "val_loss": 2 / step}}, step=step)
    mlflow.log_text("hoo", "{FILE}")
"""


@pytest.fixture
def studio(cast):
    return making.furnish(cast)


class Programs:
    """Programs that know the hub's address, a key, and one run."""

    def __init__(self, address: str, key: str, folder) -> None:
        self.address, self.key, self.folder = address, key, folder
        self.begun: list[subprocess.Popen] = []

    def start(self, *command: str, **more: str) -> None:
        with (self.folder / "program.log").open("ab") as log:
            self.begun.append(
                subprocess.Popen(
                    [sys.executable, *command], cwd=more.pop("cwd", str(self.folder)),
                    env={**os.environ, **more}, stdout=log, stderr=log,
                )
            )  # fmt: skip

    def script(self, text: str, reference: str) -> None:
        path = self.folder / "train.py"
        path.write_text(text)
        self.start(
            str(path), HOME=str(self.folder), PYTHONPATH=str(ROOT), NO_PROXY="*",
            MEGAHUB_URL=self.address, MEGAHUB_API_KEY=self.key, MEGAHUB_RUN=reference,
            MEGAHUB_SPOOL=str(self.folder / "spool"), MLFLOW_TRACKING_URI=f"{self.address}/mlflow",
            MLFLOW_TRACKING_TOKEN=self.key, MLFLOW_RUN_ID=reference,
            MLFLOW_DISABLE_TELEMETRY="true", GIT_PYTHON_REFRESH="quiet",
        )  # fmt: skip

    def end(self) -> None:
        for process in self.begun:
            process.terminate()
            process.wait(20)


@pytest.fixture
def programs(front_window, studio, tmp_path):
    from brands.rights import Right
    from tests import factories

    key = factories.make_key(studio.user, studio.brand, Right.MANAGE).token
    found = Programs(front_window.address, key, tmp_path)
    yield found
    found.end()


def by_sdk(programs: Programs, run) -> None:
    programs.script(BY_SDK, run.job.job_id)


def by_mlflow(programs: Programs, run) -> None:
    programs.script(BY_MLFLOW, run.job.job_id)


def by_webhooks(programs: Programs, run) -> None:
    """Signed by the library that the standard's authors publish."""
    from datetime import UTC, datetime

    from standardwebhooks import Webhook

    from ai_training import signing

    hook = Webhook(signing.newest_secret(run.job).reveal())
    points = [
        {"type": "metrics", "step": step, "data": {"loss": 1 / step, "eval_loss": 2 / step}}
        for step in range(1, STEPS + 1)
    ]
    content = base64.b64encode(b"hoo").decode()
    bodies = [
        {"type": "stage", "data": {"stage": "training"}},
        {"type": "batch", "data": {"events": points}},
        {"type": "artifact", "data": {"name": FILE, "content": content}},
        {"type": "status", "data": {"status": "completed"}},
    ]
    for sequence, body in enumerate(bodies, 1):
        text, now = json.dumps({**body, "sequence": sequence}), int(time.time())
        signature = hook.sign(f"m{sequence}", datetime.fromtimestamp(now, UTC), text)
        request = urllib.request.Request(
            f"{programs.address}/ai/webhooks/training/{run.job.job_id}/", data=text.encode(),
            headers={
                "Content-Type": "application/json", "webhook-id": f"m{sequence}",
                "webhook-timestamp": str(now), "webhook-signature": signature,
            },
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["accepted"]


def by_a_worker(programs: Programs, _run) -> None:
    programs.start("manage.py", "worker", cwd=str(ROOT), DATABASE_URL=address_of_database())


def built_in(studio):
    from ai_training import runs

    settings = {"steps": STEPS * 10, "evaluate_every": 10, "hidden": 8}
    wanted = {"name": "Owls, by the hub", "hyperparameters": settings}
    return runs.create_run(
        wanted, user=studio.user, brand=studio.brand, job_type="example_training"
    )


def outside(studio):
    return making.start(studio, "Owls, from outside", total_steps=STEPS)


@pytest.mark.parametrize(
    "drive",
    [by_sdk, by_mlflow, by_webhooks, by_a_worker],
    ids=["SDK", "MLflow", "webhooks", "built in"],
)
def test_a_run_goes_from_its_queue_to_its_files_on_its_page(front_window, studio, programs, drive):
    is_ours = drive is by_a_worker
    run = built_in(studio) if is_ours else outside(studio)
    last, file = (STEPS * 10, "model.json") if is_ours else (STEPS, FILE)
    page = front_window("mina").page
    page.goto(f"/jobs/{run.job.job_id}/")
    expect(page.locator("[data-status=pending]").first).to_be_visible()
    drive(programs, run)
    page.wait_for_function(TOLD, arg=last, timeout=LATER)
    expect(page.locator("[data-final='1']")).to_have_count(1, timeout=LATER)
    expect(page.locator("[data-status=completed]").first).to_be_visible()
    expect(page.get_by_text(file).first).to_be_visible()
    expect(page.get_by_text(f"{last:,}").first).to_be_visible()
