"""The hub's own executors, while they run: where they stand, and what must not happen, at once."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_core.execution import registry, statements, sweeper
from ai_core.execution.attempts import Attempt, AttemptContext
from ai_core.execution.journal import Journal
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_core.signals import swept
from ai_core.statuses import JobStatus
from ai_training.builtin.example import ExampleTraining
from ai_training.models import Checkpoint, GuardRail, TrainingRun

pytestmark = pytest.mark.django_db(transaction=True)


class Working:
    """A run that a worker of the hub executes; the test says what it says."""

    def __init__(self, people, **wanted):
        registry.sync()
        wanted = {"hourly_rate": "3.60", "total_steps": 100, **wanted}
        made = JobService.create_job("example_training", wanted, people.owner, people.brand)
        self.number = made.pk
        job = self.job
        self.claimed = statements.claim(
            job.queue_id, types=[job.job_type_id], want=1, worker="w", only_job=job.pk
        )[0]
        self.journal = Journal()
        attempt = Attempt(
            self.claimed, kind=job.job_type, executor=ExampleTraining(), journal=self.journal
        )
        self.ctx = AttemptContext(attempt)

    @property
    def job(self):
        return AIJob.objects.select_related("job_type").get(pk=self.number)

    @property
    def run(self):
        return TrainingRun.objects.get(pk=self.number)

    def said(self):
        self.journal.flush()
        sweeper.announce(swept)


@pytest.fixture
def working(people):
    return Working(people)


def test_every_sweep_shows_where_it_stands(working):
    working.ctx.metric(7, training_loss=0.5, epoch=0.25)
    working.ctx.event("checkpoint", "saved", {"step": 7, "size": 10})
    working.said()
    run = working.run
    assert (run.step, run.epoch, run.latest) == (7, 0.25, {"training_loss": 0.5})
    assert [one.step for one in Checkpoint.objects.filter(job=run.pk)] == [7]
    before = TrainingRun.objects.values().get(pk=run.pk)
    working.said()
    assert TrainingRun.objects.values().get(pk=run.pk) == before


def test_a_sweep_costs_little_however_much_was_said_before(working, django_assert_max_num_queries):
    for step in range(1, 60):
        working.ctx.metric(step, training_loss=1 / step)
        working.ctx.event("checkpoint", "saved", {"step": step})
    working.said()
    with django_assert_max_num_queries(16):
        sweeper.announce(swept)


@pytest.mark.parametrize(("action", "status"), [("warn", "running"), ("cancel", "cancelled")])
def test_a_loss_that_is_no_number_is_noticed(people, action, status):
    working = Working(people, guard_rails={"nan_loss": {"action": action}})
    working.ctx.metric(1, training_loss=float("nan"))
    working.said()
    rail = GuardRail.objects.get(job=working.number, kind="nan_loss")
    assert rail.reason == "The loss is not a number at step 1."
    assert working.job.status == status


def test_one_that_goes_on_is_not_taken_for_stalled_and_one_that_does_not_is(people):
    working = Working(people, guard_rails={"stalled": {"minutes": 10, "action": "cancel"}})
    past = datetime.now(UTC) - timedelta(minutes=30)
    AIJob.objects.filter(pk=working.number).update(active_since=past)
    working.ctx.metric(1, training_loss=1.0)
    working.said()
    assert working.job.status == "running"
    TrainingRun.objects.filter(pk=working.number).update(last_report_at=past)
    working.said()
    assert (working.job.status, working.job.cancel_reason) == ("cancelled", "guard:stalled")


def test_a_spent_budget_stops_it_within_a_sweep(people):
    working = Working(people, budget="1")
    since = datetime.now(UTC) - timedelta(minutes=30)
    AIJob.objects.filter(pk=working.number).update(active_since=since)
    sweeper.announce(swept)
    assert (working.job.status, working.job.cancel_reason) == ("cancelled", "guard:max_cost")


def test_what_was_said_before_a_pause_is_shown_in_the_pause(working):
    from ai_core.execution.outcomes import Outcome

    working.ctx.metric(9, training_loss=0.4)
    working.journal.flush()
    statements.settle([Outcome(claimed=working.claimed, status=JobStatus.PAUSED)])
    working.said()
    assert (working.job.status, working.run.step) == ("paused", 9)
