"""Job types are kept at hand, and yet no job is ever made by what a type was yesterday."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ai_core import catalogue, errors
from ai_core.execution import registry
from ai_core.models import AIJob, AIJobType, Queue
from tests.ai_core.workbench import make_job, sql

pytestmark = pytest.mark.usefixtures("synced")


def test_a_second_job_of_a_type_costs_one_statement():
    make_job("quick")
    brand = AIJob.objects.get().brand
    with CaptureQueriesContext(connection) as made:
        make_job("quick", brand=brand)
    assert len(made) == 1


def _deactivate() -> None:
    sql("UPDATE ai_core_aijobtype SET is_active = false WHERE name = 'quick'")


@pytest.mark.parametrize("times", [1, 2])
def test_a_change_past_every_signal_is_seen_by_the_next_job(times: int):
    for seconds in range(1, times + 1):
        make_job("quick")
        AIJobType.objects.filter(name="quick").update(timeout_seconds=1000 + seconds)
        assert make_job("quick").timeout_seconds == 1000 + seconds


def test_a_type_that_was_switched_off_makes_no_job():
    make_job("quick")
    _deactivate()
    with pytest.raises(errors.JobTypeNotFound):
        make_job("quick")
    assert AIJob.objects.count() == 1


def test_a_type_that_moved_to_another_queue_takes_its_jobs_along():
    make_job("quick")
    other = Queue.objects.create(name="other")
    AIJobType.objects.filter(name="quick").update(queue=other)
    assert make_job("quick").queue.name == "other"
    sql("UPDATE ai_core_queue SET name = 'renamed' WHERE name = 'other'")
    assert make_job("quick").queue.name == "renamed"


def test_input_that_only_the_new_schema_allows_is_accepted():
    AIJobType.objects.filter(name="quick").update(
        input_schema={"type": "object", "required": ["old"]}
    )
    with pytest.raises(errors.InvalidInput):
        make_job("quick", input_data={"new": 1})
    AIJobType.objects.filter(name="quick").update(
        input_schema={"type": "object", "required": ["new"]}
    )
    assert make_job("quick", input_data={"new": 1}).pk
    with pytest.raises(errors.InvalidInput):
        make_job("quick", input_data={"old": 1})


def test_a_change_between_reading_and_saving_is_not_missed(
    committed: None, monkeypatch: pytest.MonkeyPatch
):
    """Another process switches the type off after it was read and before the job is saved."""
    make_job("quick")
    read = catalogue.active_types
    switched = []

    def read_then_switch(names, *, anew=False):
        kinds = read(names, anew=anew)
        if not switched:
            switched.append(True)
            other = threading.Thread(target=_in_a_connection_of_its_own, args=[_deactivate])
            other.start()
            other.join()
        return kinds

    monkeypatch.setattr(catalogue, "active_types", read_then_switch)
    with pytest.raises(errors.JobTypeNotFound):
        make_job("quick")
    assert AIJob.objects.count() == 1


def _in_a_connection_of_its_own(act) -> None:
    try:
        act()
    finally:
        connection.close()


def test_bringing_types_in_step_writes_only_what_differs():
    with CaptureQueriesContext(connection) as nothing:
        registry.sync()
    assert not [said["sql"] for said in nothing if "UPDATE" in said["sql"].split("FOR UPDATE")[0]]
    AIJobType.objects.filter(name="quick").update(description="worn", max_losses=9)
    AIJobType.objects.filter(name="sleep").update(changed_by_admin=True, max_losses=9)
    registry.sync()
    kept = dict(AIJobType.objects.values_list("name", "max_losses"))
    assert (kept["quick"], kept["sleep"]) == (3, 9)
    assert AIJobType.objects.get(name="quick").description != "worn"
