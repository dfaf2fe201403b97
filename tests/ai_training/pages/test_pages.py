"""The pages of trainings as a browser without scripts gets them: right, narrow and cheap."""

from __future__ import annotations

import io
import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ai_core.models import AIJob, AIJobData
from ai_training.models import ComputeOffer, Dataset, TrainingConfiguration
from tests.browser import studio as making
from tests.browser.site import fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return fill()


@pytest.fixture
def studio(cast):
    return making.furnish(cast)


def as_user(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def mina(cast):
    return as_user(cast.member)


def text_of(page) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


def test_every_page_opens(studio, cast):
    refused = {"new-training-forbidden", "offer-forbidden", "new-training-all-brands"}
    for name, who, path in making.pages(studio):
        status = as_user(studio.person(who, cast)).get(path).status_code
        assert status == 200 or name in refused, (name, status)


def test_the_page_of_a_run_says_how_it_stands(studio, mina):
    job = studio.runs["running"].job
    page = mina.get(f"/jobs/{job.job_id}/")
    text = text_of(page)
    for said in ("Owls that answer", "850", "Training loss", "Perplexity", "owl-talk-v4",
                 "Balanced, rank 32", "H100", "$2.49 an hour", "GPU temperature"):  # fmt: skip
        assert said in text, said
    own = next(own for part, own in page.context["parts"] if part.name == "training")
    assert own["cost"]["spent"] is not None
    assert [line["name"] for line in own["curve"]["lines"]] == [
        "training_loss", "validation_loss", "learning_rate",
    ]  # fmt: skip
    assert own["curve"]["best"]["step"] == 850 // 50 * 50
    assert [one.step for one in own["checkpoints"]] == [800, 600, 400, 200]


def test_better_is_green_not_lower(studio, mina):
    from ai_training.pages import figures

    told = [
        {"name": "validation_loss", "value": 0.3, "before": 0.4, "step": 2},
        {"name": "accuracy", "value": 0.6, "before": 0.9, "step": 2},
        {"name": "learning_rate", "value": 1e-5, "before": 2e-5, "step": 2},
        {"name": "training_loss", "value": 1.0001, "before": 1.0, "step": 2},
    ]
    found = {one.name: one for one in figures.shown(told, speed=None)}
    assert (found["validation_loss"].verdict, found["accuracy"].verdict) == ("good", "bad")
    assert (found["learning_rate"].verdict, found["training_loss"].verdict) == ("plain", "plain")
    assert found["perplexity"].value == "1.350"
    assert found["learning_rate"].value == "1.00e-5"


def test_a_run_over_its_estimate_warns_and_asks_for_a_limit(studio, mina):
    run = studio.runs["running"]
    making._estimate(run, low="1", high="2")
    page = text_of(mina.get(f"/jobs/{run.job.job_id}/"))
    assert "more than the $2.00 that were estimated at most" in page
    assert "Over estimate" in page


def test_a_pause_stands_among_the_stretches_of_work(studio, mina):
    page = mina.get(f"/jobs/{studio.runs['paused'].job.job_id}/")
    own = next(own for part, own in page.context["parts"] if part.name == "training")
    assert [line["kind"] for line in own["history"]["lines"]] == ["work", "pause"]
    assert own["history"]["spent"] == own["cost"]["spent"]
    assert {offer.name for offer in own["offers"]} == {"Gravelines, spot", "Strasbourg"}
    assert b'data-opens="resume-dialog"' in page.content


def test_a_reader_may_look_and_change_nothing(studio, cast):
    page = as_user(studio.viewer).get(f"/jobs/{studio.runs['running'].job.job_id}/")
    assert b"rails-dialog" not in page.content
    row = studio.configuration
    assert as_user(studio.viewer).post(f"/training-configurations/{row.pk}/", {}).status_code == 403
    assert as_user(studio.viewer).get("/datasets/new/").status_code == 403
    assert as_user(cast.member).post("/compute-offers/new/", {}).status_code == 403


def test_another_brands_rows_are_not_there(studio, cast):
    from brands.models import Membership

    Membership.objects.filter(user=cast.both, brand=cast.first).delete()
    stranger = as_user(cast.both)
    run, offer = studio.runs["running"], studio.offers[0]
    for path in (
        f"/jobs/{run.job.job_id}/", f"/datasets/{studio.dataset.pk}/",
        f"/training-configurations/{studio.configuration.pk}/", f"/compute-offers/{offer.pk}/",
        f"/trainings/new/?from={run.job.job_id}",
    ):  # fmt: skip
        assert stranger.get(path).status_code == 404, path
    for path in (
        f"/datasets/{studio.dataset.pk}/remove/", f"/compute-offers/{offer.pk}/remove/",
        f"/training-configurations/{studio.configuration.pk}/remove/",
    ):  # fmt: skip
        assert stranger.post(path).status_code == 404, path
    assert "Owls" not in text_of(stranger.get("/trainings/"))
    page = stranger.get(f"/trainings/compare/?ids={run.pk},{studio.runs['done-1'].pk}")
    assert "Owls" not in text_of(page)
    assert "2 of these trainings are not there" in text_of(page)


def test_the_list_shows_what_a_training_is(studio, mina):
    text = text_of(mina.get("/trainings/"))
    for said in ("owl-talk-v4", "1 × H100", "GRA", "step 850 of 2,000", "Balanced, rank 32",
                 "registry.gra.ovhcloud.example/pytorch"):  # fmt: skip
        assert said in text, said
    done = mina.get("/trainings/?status=completed&sortBy=createdAt&sortOrder=asc&skip=0&take=1")
    assert [row.line.name for row in done.context["rows"]] == ["Owls, first try"]
    assert done.context["shelf"].count == 2
    assert mina.get("/trainings/?status=soon").context["problem"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/dashboard/lora-training?status=running", "/trainings/?status=running"),
        ("/dashboard/lora-training/new", "/trainings/new/"),
        ("/dashboard/lora-training/ai_job_x", "/jobs/ai_job_x/"),
        ("/dashboard/training-jobs", "/trainings/"),
        ("/dashboard/lora-training/", "/trainings/"),
        ("/training-jobs/ai_job_x/?tab=logs", "/jobs/ai_job_x/?tab=logs"),
        ("/training-jobs/ai_job_x", "/jobs/ai_job_x/"),
    ],
)
def test_older_addresses_lead_on(cast, mina, old, new):
    answer = mina.get(old)
    assert (answer.status_code, answer["Location"]) == (302, new)


def test_runs_beside_each_other_tell_their_differences(studio, mina):
    ids = f"{studio.runs['done-1'].pk},{studio.runs['done-2'].pk}"
    page = mina.get(f"/trainings/compare/?ids={ids}&only=differences")
    rows = {row["name"]: row["values"] for row in page.context["rows"]}
    assert rows["Preset"] == ["conservative", "aggressive"]
    assert "Base model" not in rows
    assert all(row["differs"] for row in page.context["rows"])


def test_a_dataset_is_uploaded_read_and_removed(studio, mina):
    file = io.BytesIO(b'{"prompt": "a", "completion": "b"}\n')
    file.name = "rows.jsonl"
    answer = mina.post("/datasets/new/", {"name": "New rows", "format": "jsonl", "file": file})
    row = Dataset.objects.get(name="New rows")
    assert answer["Location"] == f"/datasets/{row.pk}/"
    assert (row.state, row.rows) == ("valid", 1)
    again = mina.post("/datasets/new/", {"name": "New rows", "format": "csv", "reference": "s3://"})
    assert again.status_code == 400
    assert "Choose another name" in text_of(again)
    neither = mina.post("/datasets/new/", {"name": "Other", "format": "csv"})
    assert "one of them" in text_of(neither)
    mina.post(f"/datasets/{row.pk}/remove/")
    assert not Dataset.objects.filter(pk=row.pk).exists()
    broken = text_of(mina.get(f"/datasets/{studio.broken.pk}/"))
    assert "Line 2 is not JSON" in broken


def test_a_configuration_begins_with_a_preset(studio, mina):
    page = mina.get("/training-configurations/new/?preset=aggressive")
    assert "&quot;lora_r&quot;: 64" in page.content.decode()
    given = {"name": "Mine", "preset": "balanced", "hyperparameters": '{"lora_r": 48}',
             "guard_rails": '{"stalled": {"minutes": 5}}', "is_active": "on"}  # fmt: skip
    assert mina.post("/training-configurations/new/", given).status_code == 302
    row = TrainingConfiguration.objects.get(name="Mine")
    assert (row.hyperparameters["lora_r"], row.hyperparameters["lora_alpha"]) == (48, 32)
    wrong = {**given, "guard_rails": '{"stalled": {"minutes": -1}}', "hyperparameters": "[1"}
    refused = mina.post(f"/training-configurations/{row.pk}/", wrong)
    assert refused.status_code == 400
    assert refused.context["form"].errors.keys() == {"guard_rails", "hyperparameters"}


def test_an_offer_is_for_managers(studio, cast):
    from brands.models import Membership, Role

    Membership.objects.filter(user=cast.member).update(role=Role.MANAGER)
    given = {"name": "Roubaix", "kind": "gpu", "count": "2", "model": "L40S", "pricing": "spot",
             "hourly_rate": "1.75", "is_active": "on"}  # fmt: skip
    assert as_user(cast.member).post("/compute-offers/new/", given).status_code == 302
    row = ComputeOffer.objects.get(name="Roubaix")
    assert (row.resources, str(row.hourly_rate)) == ("2 × L40S", "1.750000")


def test_the_wizard_makes_a_draft_of_what_was_chosen(studio, mina, monkeypatch):
    from ai_training.builtin import lora

    given = {
        "name": "Owls by the form", "type": "external_training", "dataset": studio.dataset.pk,
        "how": studio.configuration.pk, "offer": studio.offers[1].pk, "image": "owls:1",
        "command": "python\ntrain.py", "budget": "12.5", "rail-stalled": "on",
        "limit-stalled": "7,5", "action-stalled": "pause",
    }  # fmt: skip
    answer = mina.post("/trainings/new/", given)
    assert answer.status_code == 302, answer.context["form"].errors
    job = AIJob.objects.get(description="Owls by the form")
    assert answer["Location"] == f"/jobs/new/{job.job_id}/"
    assert job.status == "draft"
    assert AIJobData.objects.get(pk=job.pk).input_data == {
        "name": "Owls by the form", "dataset": studio.dataset.pk,
        "configuration": studio.configuration.pk, "offer": studio.offers[1].pk, "image": "owls:1",
        "command": ["python", "train.py"], "budget": "12.5",
        "guard_rails": {"stalled": {"minutes": 7.5, "action": "pause"}},
    }  # fmt: skip
    refused = mina.post("/trainings/new/", {**given, "image": ""})
    assert refused.status_code == 400
    assert "image" in refused.context["form"].errors
    monkeypatch.setattr(lora, "NEEDED", ("owls",))
    lacking = mina.post("/trainings/new/", {**given, "type": "lora_training"})
    assert "owls" in lacking.context["form"].errors["type"][0]
    assert "(not available)" in text_of(lacking)
    again = mina.get(f"/trainings/new/?from={job.job_id}")
    assert 'value="owls:1"' in again.content.decode()


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_more_rows_cost_no_more_queries(studio, mina):
    run = studio.runs["running"]
    paths = ["/trainings/", "/datasets/", "/training-configurations/", "/compute-offers/",
             "/trainings/new/", f"/jobs/{run.job.job_id}/",
             f"/datasets/{studio.dataset.pk}/"]  # fmt: skip
    for path in paths:
        queries(mina, path)
    before = {path: queries(mina, path) for path in paths}
    making.say(run, points=making.points(851, 1400), checkpoints=[{"step": 1000}, {"step": 1200}])
    for number in range(6):
        making.start(studio, f"One more {number}")
        ComputeOffer.objects.create(
            brand=studio.brand, name=f"Offer {number}", kind="gpu", created_by=studio.user
        )
        TrainingConfiguration.objects.create(brand=studio.brand, name=f"Own {number}")
    assert {path: queries(mina, path) for path in paths} == before


def test_long_names_and_strange_values_are_only_text(studio, mina):
    wild = "<script>alert(1)</script>"
    run = making.start(studio, wild, hyperparameters={wild: wild, "lora_r": 8})
    page = mina.get(f"/jobs/{run.job.job_id}/").content.decode()
    assert wild not in page
    assert json.loads(re.search(r'id="curve-facts"[^>]*>(.*?)</script>', page)[1])["lines"] == []
