"""The SDK in scripts of their own: every ending, offline, killed, paused, refused."""

import signal
from pathlib import Path

import pytest

from tests.ai_training.outside.conftest import wait_for

TWO_LINES = """
from megahub.runner import Run
with Run(name="two lines", total_steps=20) as run:
    for step in range(1, 21):
        run.metrics(step, loss=1 / step)
"""


def finished(process, seconds=40):
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


def newest(hub, name):
    jobs = hub.call("GET", "/ai/training/runs/?page_size=50")["results"]
    return next((job for job in jobs if job["training"]["name"] == name), None)


def test_two_lines_make_a_run_with_its_curve(hub, script):
    code, _out, err = finished(script(TWO_LINES))
    assert code == 0, err
    job = newest(hub, "two lines")
    assert job["status"] == "completed"
    assert hub.curve(job["job_id"]) == [(step, 1 / step) for step in range(1, 21)]


def test_all_that_a_script_can_say_arrives(hub, script, tmp_path):
    made = hub.make(name="everything", hyperparameters={"rate": 0.5})
    code, _out, err = finished(
        script(
            """
from megahub.runner import Run
with Run() as run:
    assert run.hyperparameters == {"rate": 0.5}, run.hyperparameters
    run.stage("training", "first epoch")
    run.progress(step=3, total_steps=10, epoch=0.5)
    run.metrics(3, epoch=0.5, loss=2.0, eval_loss=float("nan"), lr=0.001)
    run.log("hello")
    run.event("warning", "hot", {"degrees": 90})
    open("model.bin", "wb").write(bytes(1000))
    run.checkpoint(3, "model.bin", upload=True, is_best=True)
    run.artifact("model.bin", name="final.bin", kind="adapter")
    run.finish(result={"words": 3})
""",
            MEGAHUB_RUN=made["job_id"],
        )
    )
    assert code == 0, err
    job = hub.job(made["job_id"])
    assert (job["status"], job["result_data"]["words"]) == ("completed", 3)
    assert hub.lines(made["job_id"]) == ["hello"]
    assert hub.run(made["job_id"], "checkpoints/")[0]["is_best"] is True
    files = hub.call("GET", f"/ai/jobs/{made['job_id']}/artifacts/")
    files = files["results"] if isinstance(files, dict) else files
    assert sorted((one["name"], one["size"]) for one in files) == [
        ("final.bin", 1000), ("model.bin", 1000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [("raise ValueError('too hot')", "failed", 1), ("raise SystemExit(0)", "completed", 0)],
)
def test_the_end_of_the_script_is_the_end_of_the_run(hub, script, ending, status, code):
    made = hub.make()
    text = f"from megahub.runner import Run\nwith Run() as run:\n    run.log('x')\n    {ending}\n"
    assert finished(script(text, MEGAHUB_RUN=made["job_id"]))[0] == code
    job = hub.job(made["job_id"])
    assert job["status"] == status
    if status == "failed":
        assert job["error_message"] == "ValueError: too hot"


def test_without_a_with_an_uncaught_error_fails_the_run(hub, script):
    made = hub.make()
    text = "from megahub.runner import Run\nrun = Run()\nrun.log('x')\n1 / 0\n"
    finished(script(text, MEGAHUB_RUN=made["job_id"]))
    assert hub.job(made["job_id"])["status"] == "failed"


WORKING = """
import sys, time
from megahub.runner import Run
with Run() as run:
    for step in range(1, 100_000):
        run.metrics(step, loss=1.0)
        if run.stop == "pause":
            run.checkpoint(step, "there")
        run.check()
        time.sleep(0.02)
"""


@pytest.mark.parametrize(("order", "status"), [("pause", "paused"), ("cancel", "cancelled")])
def test_orders_are_heard(hub, script, order, status):
    made = hub.make()
    process = script(WORKING, MEGAHUB_RUN=made["job_id"])
    wait_for(lambda: hub.curve(made["job_id"]))
    body = {"reason": "testing"} if order == "cancel" else {}
    hub.call("POST", f"/ai/jobs/{made['job_id']}/{order}/", body)
    code, _out, err = finished(process)
    assert code == 0, err
    hub.wait_until(made["job_id"], status)
    assert bool(hub.run(made["job_id"])["checkpoints"]) == (order == "pause")


def test_a_paused_run_goes_on_from_its_checkpoint(hub, script):
    made = hub.make()
    process = script(WORKING, MEGAHUB_RUN=made["job_id"])
    wait_for(lambda: hub.curve(made["job_id"]))
    hub.call("POST", f"/ai/jobs/{made['job_id']}/pause/")
    finished(process)
    hub.wait_until(made["job_id"], "paused")
    hub.call("POST", f"/ai/training/runs/{made['job_id']}/resume/", {})
    again = "from megahub.runner import Run\nwith Run() as r: print(r.resume_from['path'])"
    code, out, err = finished(script(again, MEGAHUB_RUN=made["job_id"]))
    assert (code, out.strip()) == (0, "there"), err
    assert hub.job(made["job_id"])["status"] == "completed"


def test_while_the_hub_is_away_nothing_is_lost_and_order_is_kept(hub, script):
    """The hub ends and starts again in the middle, the script does not notice."""
    made = hub.make()
    process = script(
        WORKING.replace("100_000", "500").replace('"there"', '"x"'), MEGAHUB_RUN=made["job_id"]
    )
    wait_for(lambda: hub.curve(made["job_id"]))
    hub.end()
    hub.start_again()
    code, _out, err = finished(process, 90)
    assert code == 0, err
    assert "does not answer" in err
    assert hub.job(made["job_id"])["status"] == "completed"
    assert [step for step, _loss in hub.curve(made["job_id"])] == list(range(1, 500))


def test_what_a_killed_script_left_is_sent_by_the_next_one(hub, script, outside):
    """Its spool was written while the hub could not be reached."""
    made = hub.make()
    away = script(WORKING, MEGAHUB_RUN=made["job_id"], MEGAHUB_URL="http://127.0.0.1:9")
    spool = Path(outside["MEGAHUB_SPOOL"]) / f"{made['job_id']}.jsonl"
    wait_for(lambda: spool.exists() and spool.stat().st_size > 500)
    away.send_signal(signal.SIGKILL)
    away.wait(timeout=10)
    with spool.open("ab") as file:
        file.write(b'{"message_id": "half a li')  # as a crash leaves it
    text = "from megahub.runner import Run\nwith Run() as run: run.metrics(99_999, loss=2.0)"
    code, _out, err = finished(script(text, MEGAHUB_RUN=made["job_id"]))
    assert code == 0, err
    curve = hub.curve(made["job_id"])
    assert (curve[0], curve[-1]) == ((1, 1.0), (99_999, 2.0))
    assert len(curve) > 5
    assert not spool.exists()


def test_catching_up_makes_the_run_that_could_not_be_made(hub, script, outside):
    import os
    import subprocess
    import sys

    from tests.megahub.hub_process import ROOT

    offline = TWO_LINES.replace("two lines", "offline").replace(
        "import Run", "import Run, run as r"
    )
    offline = offline.replace("with Run", "r.LAST_WORDS = 0.1\nwith Run")
    code, _out, err = finished(script(offline, MEGAHUB_URL="http://127.0.0.1:9"))
    assert code == 0
    assert "--catch-up" in err
    done = subprocess.run(
        [sys.executable, "-S", "-m", "megahub.client", "runner", "--catch-up"],
        cwd=ROOT, env={**os.environ, **outside}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    job = newest(hub, "offline")
    assert job["status"] == "completed"
    assert len(hub.curve(job["job_id"])) == 20


def test_what_the_hub_will_never_take_is_set_aside_and_the_rest_goes_on(hub, script, outside):
    made = hub.make()
    text = """
from megahub.runner import Run
with Run() as run:
    run.stage("")
    run._delivery.say("ending", {"status": "running"}, soon=True)
    run.metrics(1, loss=1.0)
"""
    code, _out, err = finished(script(text, MEGAHUB_RUN=made["job_id"]))
    assert code == 0
    assert "set aside" in err
    assert hub.curve(made["job_id"]) == [(1, 1.0)]
    assert hub.job(made["job_id"])["status"] == "completed"
    assert list(Path(outside["MEGAHUB_SPOOL"]).glob("*.refused"))


def test_of_many_processes_the_first_one_reports(hub, script):
    made = hub.make()
    process = script(TWO_LINES, MEGAHUB_RUN=made["job_id"], RANK="1")
    assert finished(process)[0] == 0
    assert hub.job(made["job_id"])["status"] == "pending"


def test_without_a_key_it_says_so_at_once(script):
    code, _out, err = finished(script(TWO_LINES, MEGAHUB_API_KEY=""))
    assert code == 1
    assert "MEGAHUB_API_KEY" in err
