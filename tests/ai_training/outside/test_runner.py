"""`megahub runner`: the whole way of a run, orders, and being killed in the middle."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ai_training.outside.conftest import wait_for
from tests.megahub.hub_process import ROOT

EXAMPLE = [sys.executable, "-m", "megahub.runner.examples.characters"]


@pytest.fixture
def runner(outside, tmp_path):
    """`runner(…)` → a `megahub runner` of its own folder; ended with the test."""
    begun = []

    def start(*words, command=(), **more):
        process = subprocess.Popen(
            [
                sys.executable, "-S", "-m", "megahub.client", "runner",
                "--folder", str(tmp_path / "runner"), "--name", "gpu-1", *words,
                *(["--", *command] if command else []),
            ],
            cwd=ROOT, env={**outside, **more}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def pid_of(tmp_path):
    note = next((tmp_path / "runner").glob("*/process.json"), None)
    try:
        return json.loads(note.read_text())["pid"] if note else 0
    except ValueError:
        return 0


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_trains_the_example_from_queue_to_artifacts(hub, runner):
    made = hub.make(name="example", hyperparameters={"steps": 60, "evaluate_every": 20})
    process = runner("--run", made["job_id"], "--once", command=EXAMPLE)
    _out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    job = hub.job(made["job_id"])
    assert job["status"] == "completed", job
    assert job["result_data"]["words"]
    losses = hub.curve(made["job_id"], "validation_loss")
    assert [step for step, _loss in losses] == [20, 40, 60]
    assert losses[0][1] > losses[-1][1] > 0
    assert any("validation loss" in line for line in hub.lines(made["job_id"]))
    files = hub.call("GET", f"/ai/jobs/{made['job_id']}/artifacts/")
    assert "model.json" in json.dumps(files)


def test_it_runs_the_command_of_a_job_that_it_trusts(hub, runner):
    made = hub.make(
        command=[sys.executable, "-c", "import os; print('said', os.environ['WORD'])"],
        env_vars=[{"name": "WORD", "value": "owl"}],
    )
    process = runner("--once", "--trust-jobs")
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert hub.job(made["job_id"])["status"] == "completed"
    assert hub.lines(made["job_id"]) == ["said owl"]


def test_without_trust_and_without_a_command_it_does_nothing(runner):
    _out, err = (process := runner()).communicate(timeout=30)
    assert process.returncode == 2
    assert "--trust-jobs" in err


@pytest.mark.parametrize(
    ("code", "message"),
    [("raise SystemExit(3)", "code 3"), ("import os; os.kill(os.getpid(), 9)", "signal 9")],
)
def test_a_command_that_fails_fails_the_run(hub, runner, code, message):
    made = hub.make()
    process = runner("--run", made["job_id"], "--once", command=[sys.executable, "-c", code])
    process.communicate(timeout=60)
    assert process.returncode == 3
    job = hub.job(made["job_id"])
    assert job["status"] == "failed"
    assert message in job["error_message"]


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("running", flush=True)
time.sleep(600)
"""


def test_a_cancel_ends_the_whole_group_of_one_that_does_not_listen(hub, runner, tmp_path):
    made = hub.make()
    words = ["--run", made["job_id"], "--once", "--grace", "1", "--lease-seconds", "3"]
    process = runner(*words, command=[sys.executable, "-c", STUBBORN])
    wait_for(lambda: "running" in hub.lines(made["job_id"]))
    group = pid_of(tmp_path)
    members = [pid for pid in processes() if group_of(pid) == group]
    assert len(members) == 3
    hub.call("POST", f"/ai/jobs/{made['job_id']}/cancel/", {"reason": "testing"})
    process.communicate(timeout=60)
    assert hub.job(made["job_id"])["status"] == "cancelled"
    assert not any(lives(pid) for pid in members)


def processes():
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def group_of(pid):
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def test_a_pause_keeps_a_checkpoint_and_the_next_runner_goes_on(hub, runner):
    made = hub.make(hyperparameters={"steps": 4000, "evaluate_every": 4000})
    words = ["--run", made["job_id"], "--once", "--lease-seconds", "3"]
    process = runner(*words, command=EXAMPLE)
    wait_for(lambda: hub.curve(made["job_id"]))
    hub.call("POST", f"/ai/jobs/{made['job_id']}/pause/")
    process.communicate(timeout=60)
    assert hub.job(made["job_id"])["status"] == "paused"
    saved = hub.run(made["job_id"], "checkpoints/")
    assert saved[-1]["step"] >= 5


def test_a_runner_that_was_killed_goes_on_with_what_still_runs(hub, runner, tmp_path):
    """Its command never stops; what it writes meanwhile is forwarded once, all of it."""
    made = hub.make()
    counting = (
        "import time\nfor n in range(200):\n print('line', n, flush=True)\n time.sleep(.05)\n"
    )
    words = ["--run", made["job_id"], "--once", "--lease-seconds", "4"]
    first = runner(*words, command=[sys.executable, "-c", counting])
    wait_for(lambda: hub.lines(made["job_id"]))
    pid = pid_of(tmp_path)
    first.send_signal(signal.SIGKILL)
    first.wait(timeout=10)
    assert lives(pid)
    second = runner(*words, command=[sys.executable, "-c", counting])
    _out, err = second.communicate(timeout=90)
    assert second.returncode == 0, err
    assert "going on with it" in err
    assert hub.job(made["job_id"])["status"] == "completed"
    lines = hub.lines(made["job_id"])
    assert set(lines) == {f"line {n}" for n in range(200)}
    assert len(lines) - 200 < 40  # a kill may repeat what it had not yet noted


def test_a_runner_that_is_ended_gives_its_run_back(hub, runner, tmp_path):
    made = hub.make()
    waiting = [sys.executable, "-c", "print('here', flush=True); import time; time.sleep(600)"]
    process = runner("--run", made["job_id"], "--grace", "5", command=waiting)
    wait_for(lambda: hub.lines(made["job_id"]))
    pid = pid_of(tmp_path)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert not lives(pid)
    claim = hub.call("POST", f"/ai/training/runs/{made['job_id']}/claim/", {"runner": "gpu-2"})
    assert claim["attempt"] == 2


def test_the_hub_may_restart_while_a_command_runs(hub, runner):
    made = hub.make(hyperparameters={"steps": 1500, "evaluate_every": 500})
    process = runner("--run", made["job_id"], "--once", "--lease-seconds", "5", command=EXAMPLE)
    wait_for(lambda: hub.curve(made["job_id"]))
    hub.end()
    hub.start_again()
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert hub.job(made["job_id"])["status"] == "completed"
    assert [step for step, _ in hub.curve(made["job_id"])] == list(range(5, 1501, 5))
