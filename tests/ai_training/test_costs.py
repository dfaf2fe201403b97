"""Segments × rate = cost shown = usage row, to the cent, whatever happened on the way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ai_core.execution import statements, sweeper
from ai_core.models import AIJob
from ai_training.models import CostSegment, GuardRail
from ai_usage.models import AIJobUsage
from tests import factories
from tests.ai_training.conftest import Runner, create

pytestmark = pytest.mark.django_db(transaction=True)

CENT = Decimal("0.01")


def work(runner: Runner, seconds: float) -> None:
    """Let the core's clock of the job run so long."""
    job = AIJob.objects.get(pk=runner.number)
    since = job.active_since - timedelta(seconds=seconds)
    AIJob.objects.filter(pk=runner.number).update(active_since=since)


def adds_up(runner: Runner) -> Decimal:
    """Every way to the cost gives the same; return it."""
    job = AIJob.objects.get(pk=runner.number)
    segments = list(CostSegment.objects.filter(job=job))
    assert all(one.ended_at for one in segments)
    clock = Decimal(str(job.active_seconds)).quantize(Decimal("0.001"))
    assert sum(one.seconds for one in segments) == clock
    by_hand = sum(
        (one.seconds * one.hourly_rate / 3600).quantize(Decimal("0.000001")) for one in segments
    )
    shown = Decimal(runner.look()["cost"]["spent"])
    booked = AIJobUsage.objects.get(job=job)
    assert by_hand == shown == booked.total_cost == Decimal(runner.job()["cost"])
    return shown.quantize(CENT)


@pytest.mark.parametrize("ending", ["completed", "failed", "cancelled"])
def test_one_stretch_of_work(runner, ending):
    work(runner, 7200)
    runner.ok(ending={"status": ending}, sequence=1)
    assert adds_up(runner) == Decimal("7.20")


def test_cancelled_by_a_person_while_it_runs(runner):
    work(runner, 3600)
    runner.api.post(f"/ai/jobs/{runner.number}/cancel/", {"reason": "cost"})
    assert adds_up(runner) == Decimal("3.60")


def test_cancelled_before_it_began_costs_nothing(owner_api):
    one = Runner(owner_api, create(owner_api)["id"])
    owner_api.post(f"/ai/jobs/{one.number}/cancel/")
    assert one.job()["cost"] == "0.000000"
    assert one.look()["cost"]["segments"] == []


def test_a_pause_costs_nothing_and_another_machine_its_own_rate(runner, people):
    offer = factories.make_offer(people.brand, hourly_rate="7.20", model="H100")
    work(runner, 1800)
    runner.ok(ending={"status": "paused"}, sequence=1)
    paused = datetime.now(UTC) - timedelta(hours=5)
    AIJob.objects.filter(pk=runner.number).update(updated_at=paused)
    assert runner.call("resume", {"offer": offer.pk}).json()["cost"]["resources"] == "2 × H100"
    runner.claim()
    work(runner, 1800)
    runner.ok(ending={"status": "completed"}, sequence=2)
    assert adds_up(runner) == Decimal("5.40")
    segments = runner.look()["cost"]["segments"]
    assert [(one["resources"], one["hourly_rate"]) for one in segments] == [
        ("2 × A100", "3.600000"), ("2 × H100", "7.200000"),
    ]  # fmt: skip


def test_a_crash_in_between_counts_the_time_that_was_worked(runner):
    work(runner, 1000)
    past = datetime.now(UTC) - timedelta(seconds=1)
    AIJob.objects.filter(pk=runner.number).update(lease_expires_at=past)
    statements.reap()
    runner.claim()
    work(runner, 2600)
    runner.ok(ending={"status": "completed"}, sequence=1)
    assert adds_up(runner) == Decimal("3.60")
    assert [one["attempt"] for one in runner.look()["cost"]["segments"]] == [1, 2]


def test_two_crashes_that_nobody_looked_at_are_in_the_sum(runner):
    for _ in range(2):
        work(runner, 500)
        past = datetime.now(UTC) - timedelta(seconds=1)
        AIJob.objects.filter(pk=runner.number).update(lease_expires_at=past)
        statements.reap()
        AIJob.objects.filter(pk=runner.number).update(due=True, run_after=None)
        job = AIJob.objects.get(pk=runner.number)
        claimed = statements.claim(
            job.queue_id, types=[job.job_type_id], want=1, worker="runner:x", only_job=job.pk
        )
        runner.lease = str(claimed[0].token)
    work(runner, 2600)
    runner.ok(ending={"status": "completed"}, sequence=1)
    assert adds_up(runner) == Decimal("3.60")


def test_without_a_rate_the_cost_is_unknown_and_never_zero(owner_api):
    one = Runner(owner_api, create(owner_api, hourly_rate="0.000000")["id"])
    from ai_training.models import TrainingRun

    TrainingRun.objects.filter(pk=one.number).update(hourly_rate=None)
    one.claim()
    work(one, 3600)
    one.ok(ending={"status": "completed"}, sequence=1)
    assert one.job()["cost"] is None
    assert one.job()["usage"]["price_status"] == "unpriced"
    assert one.look()["cost"]["spent"] is None


def test_the_tracker_projects_and_warns(runner):
    from ai_training.models import TrainingRun

    TrainingRun.objects.filter(pk=runner.number).update(
        estimate_low=Decimal(3), estimate_high=Decimal(4), budget=Decimal(20)
    )
    work(runner, 3600)
    runner.ok(points=[{"step": 50, "loss": 1.0}], sequence=1)
    card = runner.look()["cost"]
    assert card["level"] == "yellow"
    assert Decimal(card["spent"]).quantize(CENT) == Decimal("3.60")
    assert Decimal(card["projected"]).quantize(CENT) == Decimal("7.20")
    assert Decimal(card["projected_low"]) < Decimal(card["projected"])
    assert Decimal(card["budget_left"]).quantize(CENT) == Decimal("16.40")
    work(runner, 3600)
    assert runner.look()["cost"]["level"] == "red"
    assert runner.look()["cost"]["over_estimate"] is True
    assert runner.look()["seconds_left"] == pytest.approx(7200, abs=5)


def test_what_it_is_made_of_is_told_and_a_spot_buffer_is_of_the_estimate(runner):
    from ai_training.models import TrainingRun

    TrainingRun.objects.filter(pk=runner.number).update(
        estimate_low="8.5", estimate_high="12.5", is_spot=True
    )
    runner.api.post(
        f"/ai/training/runs/{runner.number}/files/?name=a.bin&lease={runner.lease}",
        data=b"weights", content_type="application/octet-stream",
    )  # fmt: skip
    work(runner, 3600)
    compute, storage, buffer = runner.look()["cost"]["items"]
    assert Decimal(compute["amount"]).quantize(CENT) == Decimal("3.60")
    assert storage == {"name": "storage", "amount": "0.000000", "bytes": 7}
    assert buffer == {"name": "spot_buffer", "amount": "1.000000"}


def test_an_estimate_is_judged_by_the_brands_own_runs(runner, stranger_api):
    body = {"input_data": {"total_steps": 1000, "hourly_rate": "3.60", "preset": "balanced"}}
    known = runner.api.post("/ai/training/estimate/", body).json()
    assert (known["cost_high"], known["judged_by_runs"]) == (None, 0)
    work(runner, 3600)
    runner.ok(points=[{"step": 100, "loss": 1}], ending={"status": "completed"}, sequence=1)
    known = runner.api.post("/ai/training/estimate/", body).json()
    assert known["duration_seconds"] == pytest.approx(36_000, rel=0.01)
    assert float(known["cost_low"]) == pytest.approx(30.6, rel=0.01)
    assert float(known["cost_high"]) == pytest.approx(41.4, rel=0.01)
    theirs = stranger_api.post("/ai/training/estimate/", body).json()
    assert theirs["judged_by_runs"] == 0


# ---------------------------------------------------------------------- guard rails
def guarded(api, **rails) -> Runner:
    one = Runner(api, create(api, guard_rails=rails)["id"])
    assert one.claim().status_code == 200
    return one


@pytest.mark.parametrize(
    ("action", "status", "stop"),
    [("warn", "running", ""), ("pause", "running", "pause"), ("cancel", "cancelled", "cancelled")],
)
def test_a_loss_that_is_no_number(owner_api, action, status, stop):
    one = guarded(owner_api, nan_loss={"action": action})
    receipt = one.ok(points=[{"step": 7, "loss": "NaN"}], sequence=1)
    assert (receipt["status"], receipt["stop"]) == (status, stop)
    rail = one.look()["guard_rails"][0]
    assert rail["reason"] == "The loss is not a number at step 7."
    job = one.job()
    if action == "cancel":
        assert (job["cancel_reason"], job["cancel_notes"]) == ("guard:nan_loss", rail["reason"])
    events = owner_api.get(f"/ai/jobs/{one.number}/events/?type=warning").json()["results"]
    assert [event["message"] for event in events] == [rail["reason"]]


def test_a_validation_loss_that_keeps_rising(owner_api):
    one = guarded(owner_api, rising_validation={"evaluations": 3, "action": "cancel"})
    for step, loss in enumerate([1.0, 1.1, 1.2, 1.0, 1.1, 1.2], start=1):
        receipt = one.ok(points=[{"step": step, "eval_loss": loss}], sequence=step)
        assert receipt["status"] == "running"
    receipt = one.ok(points=[{"step": 7, "eval_loss": 1.3}], sequence=7)
    assert receipt["status"] == "cancelled"


def test_a_spent_budget_stops_the_run_also_when_nobody_reports(owner_api):
    one = Runner(owner_api, create(owner_api, budget="5")["id"])
    one.claim()
    work(one, 3600)
    sweeper.keep_house()
    assert one.look()["status"] == "running"
    work(one, 1500)
    sweeper.keep_house()
    job = one.job()
    assert (job["status"], job["cancel_reason"]) == ("cancelled", "guard:max_cost")
    assert adds_up(one) == Decimal("5.10")


def test_a_run_that_says_nothing_for_too_long(owner_api):
    one = guarded(owner_api, stalled={"minutes": 10, "action": "pause"})
    one.ok(points=[{"step": 1, "loss": 1.0}], sequence=1)
    sweeper.keep_house()
    assert one.look()["stop"] == ""
    from ai_training.models import TrainingRun

    past = datetime.now(UTC) - timedelta(minutes=11)
    TrainingRun.objects.filter(pk=one.number).update(last_report_at=past)
    AIJob.objects.filter(pk=one.number).update(active_since=past)
    sweeper.keep_house()
    assert one.look()["stop"] == "pause"


def test_a_rail_fires_once_and_again_only_when_it_was_changed(owner_api):
    one = guarded(owner_api, nan_loss={"action": "warn"})
    for sequence in (1, 2):
        one.ok(points=[{"step": sequence, "loss": None}], sequence=sequence)
    url = f"/ai/jobs/{one.number}/events/?type=warning"
    assert len(owner_api.get(url).json()["results"]) == 1
    body = {"guard_rails": {"nan_loss": {"action": "cancel"}}}
    assert owner_api.patch(f"/ai/training/runs/{one.number}/", body).status_code == 200
    assert one.ok(points=[{"step": 3, "loss": None}], sequence=3)["status"] == "cancelled"


def test_a_higher_budget_is_guarded_anew(owner_api):
    one = Runner(owner_api, create(owner_api, budget="5")["id"])
    answer = owner_api.patch(f"/ai/training/runs/{one.number}/", {"budget": "9.50"})
    assert answer.json()["cost"]["budget"] == "9.500000"
    assert GuardRail.objects.get(job=one.number, kind="max_cost").limit == Decimal("9.5")
    owner_api.patch(f"/ai/training/runs/{one.number}/", {"budget": None})
    assert not GuardRail.objects.filter(job=one.number, kind="max_cost").exists()
