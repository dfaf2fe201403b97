"""MLflow's own client, unchanged: it knows an address and a token, and nothing of the hub."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.ai_training.outside.conftest import wait_for

SCRIPT = """
import mlflow
mlflow.set_experiment("owls at night")
with mlflow.start_run(run_name="by mlflow") as run:
    mlflow.log_params({"rate": 0.5, "layers": 3})
    mlflow.set_tag("team", "night")
    for step in range(1, 11):
        mlflow.log_metrics({"loss": 1 / step, "val_loss": 2 / step}, step=step)
    mlflow.log_metric("alone", float("nan"), step=3)
    mlflow.log_text("a model", "model/notes.txt")
print(run.info.run_id)
client = mlflow.MlflowClient()
back = client.get_run(run.info.run_id)
assert back.data.params == {"rate": "0.5", "layers": "3"}, back.data.params
assert back.data.metrics["loss"] == 0.1, back.data.metrics
assert back.data.tags["team"] == "night", back.data.tags
assert back.info.status == "FINISHED", back.info.status
history = client.get_metric_history(run.info.run_id, "loss")
assert [(one.step, one.value) for one in history] == [(s, 1 / s) for s in range(1, 11)]
assert [one.path for one in client.list_artifacts(run.info.run_id)] == ["model"]
assert [one.path for one in client.list_artifacts(run.info.run_id, "model")] == ["model/notes.txt"]
assert open(client.download_artifacts(run.info.run_id, "model/notes.txt")).read() == "a model"
experiment = client.get_experiment_by_name("owls at night")
found = client.search_runs([experiment.experiment_id])
assert run.info.run_id in [one.info.run_id for one in found]
"""


@pytest.fixture
def logs(hub, tmp_path):
    """`logs("script")` → (exit code, output, errors) of a script with MLflow's client."""

    def start(text, **more):
        path = tmp_path / "script.py"
        path.write_text(text)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_PROXY": "*",
            "MLFLOW_TRACKING_URI": f"{hub.url}/mlflow", "MLFLOW_TRACKING_TOKEN": hub.key,
            "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true",
            "GIT_PYTHON_REFRESH": "quiet",
            **more,
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, str(path)], cwd=tmp_path, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


def reference_in(text):
    return re.search(r"^ai_job_\w+$", text, re.MULTILINE).group()


def test_an_unchanged_script_appears_with_all_that_it_logs(hub, logs):
    out, err = (process := logs(SCRIPT)).communicate(timeout=120)
    assert process.returncode == 0, err[-3000:]
    reference = reference_in(out)
    job, run = hub.job(reference), hub.run(reference)
    assert (job["status"], job["training"]["name"]) == ("completed", "by mlflow")
    assert hub.curve(reference, "validation_loss") == [(step, 2 / step) for step in range(1, 11)]
    assert run["labels"]["params"] == {"rate": "0.5", "layers": "3"}
    assert run["hyperparameters"]["layers"] == "3"


def test_a_script_that_fails_fails_its_run(hub, logs):
    text = (
        "import mlflow\nwith mlflow.start_run() as r:\n  print(r.info.run_id, flush=True)\n  1/0\n"
    )
    out, _err = logs(text).communicate(timeout=120)
    assert hub.job(reference_in(out))["status"] == "failed"


def test_it_is_live_while_it_runs(hub, logs):
    text = """
import mlflow, sys
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 3.0, step=1)
    print(run.info.run_id, flush=True)
    sys.stdin.read()
"""
    process = logs(text)
    reference = process.stdout.readline().strip()
    assert wait_for(lambda: hub.curve(reference)) == [(1, 3.0)]
    assert hub.job(reference)["status"] == "running"
    process.communicate(timeout=60)
    assert hub.job(reference)["status"] == "completed"


def asked(hub, path, key, body=None):
    request = urllib.request.Request(
        f"{hub.url}/ai/mlflow/api/2.0/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("mlflow/runs/get?run_id={}", None),
        ("mlflow/metrics/get-history?run_id={}&metric_key=loss", None),
        ("mlflow-artifacts/artifacts?path={}", None),
        ("mlflow-artifacts/artifacts/{}/x", None),
        ("mlflow/runs/log-batch", {"metrics": [{"key": "loss", "value": 1, "step": 1}]}),
        ("mlflow/runs/update", {"status": "FINISHED"}),
        ("mlflow/runs/set-tag", {"key": "a", "value": "b"}),
        ("mlflow/runs/delete-tag", {"key": "a"}),
    ],
)
def test_another_brands_run_is_not_there(client, people, api_as, path, body):
    from tests import factories

    run = factories.make_training(people.owner, people.brand)
    api = api_as(people.stranger, people.other_brand)
    address = f"/ai/mlflow/api/2.0/{path.format(run.job_id)}"
    answer = api.get(address) if body is None else api.post(address, {"run_id": run.job_id, **body})
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_nobody_gets_in_without_a_key_and_unknown_calls_say_so(hub):
    assert asked(hub, "mlflow/runs/search", "", {})[0] == 401
    assert asked(hub, "mlflow/runs/search", "mh_wrong", {})[0] == 401
    status, body = asked(hub, "mlflow/registered-models/create", hub.key, {})
    assert (status, body["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    status, body = asked(hub, "mlflow/runs/log-batch", hub.key, {"run_id": "nothing"})
    assert status == 404


@pytest.mark.django_db
def test_a_browsers_session_opens_nothing_here(browser_as, people):
    answer = browser_as(people.owner).get("/ai/mlflow/api/2.0/mlflow/experiments/search")
    assert answer.status_code == 401
