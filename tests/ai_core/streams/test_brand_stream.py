"""The stream of a brand's jobs: the rows on a screen, and everything that changes."""

import pytest
from django.db import connection

from ai_core import lifecycle
from ai_core.models import AIJob
from ai_core.services import JobService
from tests import factories

pytestmark = pytest.mark.slow
PATH = "/ai/jobs/stream/"


def states(events):
    return [(event.kind, event.data["id"], event.data.get("status")) for event in events]


def silently(work):
    """Do it as if every notice were lost: the rows change, and nobody is told."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ai_core.notices.publish", lambda **_: None)
        patch.setattr("ai_core.notices.publish_many", lambda *_: None)
        return work()


def test_every_change_of_a_job_is_told(listen, make_job):
    stream = listen(PATH)
    job = make_job()
    stream.until("status", id=job.pk, status="pending")
    JobService.start_job(job.pk)
    stream.until("status", id=job.pk, status="running")
    lifecycle.report_progress(AIJob.objects.get(pk=job.pk), 42)
    assert stream.until("progress", id=job.pk)[-1].data["progress_percentage"] == 42
    JobService.complete_job(job.pk, {})
    last = stream.until("status", id=job.pk, status="completed")[-1]
    assert last.id.startswith("b1-")
    assert {"job_id", "progress_percentage", "substatus", "stage", "updated_at"} <= set(last.data)


def test_what_happened_in_a_gap_is_told_to_who_comes_back(listen, make_job):
    stream = listen(PATH)
    first, second = make_job(), make_job()
    stream.until("status", id=second.pk)
    stream.close()
    silently(lambda: JobService.start_job(first.pk))
    silently(lambda: JobService.cancel_job(second.pk))
    third = silently(make_job)
    found = {}
    for event in listen(PATH, Last_Event_ID=stream.last_id):
        found[event.data["id"]] = event.data["status"]
        if len(found) == 3:
            break
    assert found == {first.pk: "running", second.pk: "cancelled", third.pk: "pending"}


def test_a_lost_notice_is_found_by_the_look(listen, make_job):
    stream = listen(PATH)
    job = silently(make_job)
    assert stream.until("status", id=job.pk)


def test_the_rows_on_a_screen_are_told_at_once_and_no_other(listen, make_job):
    on_screen, elsewhere = make_job(), make_job()
    stream = listen(f"{PATH}?job={on_screen.pk}&job=ai_job_none")
    first = [next(iter(stream)), next(iter(stream))]
    assert ("status", on_screen.pk, "pending") in states(first)
    assert "ai_job_none" in [event.data["job_id"] for event in first if event.kind == "removed"]
    JobService.start_job(elsewhere.pk)
    JobService.start_job(on_screen.pk)
    assert states([next(iter(stream))]) == [("status", on_screen.pk, "running")]


def test_a_deleted_job_leaves_the_screen(listen, make_job):
    job = make_job()
    stream = listen(f"{PATH}?job={job.job_id}")
    stream.until("status")
    lifecycle.delete(AIJob.objects.get(pk=job.pk), user=None)
    assert stream.until("removed", id=job.pk)


def test_another_brand_hears_nothing(web, crew, make_job):
    key = factories.make_key(crew.stranger, crew.other_brand).token
    theirs = make_job()
    stream = web.listen(f"{PATH}?job={theirs.pk}", key)
    assert stream.until("removed")[-1].data == {"id": theirs.pk, "job_id": None}
    stream.close()
    stream = web.listen(PATH, key)
    make_job()
    own = make_job(crew.other_brand)
    assert states(stream.until("status")) == [("status", own.pk, "pending")]
    stream.close()


def test_a_gap_too_wide_is_a_reset(listen, make_job):
    stream = listen(PATH)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('ai_core_jobevent_id_seq', last_value + 30000)"
                       " FROM ai_core_jobevent_id_seq")  # fmt: skip
    job = silently(make_job)
    stream.until("status", id=job.pk)  # found by the look, which has passed the gap
    assert listen(PATH, Last_Event_ID="b1-1").until("reset")[-1].data == {"reason": "gap"}


def test_what_runs_is_told_to_who_comes_new(listen, make_job):
    job = make_job()
    JobService.start_job(job.pk)
    assert listen(PATH).until("progress", id=job.pk)


@pytest.mark.parametrize("query", ["?job=", "?kinds=log", "?status=failed", "?last_event_id=j1-0"])
def test_what_is_not_understood_is_a_400(query, web, token):
    assert web.refused(PATH + query, token)[0] == 400
