"""What the calls do: filters, pages, creating, changing, undoing, records, files, exports."""

from __future__ import annotations

import csv
import io
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection

from ai_core import tally
from ai_core.models import AIJob, Artifact, JobLog, JobMetric, Queue, Release, ServiceHeartbeat
from ai_core.services import JobService
from ai_core.waiting import waiting_card

pytestmark = pytest.mark.django_db


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.fixture
def varied(make_job, people):
    """Six jobs that differ in everything that can be asked for."""
    release = Release.objects.create(brand=people.brand, name="Spring")
    return {
        "urgent": make_job(priority="urgent", description="Été à 100 % _x_", tags=["a", "b"]),
        "failed": make_job("failed", user=people.colleague, release=release),
        "done": make_job("completed", job_type="failing", input_data={"times": 0}),
        "running": make_job("running", is_async=False),
        "draft": make_job("draft", tags=["a"]),
        "timeout": make_job("timeout"),
    }


FOUND = {
    "status=failed": ["failed"],
    "status=failed,timeout": ["timeout", "failed"],
    "status=failed&status=timeout": ["timeout", "failed"],
    "priority=urgent": ["urgent"],
    "job_type=failing": ["done"],
    "category=chat": [],
    "is_async=false": ["running"],
    "tags=a": ["draft", "urgent"],
    "tags=a,b": ["urgent"],
    "progress_percentage=100": ["done"],
    "progress_percentage__gte=100": ["done"],
    "queue=training": [],
    "failure_class=bug": ["failed"],
    "search=été": ["urgent"],
    "search=100 %25": ["urgent"],
    "search=_x_": ["urgent"],
    "search=%25%25%25": [],
    "search=failing": ["done"],
    "search=FAILIN": ["done"],
    "created_at__lte=2020-01-01": [],
    "completed_at__gte=2020-01-01&status=completed": ["done"],
    "sortBy=createdAt&sortOrder=desc&skip=1&take=2": ["draft", "running"],
    "ordering=-priority&page_size=1": ["urgent"],
    "ordering=status,-created_at&page_size=1": ["done"],
}


@pytest.mark.parametrize("query", FOUND)
def test_filters(query, owner_api, varied):
    names = {job.pk: name for name, job in varied.items()}
    assert [names[one] for one in ids(owner_api.get(f"/ai/jobs/?{query}"))] == FOUND[query]


def test_filters_by_person_release_and_id(owner_api, varied, people):
    assert ids(owner_api.get(f"/ai/jobs/?created_by={people.colleague.pk}")) == [
        varied["failed"].pk
    ]
    release = varied["failed"].release_id
    assert ids(owner_api.get(f"/ai/jobs/?release={release}")) == [varied["failed"].pk]
    part = varied["done"].job_id[9:25].upper()
    assert ids(owner_api.get(f"/ai/jobs/?search={part}")) == [varied["done"].pk]


def test_a_day_is_the_brands_day_and_is_whole(owner_api, varied, people):
    zone = timedelta(hours=1)  # Paris in winter
    late = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
    next_day = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    AIJob.objects.filter(pk=varied["done"].pk).update(created_at=late)
    AIJob.objects.filter(pk=varied["draft"].pk).update(created_at=next_day)
    assert (next_day + zone).day == 1
    assert ids(owner_api.get("/ai/jobs/?created_at__lte=2026-01-31")) == [varied["done"].pk]
    both = owner_api.get("/ai/jobs/?created_at__gte=2026-02-01&created_at__lte=2026-02-01")
    assert ids(both) == [varied["draft"].pk]


def test_pages_and_cursors_show_each_job_once(owner_api, make_job):
    made = [make_job().pk for _ in range(7)]
    for start in ("?page_size=3", "?page_size=3&cursor=", "?take=3&skip=0"):
        address, seen = f"/ai/jobs/{start}", []
        while address:
            body = owner_api.get(address).json()
            seen += [row["id"] for row in body["results"]]
            address = body["next"]
        assert seen == made[::-1]
    assert owner_api.get("/ai/jobs/?page=2").status_code == 404


def test_counts_beyond_the_cap_say_so(owner_api, make_job, monkeypatch):
    monkeypatch.setattr("ai_core.api.pagination.COUNTED", 3)
    monkeypatch.setattr("ai_core.api.pagination.COUNTED_BY_SEARCH", 2)
    for _ in range(5):
        make_job(description="a long walk")
    body = owner_api.get("/ai/jobs/?page_size=1&is_async=true").json()
    assert (body["count"], body["count_is_capped"]) == (3, True)
    body = owner_api.get("/ai/jobs/?page_size=1&search=walk").json()
    assert (body["count"], body["count_is_capped"]) == (2, True)
    assert "count_is_capped" not in owner_api.get("/ai/jobs/?status=failed").json()


@pytest.mark.parametrize(
    ("query", "jobs"),
    [
        ("", 9),
        ("status=pending", 5),
        ("status=pending,failed", 9),
        ("status=failed&status=completed", 4),
        ("priority=high", 2),
        ("job_type=sleep&status=pending", 5),
        ("category=chat", 0),
        ("category=analysis,chat,generation,upload,assistant,training&priority=normal", 7),
    ],
)
def test_what_the_sums_can_tell_is_exact_beyond_the_cap(
    query, jobs, owner_api, make_job, monkeypatch
):
    monkeypatch.setattr("ai_core.api.pagination.COUNTED", 1)
    for number in range(5):
        make_job(priority="high" if number < 2 else "normal")
    for number in range(4):
        make_job("failed")
        if number == 1:
            tally.fold()
    body = owner_api.get(f"/ai/jobs/?page_size=1&{query}").json()
    assert (body["count"], "count_is_capped" in body) == (jobs, False)


NEW = {"job_type": "sleep", "input_data": {"seconds": 1}}


def test_everything_that_may_be_said_at_creation(owner_api, people):
    release = Release.objects.create(brand=people.brand, name="R")
    later = "2199-01-01T00:00:00Z"
    body = owner_api.post(
        "/ai/jobs/",
        {**NEW, "tags": ["a", "a"], "release": release.pk, "run_after": later,
         "timeout_seconds": 9, "is_async": False},
    ).json()  # fmt: skip
    detail = owner_api.get(f"/ai/jobs/{body['id']}/").json()
    assert detail["tags"] == ["a"]
    assert detail["release"] == {"id": release.pk, "name": "R"}
    assert detail["run_after"].startswith("2199-01-01T00:00:00")
    assert (detail["timeout_seconds"], detail["is_async"]) == (9, False)
    assert detail["waiting"]["reason"] == "scheduled"
    draft = owner_api.post("/ai/jobs/", {**NEW, "draft": True}).json()
    assert draft["status"] == "draft"
    sent = owner_api.post(f"/ai/jobs/{draft['id']}/submit/")
    assert (sent.status_code, sent.json()["job"]["status"]) == (200, "pending")


def test_a_repeated_key_returns_the_first_job(owner_api):
    headers = {"HTTP_IDEMPOTENCY_KEY": "k-1"}
    first = owner_api.post("/ai/jobs/", NEW, **headers)
    again = owner_api.post("/ai/jobs/", NEW, **headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    other = owner_api.post("/ai/jobs/", {**NEW, "priority": "low"}, **headers)
    assert (other.status_code, other.json()["error_code"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert AIJob.objects.count() == 1
    bad = owner_api.post("/ai/jobs/", NEW, HTTP_IDEMPOTENCY_KEY="x" * 201)
    assert bad.status_code == 400


def test_many_jobs_all_or_none(owner_api):
    answer = owner_api.post("/ai/jobs/bulk/", {"jobs": [NEW] * 3})
    assert (answer.status_code, answer.json()["count"]) == (201, 3)
    assert owner_api.post("/ai/jobs/bulk/", [NEW, NEW]).json()["count"] == 2
    for bad, name in (
        ({**NEW, "input_data": {"seconds": "x"}}, "jobs.1.input_data.seconds"),
        ({**NEW, "job_type": "none"}, "jobs.1"),
        ({**NEW, "priority": "top"}, "jobs.1.priority"),
        ({**NEW, "colour": "red"}, "jobs.1.colour"),
    ):
        refused = owner_api.post("/ai/jobs/bulk/", {"jobs": [NEW, bad]})
        assert refused.status_code == 400
        assert list(refused.json()["errors"]) == [name]
    assert owner_api.post("/ai/jobs/bulk/", {"jobs": []}).status_code == 400
    assert owner_api.post("/ai/jobs/bulk/", {"jobs": [NEW] * 1001}).status_code == 400
    assert AIJob.objects.count() == 5


def test_what_may_be_changed_until_when(owner_api, make_job, people):
    def patch(job, **changes):
        answer = owner_api.patch(f"/ai/jobs/{job.pk}/", changes)
        return answer.status_code, answer.json().get("error_code")

    waiting, running, done = make_job(), make_job("running"), make_job("completed")
    assert patch(waiting, input_data={"seconds": 2}, priority="low")[0] == 200
    assert patch(waiting, input_data={"seconds": "x"}) == (400, "VALIDATION_ERROR")
    assert patch(waiting, progress_percentage=5) == (409, "INVALID_TRANSITION")
    assert patch(running, description="x", progress_percentage=40)[0] == 200
    assert patch(running, progress_percentage=30)[0] == 200
    running.refresh_from_db()
    assert (running.description, running.progress_percentage) == ("x", 40)  # never back
    assert patch(running, input_data={"seconds": 2}) == (409, "JOB_RUNNING")
    assert patch(done, description="x") == (409, "JOB_FINAL")
    assert patch(waiting, status="completed") == (400, "VALIDATION_ERROR")
    assert patch(waiting) == (400, "VALIDATION_ERROR")
    # All or nothing: the description is not kept when the input is refused.
    assert patch(running, description="y", input_data={"seconds": 2})[0] == 409
    running.refresh_from_db()
    assert running.description == "x"


def test_deleting_and_undoing(owner_api, make_job):
    job, running = make_job("completed"), make_job("running")
    refused = owner_api.delete(f"/ai/jobs/{running.pk}/")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "JOB_RUNNING")
    assert owner_api.delete(f"/ai/jobs/{job.pk}/").status_code == 204
    assert owner_api.get(f"/ai/jobs/{job.pk}/").status_code == 404
    assert job.pk not in ids(owner_api.get("/ai/jobs/"))
    assert owner_api.post(f"/ai/jobs/{job.pk}/restore/").status_code == 200
    assert owner_api.get(f"/ai/jobs/{job.pk}/").status_code == 200
    assert owner_api.post(f"/ai/jobs/{job.pk}/restore/").status_code == 409


def test_retry_points_to_the_first_job(owner_api, make_job):
    job = make_job("failed", tags=["t"])
    new = owner_api.post(f"/ai/jobs/{job.pk}/retry/", {"input_data": {"seconds": 3}})
    assert new.status_code == 201
    detail = owner_api.get(f"/ai/jobs/{new.json()['id']}/").json()
    assert detail["origin"] == {"id": job.pk, "job_id": job.job_id, "kind": "retry"}
    assert (detail["input_data"], detail["tags"]) == ({"seconds": 3}, ["t"])


def test_a_poller_is_told_only_what_changed(owner_api, make_job):
    job = make_job()
    first = owner_api.get(f"/ai/jobs/{job.pk}/status/")
    assert (first.status_code, first.json()["is_final"]) == (200, False)
    tag = first["ETag"]
    same = owner_api.get(f"/ai/jobs/{job.pk}/status/", HTTP_IF_NONE_MATCH=tag)
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    JobService.cancel_job(job.pk)
    other = owner_api.get(f"/ai/jobs/{job.pk}/status/", HTTP_IF_NONE_MATCH=tag)
    assert (other.status_code, other.json()["status"]) == (200, "cancelled")


def test_logs_from_a_cursor_filtered_and_as_text(owner_api, make_job):
    job = make_job("completed")
    JobLog.objects.filter(job=job).delete()
    for number in range(5):
        JobService.append_log(job.pk, f"line {number} =é", "ERROR" if number == 3 else "INFO")
    address = f"/ai/jobs/{job.pk}/logs/"
    first = owner_api.get(f"{address}?limit=2").json()
    assert [line["message"] for line in first["results"]] == ["line 0 =é", "line 1 =é"]
    assert first["has_more"] is True
    rest = owner_api.get(f"{address}?after={first['next_after']}").json()
    assert (len(rest["results"]), rest["has_more"], rest["is_final"]) == (3, False, True)
    assert [
        line["level"] for line in owner_api.get(f"{address}?level=error").json()["results"]
    ] == ["error"]
    assert len(owner_api.get(f"{address}?search=LINE 2").json()["results"]) == 1
    newest = owner_api.get(f"{address}?tail=2").json()["results"]
    assert [line["message"] for line in newest] == ["line 3 =é", "line 4 =é"]
    text = owner_api.get(f"{address}?format=text")
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    lines = text.getvalue().decode().splitlines()
    assert len(lines) == 5
    assert lines[3].endswith("ERROR   line 3 =é")


def test_events_can_be_narrowed(owner_api, make_job):
    job = make_job("failed")
    address = f"/ai/jobs/{job.pk}/events/"
    found = owner_api.get(address).json()["results"]
    assert [event["new_status"] for event in found if event["type"] == "status"] == [
        "pending", "running", "failed",
    ]  # fmt: skip
    assert owner_api.get(f"{address}?type=metrics,error").json()["results"] == []
    assert len(owner_api.get(f"{address}?search=broke").json()["results"]) == 1
    assert owner_api.get(f"{address}?to=2020-01-01T00:00:00Z").json()["results"] == []
    assert len(owner_api.get(f"{address}?after={found[-2]['id']}").json()["results"]) == 1


def test_metrics_keep_their_shape_when_thinned_out(owner_api, make_job):
    job = make_job("running")
    values = {step: 100.0 if step == 777 else 1.0 / (step + 1) for step in range(3_000)}
    now = datetime.now(UTC)
    JobMetric.objects.bulk_create(
        JobMetric(job=job, step=step, at=now, epoch=0.5, values={"training_loss": value})
        for step, value in values.items()
    )
    address = f"/ai/jobs/{job.pk}/metrics/"
    body = owner_api.get(f"{address}?points=200").json()
    steps = [row["step"] for row in body["results"]]
    assert (body["total_points"], body["downsampled"]) == (3_000, True)
    assert 100 < len(steps) <= 220
    assert steps == sorted(set(steps))
    assert 777 in steps  # the peak
    assert set(range(2_951, 3_000)) <= set(steps)  # the newest as they are
    assert body["results"][-1]["training_loss"] == pytest.approx(1 / 3_000)
    later = owner_api.get(f"{address}?since_step=2990").json()
    assert (len(later["results"]), later["downsampled"]) == (9, False)
    assert later["next_since_step"] == 2_999


@pytest.fixture
def artifact(make_job, settings, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path
    job = make_job("completed")
    (tmp_path / "x").write_bytes(b"0123456789")
    return Artifact.objects.create(
        job=job, name='dir/é "q".html', path="x", size=10, content_type="text/html", sha256="0" * 64
    )


def test_files_are_listed_linked_and_fetched(owner_api, client, artifact):
    listed = owner_api.get(f"/ai/jobs/{artifact.job_id}/artifacts/").json()
    assert (listed["count"], listed["results"][0]["size"]) == (1, 10)
    fresh = owner_api.post(f"/ai/jobs/{artifact.job_id}/artifacts/{artifact.pk}/link/").json()
    for link in (listed["results"][0], fresh):
        assert datetime.fromisoformat(link["expires_at"]) > datetime.now(UTC)
        whole = client.get(link["url"])  # without any key: the link is the right
        assert whole.getvalue() == b"0123456789"
    assert whole["Content-Disposition"].startswith("attachment")
    assert "sandbox" in whole["Content-Security-Policy"]
    assert whole["X-Content-Type-Options"] == "nosniff"
    for asked, body, told in (
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ):
        part = client.get(fresh["url"], HTTP_RANGE=asked)
        assert (part.status_code, part.getvalue(), part["Content-Range"]) == (206, body, told)
    beyond = client.get(fresh["url"], HTTP_RANGE="bytes=10-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, "bytes */10")
    assert client.get(fresh["url"], HTTP_RANGE="lines=1").status_code == 200
    altered = fresh["url"].replace("/ai/artifacts/", "/ai/artifacts/x")
    assert client.get(altered).status_code == 404
    head = client.head(fresh["url"])
    assert (head.status_code, head["Content-Length"]) == (200, "10")


def test_a_link_that_expires_ends_no_download_but_begins_none(owner_api, client, artifact):
    link = owner_api.post(f"/ai/jobs/{artifact.job_id}/artifacts/{artifact.pk}/link/").json()
    after = datetime.fromisoformat(link["expires_at"]) + timedelta(seconds=2)
    begun = client.get(link["url"])
    with time_machine.travel(after, tick=False):
        assert begun.getvalue() == b"0123456789"
        for part in ({}, {"HTTP_RANGE": "bytes=5-"}):
            late = client.get(link["url"], **part)
            assert (late.status_code, late.json()["error_code"]) == (410, "LINK_EXPIRED")
    assert client.get(link["url"]).status_code == 200


def test_a_file_that_storage_has_lost_is_gone_and_no_fault_of_ours(
    owner_api, client, artifact, tmp_path
):
    link = owner_api.post(f"/ai/jobs/{artifact.job_id}/artifacts/{artifact.pk}/link/").json()
    (tmp_path / "x").unlink()
    gone = client.get(link["url"])
    assert (gone.status_code, gone.json()["error_code"]) == (410, "FILE_GONE")


def test_an_export_has_exactly_the_filtered_rows(owner_api, varied, people):
    AIJob.objects.filter(pk=varied["failed"].pk).update(description='=cmd|" /C calc"!A0')
    query = "status=failed,timeout&ordering=created_at"
    shown = ids(owner_api.get(f"/ai/jobs/?{query}"))
    as_json = owner_api.get(f"/ai/jobs/export/?{query}&format=json")
    import json

    rows = json.loads(as_json.getvalue())
    assert [row["id"] for row in rows] == shown
    as_csv = owner_api.get(f"/ai/jobs/export/?{query}&format=csv")
    assert as_csv["Content-Disposition"].startswith('attachment; filename="jobs-')
    table = list(csv.DictReader(io.StringIO(as_csv.getvalue().decode())))
    assert [int(row["id"]) for row in table] == shown
    assert table[0]["description"].startswith("'=cmd")
    nothing = owner_api.get("/ai/jobs/export/?search=nothing-at-all&format=json")
    assert json.loads(nothing.getvalue()) == []
    assert owner_api.get("/ai/jobs/export/?format=xml").status_code == 400


def test_one_action_on_many_jobs(owner_api, make_job, people):
    mine, done = make_job(), make_job("completed")
    theirs = make_job(user=people.colleague)
    wanted = {"action": "cancel", "ids": [mine.pk, done.job_id, theirs.pk, 999_999, "x"]}
    preview = owner_api.post("/ai/jobs/bulk_action/", {**wanted, "dry_run": True}).json()
    mine.refresh_from_db()
    assert mine.status == "pending"
    real = owner_api.post("/ai/jobs/bulk_action/", wanted).json()
    for body in (preview, real):
        assert (body["done"], body["refused"]) == (1, 4)
        assert [row["error_code"] for row in body["results"]] == [
            "", "INVALID_TRANSITION", "PERMISSION_DENIED", "NOT_FOUND", "NOT_FOUND",
        ]  # fmt: skip
    mine.refresh_from_db()
    assert mine.status == "cancelled"
    again = {"action": "retry", "filter": {"status": ["cancelled", "timeout"]}}
    body = owner_api.post("/ai/jobs/bulk_action/", again).json()
    assert (body["done"], body["has_more"]) == (1, False)
    assert body["results"][0]["new_job"]["id"] > mine.pk
    tagged = owner_api.post(
        "/ai/jobs/bulk_action/", {"action": "tag", "ids": [body["results"][0]["new_job"]["id"]],
                                  "tags": ["x"]},
    )  # fmt: skip
    assert tagged.json()["done"] == 1
    assert len(ids(owner_api.get("/ai/jobs/?tags=x"))) == 1


@pytest.mark.django_db(transaction=True)
def test_prefer_wait_answers_when_the_job_is_over(people, api_as):
    from ai_core.execution import registry

    registry.sync()
    api = api_as(people.owner, people.brand)

    def work() -> None:
        """Run whatever appears, as a worker would."""
        try:
            while not stop.wait(0.02):
                for number in AIJob.objects.filter(status="pending").values_list("pk", flat=True):
                    JobService.process_job(number)
        finally:
            connection.close()

    stop = threading.Event()
    worker = threading.Thread(target=work)
    worker.start()
    try:
        answer = api.post("/ai/jobs/", {"job_type": "sleep", "input_data": {"seconds": 0}},
                          HTTP_PREFER="respond-async, wait=30")  # fmt: skip
    finally:
        stop.set()
        worker.join(10)
    assert (answer.status_code, answer["Preference-Applied"]) == (201, "wait=30")
    assert answer.json()["status"] == "completed"
    assert answer.json()["result_data"] == {"slept_seconds": 0.0}


def test_prefer_wait_gives_up_in_time(owner_api):
    begun = datetime.now(UTC)
    answer = owner_api.post("/ai/jobs/", NEW, HTTP_PREFER="wait=1")
    assert answer.json()["status"] == "pending"
    assert datetime.now(UTC) - begun < timedelta(seconds=8)


def test_a_queue_shows_who_waits_in_which_order(owner_api, make_job, people):
    first, urgent = make_job(), make_job(priority="urgent")
    body = owner_api.get("/ai/queues/default/").json()
    assert body["depth"] == 2
    assert [(row["id"], row["position"]) for row in body["waiting"]] == [
        (urgent.pk, 1),
        (first.pk, 2),
    ]
    assert {queue["name"] for queue in owner_api.get("/ai/queues/").json()} >= {"default"}


def test_a_queue_with_the_limit_0_says_so(owner_api, make_job):
    make_job()
    now = datetime.now(UTC)
    ServiceHeartbeat.objects.create(
        name="w", kind="worker", seen_at=now, started_at=now, facts={"slots": {"thread": 4}}
    )
    Queue.objects.filter(name="default").update(concurrency_limit=0)
    (waiting,) = owner_api.get("/ai/queues/default/").json()["waiting"]
    assert (waiting["reason"], waiting["estimated_start"]) == ("slots", None)
    assert waiting["waiting_because"].startswith("The limit is 0")


def test_a_job_that_was_taken_since_it_was_read_is_behind_nobody(make_job):
    """Else its page says for a moment that thousands are before it."""
    now = datetime.now(UTC)
    ServiceHeartbeat.objects.create(
        name="w", kind="worker", seen_at=now, started_at=now, facts={"slots": {"thread": 4}}
    )
    make_job()
    read = make_job()
    JobService.start_job(read.pk)
    card = waiting_card(read)
    assert (card.reason, card.position, card.position_is_capped) == ("next", None, False)
    assert card.waiting_because == "It is starting at this moment."


def test_a_job_that_somebody_else_computes_waits_for_them_and_for_no_worker(make_job, people):
    given = {"name": "Owls", "image": "trainer:1"}
    job = make_job(job_type="external_training", input_data=given)
    card = waiting_card(job)
    assert (card.reason, card.position, card.estimated_start) == ("runner", 1, None)
    assert "its runner" in card.waiting_because
    Queue.objects.filter(name=job.queue.name).update(is_paused=True)
    assert waiting_card(AIJob.objects.get(pk=job.pk)).reason == "queue_paused"


def test_tags_may_change_at_any_time_also_many_at_once(owner_api, make_job):
    done, waiting = make_job("completed", tags=["a"]), make_job(tags=["b"])
    body = {"action": "tag", "ids": [str(done.pk), str(waiting.pk)], "tags": ["x"]}
    assert owner_api.post("/ai/jobs/bulk_action/", {**body, "dry_run": True}).json()["done"] == 2
    assert owner_api.post("/ai/jobs/bulk_action/", body).json()["refused"] == 0
    rows = {row["id"]: row["tags"] for row in owner_api.get("/ai/jobs/").json()["results"]}
    assert rows == {done.pk: ["a", "x"], waiting.pk: ["b", "x"]}
    address = f"/ai/jobs/{done.pk}/"
    assert owner_api.patch(address, {"tags": ["only"]}).json()["tags"] == ["only"]
    refused = owner_api.patch(address, {"tags": ["z"], "description": "no"})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "JOB_FINAL")


def test_all_that_is_wrong_in_a_body_is_said_at_once(owner_api):
    answer = owner_api.post("/ai/jobs/", {"job_typ": "sleep", "priority": "soon", "colour": 1})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"job_typ", "colour", "job_type", "priority"}


def test_a_cancel_receipt_tells_what_was_spent_and_saved(owner_api, make_job):
    receipt = owner_api.post(f"/ai/jobs/{make_job('running').pk}/cancel/").json()["receipt"]
    assert receipt["spent"] == "0.000000"
    assert receipt.keys() >= {"saved_at_least", "saved_at_most", "saving_is_projected"}


def test_a_cancel_receipt_knows_no_money_where_no_app_knows_prices(owner_api, make_job, core_only):
    receipt = owner_api.post(f"/ai/jobs/{make_job('running').pk}/cancel/").json()["receipt"]
    assert "spent" not in receipt
