"""Field for field: what the contract and the seed promise comes back so."""

from __future__ import annotations

import re

import pytest

from ai_core.api import shapes_examples

pytestmark = pytest.mark.django_db

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# spec/api.md, "A list result, and a created job (a created one has no `result_data`)".
LIST_FIELDS = [
    "id", "job_id", "job_type", "status", "priority", "progress_percentage", "brand",
    "created_by", "created_at", "started_at", "completed_at", "description", "input_data",
    "result_data", "error_message", "is_async", "task_id", "execution_time_seconds",
]  # fmt: skip
STATS = [
    "total_jobs", "jobs_today", "draft", "pending", "running", "paused", "completed", "failed",
    "cancelled", "timeout", "success_rate", "avg_execution_seconds", "p95_execution_seconds",
    "total_cost", "by_priority",
]  # fmt: skip

MONEY = ("spent", "saved_at_least", "saved_at_most", "saving_is_projected")


def test_job_types_are_a_plain_list_with_the_seeds_fields_first(owner_api):
    body = owner_api.get("/ai/job-types/").json()
    assert isinstance(body, list)
    assert list(body[0])[:6] == [
        "id", "name", "description", "category", "estimated_duration_seconds", "requires_async",
    ]  # fmt: skip
    detail = owner_api.get("/ai/job-types/sleep/").json()
    assert detail["input_schema"]["properties"]["seconds"]["type"] == "number"
    assert detail["timeout_seconds"] == 3600
    assert detail["stages"] == []
    assert owner_api.get("/ai/job-types/nothing/").status_code == 404


def test_a_page_of_the_list(owner_api, make_job, people):
    job = make_job("completed", description="Analyse SEO de contenu")
    body = owner_api.get("/ai/jobs/").json()
    assert list(body) == ["count", "next", "previous", "results"]
    assert (body["count"], body["next"], body["previous"]) == (1, None, None)
    row = body["results"][0]
    assert [name for name in row if name in LIST_FIELDS] == LIST_FIELDS
    assert row["id"] == job.pk
    assert re.fullmatch(r"ai_job_[a-z2-7]{26}", row["job_id"])
    assert row["job_type"] == {"id": job.job_type_id, "name": "sleep", "category": "analysis"}
    assert (row["status"], row["priority"], row["progress_percentage"]) == (
        "completed",
        "normal",
        100,
    )
    assert row["brand"] == {"id": people.brand.pk, "name": people.brand.name}
    assert row["created_by"] == {"id": people.owner.pk, "username": "owner"}
    for moment in ("created_at", "started_at", "completed_at"):
        assert MOMENT.fullmatch(row[moment]), moment
    assert row["description"] == "Analyse SEO de contenu"
    assert row["input_data"] == {"seconds": 0}
    assert row["result_data"] == {"slept_seconds": 0}
    assert row["error_message"] == ""
    assert row["is_async"] is True
    assert row["task_id"] == job.task_id
    assert isinstance(row["execution_time_seconds"], int | float)


def test_a_created_job_has_every_field_but_a_result(owner_api):
    answer = owner_api.post(
        "/ai/jobs/",
        {
            "job_type": "sleep",
            "priority": "high",
            "description": "Pause",
            "input_data": {"seconds": 1},
        },
    )
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert [name for name in row if name in LIST_FIELDS] == [
        name for name in LIST_FIELDS if name != "result_data"
    ]
    assert "result_data" not in row
    assert (row["status"], row["priority"], row["progress_percentage"]) == ("pending", "high", 0)
    assert row["created_by"]["username"] == "owner"
    assert (row["started_at"], row["completed_at"], row["execution_time_seconds"]) == (None,) * 3
    assert answer["Location"] == f"/ai/jobs/{row['id']}/"


@pytest.mark.parametrize("way", ["id", "job_id"])
def test_detail_takes_the_number_or_the_job_id(owner_api, make_job, way, core_only):
    job = make_job("completed")
    reference = job.pk if way == "id" else job.job_id
    body = owner_api.get(f"/ai/jobs/{reference}/").json()
    assert body["id"] == job.pk
    assert set(LIST_FIELDS) <= set(body)
    assert body["available_actions"] == ["restart", "delete"]
    assert not {"openai_job", "usage", "training"} & set(body)  # only what exists
    assert "waiting" not in body


def test_a_waiting_job_says_why(owner_api, make_job):
    body = owner_api.get(f"/ai/jobs/{make_job().pk}/").json()
    assert body["waiting"]["position"] == 1
    assert body["waiting"]["waiting_because"]


def test_cancel_answers_in_the_seeds_shape(owner_api, make_job):
    job = make_job()
    body = owner_api.post(f"/ai/jobs/{job.pk}/cancel/", {"reason": "testing"}).json()
    assert body["message"] == "Job cancelled successfully"
    assert list(body["job"]) == ["id", "job_id", "status", "cancelled_at"]
    assert (body["job"]["id"], body["job"]["status"]) == (job.pk, "cancelled")
    assert MOMENT.fullmatch(body["job"]["cancelled_at"])
    again = owner_api.post(f"/ai/jobs/{job.pk}/cancel/")
    assert again.status_code == 409
    assert again.json() == {
        "detail": "Job cannot be cancelled",
        "error_code": "JOB_NOT_CANCELLABLE",
        "error": "Job cannot be cancelled",
        "current_status": "cancelled",
    }


def test_the_dashboard_has_the_seeds_five_keys(owner_api, make_job):
    for status in ("completed", "completed", "completed", "failed", "pending"):
        make_job(status)
    body = owner_api.get("/ai/jobs/dashboard/").json()
    assert list(body) == [
        "stats", "recent_jobs", "top_job_types", "daily_activity", "brand_breakdown",
    ]  # fmt: skip
    stats = body["stats"]
    assert set(STATS) <= set(stats)
    assert (stats["total_jobs"], stats["jobs_today"]) == (5, 5)
    assert (stats["completed"], stats["failed"], stats["pending"]) == (3, 1, 1)
    assert stats["success_rate"] == 0.75
    assert stats["total_cost"] == "0.000000"
    assert stats["by_priority"] == {"low": 0, "normal": 5, "high": 0, "urgent": 0}
    assert len(body["recent_jobs"]) == 5
    assert set(LIST_FIELDS) <= set(body["recent_jobs"][0])
    assert body["top_job_types"] == [{"name": "sleep", "count": 5}]
    assert len(body["daily_activity"]) == 14
    days = [day["date"] for day in body["daily_activity"]]
    assert days == sorted(days, reverse=True)
    assert body["daily_activity"][0] == {"date": days[0], "jobs": 5, "total_cost": "0.000000"}
    assert body["brand_breakdown"][0]["brand_name"] == "Owls"
    assert (body["brand_breakdown"][0]["jobs"], body["brand_breakdown"][0]["cost"]) == (
        5,
        "0.000000",
    )


def test_by_status(owner_api, make_job):
    make_job("failed")
    waiting = make_job("pending")
    body = owner_api.get("/ai/jobs/by_status/?status=pending").json()
    assert body["count"] == 1
    assert body["jobs"][0]["id"] == waiting.pk
    for query in ("", "?status=", "?status=done"):
        answer = owner_api.get(f"/ai/jobs/by_status/{query}")
        assert answer.status_code == 400
        assert answer.json()["error_code"] == "INVALID_STATUS"
        assert "timeout" in answer.json()["valid"]


def test_errors_of_the_seed(owner_api, make_job):
    unknown = owner_api.post("/ai/jobs/", {"job_type": "slep", "input_data": {}})
    assert unknown.status_code == 400
    assert unknown.json()["detail"] == "Job type 'slep' not found"
    assert unknown.json()["error_code"] == "JOB_TYPE_NOT_FOUND"
    assert unknown.json()["nearest"] == ["sleep"]
    running = make_job("running")
    refused = owner_api.patch(f"/ai/jobs/{running.pk}/", {"input_data": {"seconds": 1}})
    assert refused.status_code == 409
    assert refused.json() == {
        "detail": "Cannot modify running job",
        "error_code": "JOB_RUNNING",
        "current_status": "running",
    }
    bad = owner_api.post("/ai/jobs/", {"job_type": "sleep", "input_data": {"seconds": "x"}})
    assert bad.status_code == 400
    assert list(bad.json()["errors"]) == ["input_data.seconds"]


def test_examples_of_the_document_have_the_keys_of_real_answers(owner_api, make_job, core_only):
    made = owner_api.post("/ai/jobs/", {"job_type": "sleep"}).json()
    assert list(made) == list(shapes_examples.CREATED)
    job = make_job("completed")
    assert list(owner_api.get("/ai/jobs/").json()["results"][0]) == list(shapes_examples.JOB)
    assert list(owner_api.get(f"/ai/jobs/{job.pk}/").json()) == list(shapes_examples.DETAIL)
    types = owner_api.get("/ai/job-types/").json()
    assert list(types[0]) == list(shapes_examples.TYPES[0])
    board = owner_api.get("/ai/jobs/dashboard/").json()
    assert list(board["stats"]) == list(shapes_examples.DASHBOARD["stats"])
    for key in ("daily_activity", "brand_breakdown", "top_job_types"):
        assert list(board[key][0]) == list(shapes_examples.DASHBOARD[key][0])
    cancelled = owner_api.post(f"/ai/jobs/{made['id']}/cancel/").json()
    known = list(shapes_examples.CANCELLED["receipt"])
    assert list(cancelled["receipt"]) == [name for name in known if name not in MONEY]
