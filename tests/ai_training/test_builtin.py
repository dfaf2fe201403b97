"""Trainings on the hub's own workers: the example for real, LoRA up to where torch begins."""

import sys

import pytest

from ai_core.execution import registry
from ai_core.execution.protocol import Failure
from ai_core.models import AIJob
from ai_training.builtin import lora, recipe, rows
from ai_training.builtin.following import follow
from ai_training.examples import characters
from ai_training.models import Checkpoint, CostSegment, TrainingRun


# ---------------------------------------------------------------------- the example
def test_the_example_really_learns_and_goes_on_where_it_was():
    settings = characters.Settings(steps=40, evaluate_every=20, hidden=12)
    whole = characters.Model(settings)
    course = list(characters.train(whole))
    assert course[-1].validation_loss < course[0].loss
    first, second = characters.Model(settings), characters.Model(settings)
    steps = characters.train(first)
    for _ in range(25):
        next(steps)
    second.load(first.state())
    rest = list(characters.train(second, done=25))
    assert [one.loss for one in rest] == [one.loss for one in course[25:]]


def test_its_gradient_is_the_slope_of_its_loss():
    """Moved a little along the gradient, the loss falls by what the gradient says."""
    settings = characters.Settings(hidden=5, embedding=3, context=2)
    batch = characters.examples_of(settings)[0][:8]
    model, small = characters.Model(settings), 1e-6
    before, weight = model.loss(batch), model.hidden[2][1]
    model.hidden[2][1] = weight + small
    slope = (model.loss(batch) - before) / small
    model.hidden[2][1] = weight
    model.learn(batch, rate=1.0)
    assert weight - model.hidden[2][1] == pytest.approx(slope, rel=1e-3)


@pytest.mark.django_db(transaction=True)
def test_a_built_in_training_is_followed_like_one_outside(owner_api):
    from ai_core.demo.story import _run

    registry.sync()
    wanted = {"name": "small", "hyperparameters": {"steps": 40, "evaluate_every": 10, "hidden": 8}}
    answer = owner_api.post("/ai/jobs/", {"job_type": "example_training", "input_data": wanted})
    assert answer.status_code == 201, answer.content
    job = AIJob.objects.select_related("job_type").get(pk=answer.json()["id"])
    _run([job])
    job.refresh_from_db()
    run = TrainingRun.objects.get(pk=job.pk)
    assert job.status == "completed", job.error_message
    assert (run.step, run.total_steps, run.best_step) == (40, 40, 40)
    assert set(run.latest) >= {"training_loss", "validation_loss", "learning_rate"}
    body = owner_api.get(f"/ai/training/runs/{job.pk}/").json()
    assert body["training"]["best"]["step"] == 40


@pytest.mark.django_db
def test_following_again_changes_nothing(people):
    from tests import factories

    run = factories.make_training(people.owner, people.brand)
    before = TrainingRun.objects.values().get(pk=run.pk)
    follow(TrainingRun.objects.get(pk=run.pk), AIJob.objects.get(pk=run.pk))
    assert TrainingRun.objects.values().get(pk=run.pk) == before
    assert not Checkpoint.objects.filter(job=run.pk).exists()


# ---------------------------------------------------------------------- LoRA without torch
def test_without_the_extra_the_type_says_so_and_takes_no_job(owner_api, monkeypatch, people):
    """Before anything is queued."""
    from tests import factories

    registry.sync()
    real = lora.find_spec
    monkeypatch.setattr(lora, "find_spec", lambda name: None if name == "peft" else real(name))
    kind = owner_api.get("/ai/job-types/lora_training/").json()
    assert kind["available"] is False
    assert "peft" in kind["unavailable_because"]
    assert "requirements/training.in" in kind["unavailable_because"]
    dataset = factories.make_dataset(people.brand, name="rows")
    body = {
        "job_type": "lora_training",
        "input_data": {"base_model": "tiny", "dataset": dataset.pk},
    }
    answer = owner_api.post("/ai/jobs/", body)
    assert answer.status_code >= 400, answer.content
    assert not AIJob.objects.exists()


def test_the_hub_never_loads_torch_by_itself():
    assert "torch" not in sys.modules


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"text": "all of it"}, ("", "all of it")),
        ({"prompt": "a", "completion": "b"}, ("a", "b")),
        ({"instruction": "do", "input": "this", "output": "done"}, ("do\nthis\n", "done")),
        ({"question": "a?", "answer": "b"}, ("a?", "b")),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "bot", "content": "b"}]},
            ("user: a\n", "bot: b\n"),
        ),
        ({"other": "x"}, None),
        ({"text": ""}, None),
    ],
)
def test_a_row_becomes_what_is_given_and_what_is_wanted(row, text):
    assert rows.text_of(row) == text


def test_a_dataset_without_texts_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"x": 1}\n')
    with pytest.raises(Failure, match="prompt and completion"):
        rows.texts_of(path, "jsonl")
    path.write_text("text,other\nhello,1\n")
    assert rows.texts_of(path, "csv") == [("", "hello")]


def test_a_recipe_takes_presets_and_says_what_it_cannot_use():
    from ai_training.presets import PRESETS

    for values in PRESETS.values():
        assert recipe.Recipe.of(values).lora_r == values["lora_r"]
    with pytest.raises(Failure, match="epochs must be more than 0"):
        recipe.Recipe.of({"epochs": 0})
    with pytest.raises(Failure, match="lora_r must be a int"):
        recipe.Recipe.of({"lora_r": "many"})


def test_the_learning_rate_warms_up_and_falls():
    one = recipe.Recipe(learning_rate=1.0, warmup_ratio=0.1)
    rates = [one.rate_at(step, 100) for step in range(1, 101)]
    assert rates[:10] == pytest.approx([step / 10 for step in range(1, 11)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.0)
    assert one.steps_of(100) == 75


# ---------------------------------------------------------------------- the demo
@pytest.mark.django_db(transaction=True)
def test_the_demo_shows_runs_that_were_really_trained():
    from ai_core.models import JobMetric, JobStage
    from ai_training.demo.playing import recorded
    from ai_training.demo.story import LIVE, TITLES, make_trainings
    from brands.demo import make_brands

    registry.sync()
    brands = make_brands()
    assert make_trainings(brands) == 7
    assert make_trainings(brands) == 0
    wide = TrainingRun.objects.select_related("job").get(
        brand__slug="humari", name=TITLES["fr"]["wide"]
    )
    run, job = recorded("wide"), wide.job
    assert job.status == "completed"
    assert (job.completed_at - job.started_at).total_seconds() == pytest.approx(
        run["seconds"], abs=10
    )
    assert job.active_seconds == pytest.approx(run["seconds"], abs=10)
    points = JobMetric.objects.filter(job=job).order_by("step")
    assert (wide.step, points.last().step) == (2000, 2000)
    assert points.first().at < points.last().at <= job.completed_at
    training = JobStage.objects.get(job=job, name="training")
    assert (training.ended_at - training.started_at).total_seconds() > run["seconds"] / 2
    segment = CostSegment.objects.get(job=job)
    assert (segment.started_at, segment.ended_at) == (job.started_at, job.completed_at)
    assert f"{segment.cost:.4f}" == f"{run['seconds'] * 0.36 / 3600:.4f}"
    for one in Checkpoint.objects.filter(job=job):
        assert job.started_at < one.created_at <= job.completed_at
    live = TrainingRun.objects.get(name__in=[titles[LIVE] for titles in TITLES.values()])
    assert live.estimate_low < live.estimate_high
    assert (live.job.status, live.total_steps) == ("pending", 4800)
