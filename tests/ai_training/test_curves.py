"""Long curves: thinned out on the server, with minima, maxima and the tail, and saying so."""

import pytest
from django.db import connection

from ai_core.models import AIJob, JobMetric
from ai_training import levels
from ai_training.models import MetricLevel, TrainingRun
from tests.ai_training.conftest import Runner, create

pytestmark = pytest.mark.django_db(transaction=True)

FILL = """
INSERT INTO ai_core_jobmetric (job_id, step, attempt, epoch, at, values)
SELECT %s, n * %s, 1, n / 1000.0, now(), jsonb_strip_nulls(jsonb_build_object(
  'training_loss',
  CASE n WHEN 12345 THEN 99.0 WHEN 23456 THEN -9.0 ELSE 1.0 + (n %% 97) / 100.0 END,
  'validation_loss', CASE WHEN n %% 50 = 0 THEN CASE n WHEN 20000 THEN 0.01 ELSE 2.0 END END))
FROM generate_series(0, %s - 1) n
"""


def filled(api, points, *, stride=1) -> Runner:
    one = Runner(api, create(api)["id"])
    one.claim()
    one.ok(points=[{"step": 0, "loss": 1.0, "eval_loss": 2.0}])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ai_core_jobmetric WHERE job_id = %s", [one.number])
        cursor.execute(FILL, [one.number, stride, points])
        cursor.execute("ANALYZE ai_core_jobmetric")
    return one


def curve(runner, **asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = runner.api.get(f"/ai/training/runs/{runner.number}/metrics/?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("stride", [1, 10])
def test_a_long_curve_keeps_its_extremes_and_its_tail(owner_api, stride):
    page = curve(filled(owner_api, 40_000, stride=stride), points=500)
    assert page["downsampled"] is True
    assert page["total_points"] == 40_000
    assert len(page["results"]) <= 600
    by_step = {row["step"]: row for row in page["results"]}
    assert by_step[12345 * stride]["training_loss"] == 99.0
    assert by_step[23456 * stride]["training_loss"] == -9.0
    assert by_step[20000 * stride]["validation_loss"] == 0.01
    assert [row["step"] for row in page["results"]] == sorted(by_step)
    tail = [row["step"] for row in page["results"][-100:]]
    assert tail == [n * stride for n in range(39_900, 40_000)]
    assert page["results"][0]["step"] == 0


def test_a_short_curve_is_whole_and_says_so(owner_api):
    page = curve(filled(owner_api, 400), points=1000)
    assert (page["downsampled"], len(page["results"])) == (False, 400)


def test_a_part_is_drawn_as_finely_as_the_whole(owner_api):
    one = filled(owner_api, 40_000)
    part = curve(one, points=100, first=20_000, last=30_000)
    assert part["downsampled"] is True
    steps = [row["step"] for row in part["results"]]
    assert (steps[0], steps[-1]) == (20_000, 30_000)
    assert 23456 in steps
    part = curve(one, points=1000, first=12_300, last=12_400)
    assert (part["downsampled"], len(part["results"])) == (False, 101)


def test_new_points_and_old_ones_that_changed_are_seen(owner_api):
    one = filled(owner_api, 40_000)
    assert curve(one, points=500)["total_points"] == 40_000
    one.ok(points=[{"step": 40_000, "loss": -50.0}, {"step": 100, "loss": 500.0}], sequence=9)
    page = curve(one, points=500)
    by_step = {row["step"]: row for row in page["results"]}
    assert page["total_points"] == 40_001
    assert by_step[100]["training_loss"] == 500.0
    assert by_step[40_000]["training_loss"] == -50.0


def test_an_attempt_that_went_back_is_summed_up_again(owner_api):
    one = filled(owner_api, 40_000)
    curve(one, points=500)
    AIJob.objects.filter(pk=one.number).update(attempt=2)
    JobMetric.objects.filter(job=one.number, step=500).update(
        attempt=2, values={"training_loss": 777.0}
    )
    by_step = {row["step"]: row for row in curve(one, points=500)["results"]}
    assert by_step[500]["training_loss"] == 777.0


def test_levels_are_made_once_and_only_for_long_curves(owner_api):
    short = filled(owner_api, 1_000)
    levels.catch_up(TrainingRun.objects.get(pk=short.number))
    assert not MetricLevel.objects.exists()
    one = filled(owner_api, 40_000)
    levels.catch_up(TrainingRun.objects.get(pk=one.number))
    before = MetricLevel.objects.count()
    assert before > 0
    levels.catch_up(TrainingRun.objects.get(pk=one.number))
    assert MetricLevel.objects.count() == before


def test_the_latest_and_only_some_figures(owner_api):
    one = filled(owner_api, 1_000)
    newest = curve(one, latest="true")
    assert [row["step"] for row in newest["results"]] == [999]
    named = curve(one, names="validation_loss", points=50)
    assert set(named["results"][0]) == {"step", "epoch", "time", "validation_loss"}
    after = curve(one, since_step=997)
    assert [row["step"] for row in after["results"]] == [998, 999]


def test_the_csv_has_every_point(owner_api):
    one = filled(owner_api, 3_000)
    answer = owner_api.get(f"/ai/training/runs/{one.number}/metrics/?format=csv")
    lines = answer.getvalue().decode().splitlines()
    assert lines[0] == "step,epoch,time,training_loss,validation_loss"
    assert len(lines) == 3_001
    assert lines[51].startswith("50,0.05,")


@pytest.mark.parametrize(
    "query", ["points=5", "points=x", "first=-1", "latest=maybe", "format=png", "ids=1"]
)
def test_a_question_that_makes_no_sense_is_refused(runner, query):
    answer = runner.api.get(f"/ai/training/runs/{runner.number}/metrics/?{query}")
    assert answer.status_code == 400


def test_runs_are_compared_with_their_differences(owner_api, stranger_api):
    numbers = []
    for rate in (1e-4, 2e-4):
        one = Runner(owner_api, create(owner_api, hyperparameters={"learning_rate": rate})["id"])
        one.claim()
        one.ok(points=[{"step": n, "loss": rate * n} for n in range(5)], sequence=1)
        numbers.append(str(one.number))
    url = f"/ai/training/compare/?ids={','.join(numbers)}"
    body = owner_api.get(url).json()
    assert [len(run["curve"]["results"]) for run in body["runs"]] == [5, 5]
    different = [row for row in body["differences"] if row["differs"]]
    assert different == [
        {"name": "hyperparameters.learning_rate", "values": [1e-4, 2e-4], "differs": True}
    ]
    assert stranger_api.get(url).status_code == 404
    assert owner_api.get(f"/ai/training/compare/?ids={numbers[0]}").status_code == 400
