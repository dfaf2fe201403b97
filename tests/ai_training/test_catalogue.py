"""Datasets, configurations and offers: read once, kept by name, changed by whom they belong to."""

import io

import pytest

from ai_training import datasets
from ai_training.models import Dataset
from tests import factories
from tests.ai_training.conftest import TRAINING

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = '{"prompt": "a", "completion": "b"}\n{"prompt": "é", "extra": 1}\n'


def upload(api, content, *, name="rows", format="jsonl"):
    return api.post(
        f"/ai/training/datasets/upload/?name={name}&format={format}",
        data=content, content_type="application/octet-stream",
    )  # fmt: skip


def test_an_uploaded_file_is_read_counted_and_given_back(owner_api, colleague_api):
    made = upload(owner_api, ROWS.encode()).json()
    assert (made["state"], made["rows"], made["size"]) == ("valid", 2, len(ROWS.encode()))
    assert made["columns"] == ["prompt", "completion", "extra"]
    assert made["preview"][1] == {"prompt": "é", "extra": 1}
    answer = colleague_api.get(f"/ai/training/datasets/{made['id']}/file/")
    assert answer.getvalue() == ROWS.encode()
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("format", "content", "problem"),
    [
        ("jsonl", b"{\n", "Line 1 is not JSON"),
        ("jsonl", b"[1]\n", "Line 1 is not an object"),
        ("jsonl", b'{"a": "\\u0000"}\n', "Line 1 contains NUL"),
        ("jsonl", b'{"a": "\xff"}\n', "not UTF-8"),
        ("jsonl", b"", "no rows"),
        ("jsonl", b"[" * 100_000, "Line 1"),
        ("jsonl", b'"' + b"x" * (2**20 + 1), "longer than"),
        ("csv", b"a,a\n1,2\n", "each once"),
        ("csv", b"a,b\n1\n", "Line 2 has 1 cells, not 2"),
        ("csv", b"a,b\n", "no rows"),
        ("csv", b'a,b\n"1,2\n', "not CSV"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(format, content, problem):
    reading = datasets.read(io.BytesIO(content), format)
    assert problem in reading.problems[0]
    assert len(reading.problems) <= datasets.MOST_PROBLEMS


def test_a_csv_with_a_byte_order_mark_is_read():
    reading = datasets.read(io.BytesIO(b"\xef\xbb\xbfa,b\n1,2\n3,4\n"), "csv")
    assert (reading.rows, reading.columns, reading.problems) == (2, ["a", "b"], [])


def test_a_dataset_with_problems_starts_no_training(owner_api):
    made = upload(owner_api, b"{").json()
    assert made["state"] == "invalid"
    body = {"job_type": "external_training", "input_data": {**TRAINING, "dataset": made["id"]}}
    answer = owner_api.post("/ai/jobs/", body)
    assert answer.status_code == 400
    assert "problems" in answer.json()["errors"]["input_data.dataset"][0]


def test_a_text_or_a_reference_is_a_dataset_too(owner_api):
    body = {"name": "one", "format": "csv", "content": "a,b\n1,2\n"}
    assert owner_api.post("/ai/training/datasets/", body).json()["rows"] == 1
    body = {"name": "two", "format": "jsonl", "reference": "s3://bucket/x.jsonl"}
    assert owner_api.post("/ai/training/datasets/", body).json()["state"] == "unseen"
    both = {**body, "name": "three", "content": "x"}
    assert owner_api.post("/ai/training/datasets/", both).status_code == 400


def test_a_name_is_taken_once_in_a_brand(owner_api, stranger_api):
    assert upload(owner_api, ROWS.encode()).status_code == 201
    again = upload(owner_api, ROWS.encode())
    assert again.status_code == 400
    assert again.json()["errors"]["name"]
    assert upload(stranger_api, ROWS.encode()).status_code == 201
    assert Dataset.objects.count() == 2


def test_a_member_changes_what_is_theirs(owner_api, colleague_api):
    number = upload(owner_api, ROWS.encode()).json()["id"]
    url = f"/ai/training/datasets/{number}/"
    assert colleague_api.patch(url, {"description": "x"}).status_code == 403
    assert colleague_api.delete(url).status_code == 403
    assert owner_api.patch(url, {"description": "x"}).json()["description"] == "x"
    path = Dataset.objects.get(pk=number).path
    assert owner_api.delete(url).status_code == 204
    from django.core.files.storage import default_storage

    assert not default_storage.exists(path)


def test_the_three_presets_are_where_configurations_begin(owner_api):
    known = owner_api.get("/ai/training/presets/").json()
    assert [one["preset"] for one in known] == ["conservative", "balanced", "aggressive"]
    body = {"name": "mine", "preset": "aggressive", "hyperparameters": {"epochs": 1, "seed": None}}
    made = owner_api.post("/ai/training/configurations/", body).json()
    assert (made["hyperparameters"]["lora_r"], made["hyperparameters"]["epochs"]) == (64, 1)
    assert "seed" not in made["hyperparameters"]
    bad = {"name": "x", "guard_rails": {"stalled": {"minutes": 0}}}
    assert owner_api.post("/ai/training/configurations/", bad).status_code == 400


def test_offers_are_for_managers_to_enter(owner_api, stranger_api):
    body = {"name": "a", "kind": "gpu", "model": "A100", "count": 2, "hourly_rate": "2.49"}
    assert owner_api.post("/ai/training/offers/", body).status_code == 403
    made = stranger_api.post("/ai/training/offers/", body)
    assert made.status_code == 201, made.content
    assert made.json()["hourly_rate"] == "2.490000"
    assert made.json()["resources"] == "2 × A100"
    assert owner_api.get("/ai/training/offers/").json()["count"] == 0


def test_a_run_takes_what_its_configuration_and_offer_say(owner_api, people):
    made = upload(owner_api, (ROWS * 50).encode()).json()
    configuration = factories.make_configuration(
        people.brand, base_model="tiny", guard_rails={"stalled": {"minutes": 5}}
    )
    offer = factories.make_offer(people.brand, pricing="spot")
    body = {
        "image": "x", "dataset": made["id"], "configuration": configuration.pk,
        "offer": offer.pk, "hyperparameters": {"batch_size": 10},
    }  # fmt: skip
    answer = owner_api.post("/ai/jobs/", {"job_type": "external_training", "input_data": body})
    training = answer.json()["training"]
    assert training["base_model"] == "tiny"
    assert training["hourly_rate"] == "3.600000"
    assert (training["pricing"], training["resources"]) == ("spot", "2 × A100")
    assert training["total_steps"] == 9, "100 rows / (10 × 4) × 3 epochs, rounded up"
    run = owner_api.get(f"/ai/training/runs/{answer.json()['id']}/").json()
    assert {rail["kind"] for rail in run["guard_rails"]} == {"nan_loss", "stalled"}


def test_the_older_addresses_answer(runner, colleague_api, stranger_api):
    runner.ok(points=[{"step": 1, "loss": 1.0}], events=[{"type": "info", "message": "hello"}])
    url = f"/api/training/jobs/{runner.number}"
    assert [
        j["id"] for j in runner.api.get("/api/training/jobs?status=active").json()["results"]
    ] == [runner.number]
    assert runner.api.get("/api/training/jobs?status=queued").json()["count"] == 0
    assert runner.api.get(url).json()["training"]["step"] == 1
    assert len(runner.api.get(f"{url}/metrics?latest=true").json()["results"]) == 1
    assert runner.api.get(f"{url}/metrics?since_step=1").json()["results"] == []
    events = runner.api.get(f"{url}/events?filter=info&page=1").json()
    assert (events["count"], events["results"][0]["message"]) == (1, "hello")
    assert stranger_api.get(url).status_code == 404
    assert colleague_api.post(f"{url}/cancel", {"reason": "x"}).status_code == 403
    assert runner.api.post(f"{url}/cancel", {"reason": "testing"}).status_code == 200


def test_no_row_of_a_run_can_name_what_is_another_brands(people):
    from django.db import IntegrityError, transaction

    from ai_training.models import CostSegment, TrainingRun

    job = factories.make_training(people.owner, people.brand)
    theirs = factories.make_offer(people.other_brand)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.filter(pk=job.pk).update(offer=theirs)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.filter(pk=job.pk).update(brand=people.other_brand)
    with pytest.raises(IntegrityError), transaction.atomic():
        CostSegment.objects.create(
            brand=people.other_brand, job=job, number=1, attempt=1, seconds_before=0,
            started_at="2026-01-01T00:00:00Z",
        )  # fmt: skip
