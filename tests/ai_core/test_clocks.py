"""Machines whose clocks are an hour wrong, each in another direction (F28)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ai_core import lifecycle
from ai_core.models import AIJob
from bench.torture import invariants
from tests.ai_core.processes import Fleet
from tests.ai_core.workbench import make_job, sql, wait_for_end, wait_until
from tests.machine import within

pytestmark = pytest.mark.slow

HOURS_OFF = (
    "import runpy, sys, datetime, time_machine;"
    "now = datetime.datetime.now(datetime.UTC);"
    "time_machine.travel(now + datetime.timedelta(hours={hours}), tick=True).start();"
    "sys.argv = ['manage.py', *sys.argv[1:]];"
    "runpy.run_path('manage.py', run_name='__main__')"
)


def wrong_by(hours: int) -> list[str]:
    return ["-c", HOURS_OFF.format(hours=hours)]


@pytest.mark.parametrize("hours", [-1, 1])
def test_wrong_clocks_take_no_lease_lose_no_deadline_and_start_nothing_early(
    fleet: Fleet, hours: int
):
    worker = fleet.worker(program=wrong_by(hours))
    fleet.sweeper(program=wrong_by(-hours))
    longer_than_a_lease = make_job("sleep", input_data={"seconds": 4})
    too_long = make_job("busy", timeout_seconds=1)
    later = make_job("quick", run_after=datetime.now(UTC) + timedelta(minutes=10))
    wait_for_end(longer_than_a_lease)
    wait_for_end(too_long)
    done, late = longer_than_a_lease, too_long
    assert (done.status, done.attempt, done.losses) == ("completed", 1, 0)
    assert 3.5 <= done.active_seconds <= within(8)
    assert 3.5 <= (done.completed_at - done.started_at).total_seconds() <= within(8)
    assert (late.status, late.attempt) == ("timeout", 1)
    wrong = done.logs.latest("id").at - done.completed_at  # the one time that is the worker's own
    assert wrong.total_seconds() / 3600 == pytest.approx(hours, abs=0.02)
    later.refresh_from_db()
    assert later.status == "pending"
    # Whoever is really dead is still found out.
    lost = make_job("busy")
    wait_until(lost.logs.exists)
    worker.kill()
    wait_until(lambda: AIJob.objects.get(pk=lost.pk).losses == 1)
    lifecycle.cancel(AIJob.objects.get(pk=lost.pk), user=None)
    assert invariants.broken(sql) == {}
