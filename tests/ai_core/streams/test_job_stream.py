"""The stream of one job, as programs and browsers meet it on a real server."""

import random
import threading

import pytest
from django.db import connection

from ai_core.models import AIJob, JobLog
from ai_core.services import JobService
from tests import factories

pytestmark = pytest.mark.slow


def path(job, query=""):
    return f"/ai/jobs/{job.pk}/stream/{query}"


def lines(events):
    return [event.data["message"] for event in events if event.kind == "log"]


def test_a_job_is_told_from_its_state_to_its_end(listen, job):
    stream = listen(path(job))
    first = stream.until("status", status="pending")
    assert [event.kind for event in first] == ["progress", "status"]
    JobService.start_job(job.pk)
    stream.until("status", status="running")
    JobService.append_log(job.pk, "half way")
    assert lines(stream.until("log")) == ["half way"]
    JobService.complete_job(job.pk, {"ok": True})
    rest = list(stream)
    assert [event.kind for event in rest][-2:] == ["status", "end"]
    assert rest[-2].data["status"] == "completed"
    assert rest[-1].data == {"id": job.pk, "job_id": job.job_id, "reason": "final"}
    assert all(event.id for event in rest)


def test_the_job_id_names_the_stream_too_and_headers_forbid_buffering(listen, job):
    stream = listen(f"/ai/jobs/{job.job_id}/stream/")
    headers = stream.response.headers
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Content-Encoding"] == "identity"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-cache" in headers["Cache-Control"]
    assert headers["X-Request-ID"]


def test_a_job_that_is_over_is_told_whole_and_a_reader_that_knows_it_gets_204(listen, job):
    JobService.start_job(job.pk)
    for number in range(700):
        JobService.append_log(job.pk, f"line {number}")
    JobService.fail_job(job.pk, "no")
    told = list(listen(path(job)))
    assert lines(told) == [f"line {number}" for number in range(700)]
    assert [event.kind for event in told][-2:] == ["status", "end"]
    assert listen(path(job), Last_Event_ID=told[-1].id).response.status == 204


def test_kinds_and_tail_choose(listen, job):
    JobService.start_job(job.pk)
    for number in range(20):
        JobService.append_log(job.pk, f"line {number}")
    stream = listen(path(job, "?kinds=log&tail=3"))
    assert lines(stream.until("log", message="line 19")) == ["line 17", "line 18", "line 19"]


def test_a_stream_tells_lines_and_events_in_the_words_of_their_pages(listen, job, client, token):
    JobService.start_job(job.pk)
    JobService.append_log(job.pk, "half way")
    JobService.complete_job(job.pk, {})
    told = list(listen(path(job)))
    for kind, page in (("log", "logs/"), ("event", "events/")):
        answer = client.get(
            f"/ai/jobs/{job.pk}/{page}", headers={"authorization": f"Bearer {token}"}
        )
        shown = answer.json()["results"]
        assert shown
        same = [
            {name: event.data[name] for name in row}
            for event, row in zip([one for one in told if one.kind == kind], shown, strict=True)
        ]
        assert same == shown


def test_stages_metrics_and_files_come_with_their_cursors(listen, job):
    JobService.start_job(job.pk)
    stream = listen(path(job))
    stream.until("status", status="running")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ai_core_jobmetric (job_id, step, attempt, epoch, at, values)"
            " VALUES (%s, 7, 1, NULL, now(), '{\"loss\": 0.5}')",
            [job.pk],
        )
        cursor.execute(
            "INSERT INTO ai_core_jobstage (job_id, position, name, state, substatus, progress)"
            " VALUES (%s, 1, 'train', 'active', '', 10)",
            [job.pk],
        )
        cursor.execute(
            "INSERT INTO ai_core_artifact (job_id, name, kind, attempt, path, size, content_type,"
            " sha256, is_partial, created_at)"
            " VALUES (%s, 'a.txt', '', 1, 'p', 1, 'text/plain', 'x', false, now())",
            [job.pk],
        )
    JobService.append_log(job.pk, "look")
    connection_kinds = {event.kind: event for event in stream.until("artifact")}
    assert connection_kinds["artifact"].data["name"] == "a.txt"
    resumed = listen(path(job), Last_Event_ID=stream.last_id)
    found = {event.kind: event.data for event in resumed.until("stage")}
    assert found["metric"]["loss"] == 0.5
    assert found["stage"]["stages"][0]["name"] == "train"
    assert "artifact" not in found


@pytest.mark.parametrize("seed", range(3))
def test_a_reader_that_is_cut_again_and_again_misses_no_line(seed, listen, job):
    chance = random.Random(seed)
    JobService.start_job(job.pk)
    total = 400

    def work():
        try:
            for number in range(total):
                JobService.append_log(job.pk, f"line {number}")
            JobService.complete_job(job.pk, {})
        finally:
            connection.close()

    writer = threading.Thread(target=work)
    writer.start()
    told, last, cuts, ended = [], "", 0, False
    while not ended:
        stream = listen(path(job), **({"Last_Event_ID": last} if last else {}))
        if stream.response.status == 204:
            break
        patience = chance.randrange(1, 60)
        for event in stream:
            last = event.id
            told.append(event)
            ended = event.kind == "end"
            patience -= 1
            if ended or not patience:
                break
        stream.close()
        cuts += 1
    writer.join()
    assert lines(told) == [f"line {number}" for number in range(total)]
    assert cuts > 5
    states = [event.data["status"] for event in told if event.kind == "status"]
    assert states[-1] == "completed"
    assert [e.data["new_status"] for e in told if e.kind == "event"] == [
        "pending", "running", "completed",
    ]  # fmt: skip


def test_a_line_that_is_committed_late_comes_in_its_place(listen, job):
    """Ids are given in order, transactions end in any: the later line must wait."""
    JobService.start_job(job.pk)
    stream = listen(path(job, "?kinds=log"))
    held, go = threading.Event(), threading.Event()

    def write_slowly():
        from django.db import transaction

        with transaction.atomic():
            JobService.append_log(job.pk, "first")
            held.set()
            assert go.wait(10)
        connection.close()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert held.wait(10)
    JobService.append_log(job.pk, "second")
    stream.connection.sock.settimeout(1)
    with pytest.raises(TimeoutError):
        stream.until("log")
    go.set()
    writer.join()
    resumed = listen(path(job, "?kinds=log"))
    assert lines(resumed.until("log", message="second")) == ["first", "second"]


def test_a_deleted_job_ends_its_stream(listen, job):
    stream = listen(path(job))
    stream.until("status")
    AIJob.objects.get(pk=job.pk)
    from ai_core import lifecycle

    lifecycle.delete(AIJob.objects.get(pk=job.pk), user=None)
    assert list(stream)[-1].kind == "end"


def test_two_hundred_lines_of_ten_thousand_letters_arrive_whole(listen, job):
    JobService.start_job(job.pk)
    long = "é" * 10_000
    JobLog.objects.bulk_create(
        JobLog(job_id=job.pk, attempt=1, number=n, at=job.created_at, level="info", message=long)
        for n in range(200)
    )
    JobService.complete_job(job.pk, {})
    told = lines(list(listen(path(job))))
    assert len(told) == 200
    assert set(told) == {long}


# ---------------------------------------------------------------------- who may, what may be asked
def test_another_brand_finds_no_job(web, crew, job):
    key = factories.make_key(crew.stranger, crew.other_brand).token
    status, headers, body = web.refused(path(job), key)
    assert (status, body["error_code"]) == (404, "NOT_FOUND")
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Request-ID"]


def test_nobody_gets_401_and_a_wrong_key_too(web, job):
    assert web.refused(path(job))[2]["error_code"] == "NOT_AUTHENTICATED"
    status, headers, body = web.refused(path(job), "mh_wrong")
    assert (status, body["error_code"]) == (401, "INVALID_API_KEY")
    assert headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?kind=log", "UNKNOWN_FILTER"),
        ("?kinds=logs", "VALIDATION_ERROR"),
        ("?tail=-1", "VALIDATION_ERROR"),
        ("?last_event_id=nonsense", "VALIDATION_ERROR"),
        ("?last_event_id=j1-1-2-3", "VALIDATION_ERROR"),
        ("?last_event_id=j1-ffffff-0-0-0-0-0-0-0-0-0-0", "VALIDATION_ERROR"),
    ],
)
def test_what_is_not_understood_is_a_400(query, code, web, token, job):
    status, _headers, body = web.refused(path(job, query), token)
    assert (status, body["error_code"]) == (400, code)


def test_a_browser_is_known_by_its_session_and_names_the_brand_in_the_address(
    web, crew, job, browser_as
):
    client = browser_as(crew.owner)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    stream = web.listen(path(job, f"?brand={crew.brand.slug}"), Cookie=cookie)
    assert stream.until("status")
    stream.close()
    status, _headers, body = web.refused(
        path(job, f"?brand={crew.other_brand.slug}"), Cookie=cookie
    )
    assert (status, body["error_code"]) == (403, "BRAND_REQUIRED")


def test_a_stream_only_answers_get(web, token, job):
    from http.client import HTTPConnection

    line = HTTPConnection("127.0.0.1", web.port, timeout=10)
    line.request("POST", path(job), body=b"{}", headers={"Authorization": f"Bearer {token}"})
    assert line.getresponse().status == 405
    line.close()
