"""Whatever happens to a run, in any order: segments × rate = cost shown = usage row.

The test keeps its own book beside: what the run worked, at the rate of that moment.
"""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_core.execution import statements, sweeper
from ai_core.models import AIJob, Queue
from tests import factories
from tests.ai_training.conftest import Runner, create
from tests.ai_training.test_costs import adds_up, work

pytestmark = pytest.mark.django_db(transaction=True)

RATES = ["0.000001", "0.01", "2.49", "3.60", "31.337331", "999.99"]
ACTS = ["report", "keep house", "sweep", "pause", "crash", "release", "restart"]
ENDS = ["completed", "failed", "cancelled", "by a person"]
RATE = st.sampled_from(RATES)
ENDING = st.tuples(st.sampled_from(ENDS), st.booleans())
STEP = st.tuples(
    st.sampled_from(ACTS), st.integers(0, 20_000_000).map(lambda n: n / 1000), st.none() | RATE
)


class Course:
    """One run, driven through the API, and what it must cost at least and at most."""

    def __init__(self, api, brand, rate):
        self.brand, self.rate, self.sequence = brand, Decimal(rate), 0
        self.runner = Runner(api, create(api, hourly_rate=rate)["id"])
        self.begun, self.dearest, self.owed = time.monotonic(), Decimal(rate), Decimal(0)
        assert self.runner.claim().status_code == 200

    @property
    def job(self):
        return AIJob.objects.get(pk=self.runner.number)

    def go(self, act, seconds, rate):
        work(self.runner, seconds)
        self.owed += Decimal(str(seconds)) * self.rate / 3600
        if act == "report":
            self.say(points=[{"step": self.sequence, "loss": 1.0}])
        elif act == "keep house":
            sweeper.keep_house()
        elif act == "sweep":
            sweeper.sweep()
        elif act == "restart":  # nobody remembers anything but the rows
            self.runner = Runner(self.runner.api, self.runner.number)
            self.runner.lease = str(self.job.lease_token)
        else:
            self.stop(act)
            self.go_on(act, rate)

    def stop(self, act):
        if act == "pause":
            self.say(ending={"status": "paused"})
        elif act == "release":
            self.say(ending={"status": "released"})
        else:
            past = datetime.now(UTC) - timedelta(seconds=1)
            AIJob.objects.filter(pk=self.runner.number).update(lease_expires_at=past)
            statements.reap()

    def go_on(self, act, rate):
        """Other machines at another rate only after a pause: a crash changes no price."""
        if act == "pause":
            body = {}
            if rate is not None:
                name = f"{rate} {time.monotonic_ns()}"
                body["offer"] = factories.make_offer(self.brand, name=name, hourly_rate=rate).pk
                self.rate = Decimal(rate)
                self.dearest = max(self.dearest, self.rate)
            assert self.runner.call("resume", body).status_code == 200
        assert self.runner.claim().status_code == 200

    def say(self, **said):
        self.sequence += 1
        self.runner.ok(sequence=self.sequence, **said)

    def end(self, how):
        if how == "by a person":
            answer = self.runner.api.post(f"/ai/jobs/{self.runner.number}/cancel/", {})
            assert answer.status_code == 200, answer.content
        else:
            self.say(ending={"status": how})


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(rate=RATE, steps=st.lists(STEP, max_size=7), ending=ENDING)
def test_it_adds_up(owner_api, people, rate, steps, ending):
    end, early = ending
    Queue.objects.filter(name="training").update(concurrency_limit=None)
    course = Course(owner_api, people.brand, rate)
    for step in steps:
        course.go(*step)
    if early:  # it ends while nobody holds it
        course.stop("crash")
        end = "by a person"
    course.end(end)
    shown = adds_up(course.runner)
    passed = Decimal(str(time.monotonic() - course.begun)) + len(steps)
    most = course.owed + passed * course.dearest / 3600
    assert course.owed - Decimal("0.01") <= shown <= most + Decimal("0.01")
