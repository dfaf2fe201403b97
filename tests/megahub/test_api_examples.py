"""The JSON of the seed and of the contract, held whole: what a program copied from there works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.ai_core.api.conftest import make

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).resolve().parents[2] / "docs"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
JOB_ID = re.compile(r"ai_job_[a-z2-7]{26}")
MONEY = re.compile(r"\d+\.\d{2,6}")

PERSON = {"id": int, "username": str}
BRAND = {"id": int, "name": str}
# Seed 002, `GET /ai/jobs/`, and spec/api.md, "A list result": values are what they must be like.
ROW: dict[str, Any] = {
    "id": int,
    "job_id": JOB_ID,
    "job_type": {"id": int, "name": "sleep", "category": str},
    "status": "completed",
    "priority": "normal",
    "progress_percentage": 100,
    "brand": BRAND,
    "created_by": PERSON,
    "created_at": MOMENT,
    "started_at": MOMENT,
    "completed_at": MOMENT,
    "description": "Analyse SEO de contenu",
    "input_data": {"seconds": 0},
    "result_data": {"slept_seconds": 0},
    "error_message": "",
    "is_async": True,
    "task_id": str,
    "execution_time_seconds": (int, float),
}
# Seed 002, `POST /ai/jobs/`.
CREATED: dict[str, Any] = {
    "id": int,
    "job_id": JOB_ID,
    "job_type": {"name": "sleep", "category": str},
    "status": "pending",
    "priority": "normal",
    "progress_percentage": 0,
    "brand": BRAND,
    "created_by": PERSON,
    "created_at": MOMENT,
    "description": "Analyse contenu SEO",
    "input_data": {"seconds": 5},
}
STATS = ["total_jobs", "jobs_today", "pending", "running", "completed", "failed", "cancelled"]


def hold(wanted: Any, found: Any, where: str = "answer") -> None:
    """Every member of the example is there, of its kind; further ones may be."""
    match wanted:
        case dict():
            assert isinstance(found, dict), where
            for name, one in wanted.items():
                assert name in found, f"{where}.{name} is missing"
                hold(one, found[name], f"{where}.{name}")
        case list():
            assert isinstance(found, list), where
            assert found, f"{where} is empty"
            for number, one in enumerate(found):
                hold(wanted[0], one, f"{where}.{number}")
        case re.Pattern():
            assert isinstance(found, str), where
            assert wanted.fullmatch(found), f"{where} is {found!r}"
        case type() | tuple():
            assert isinstance(found, wanted), f"{where} is {found!r}"
            assert not (isinstance(found, bool) and wanted is int), where
        case _:
            assert found == wanted, f"{where} is {found!r}"


@pytest.fixture
def make_job(people):
    return lambda status="pending", **facts: make(people, status, **facts)


def test_a_list_result(owner_api, make_job):
    make_job("completed", description="Analyse SEO de contenu")
    hold(
        {"count": 1, "next": None, "previous": None, "results": [ROW]},
        owner_api.get("/ai/jobs/").json(),
    )


@pytest.mark.parametrize(
    "query",
    ["status=completed", "priority=normal", "job_type=sleep", "is_async=true",
     "progress_percentage__gte=50", "created_at__gte=2024-01-01", "search=SEO"],
)  # fmt: skip
def test_the_seeds_filters(query, owner_api, make_job):
    done = make_job("completed", description="Analyse SEO de contenu")
    found = owner_api.get(f"/ai/jobs/?{query}").json()
    assert [one["id"] for one in found["results"]] == [done.pk]


def test_a_created_job(owner_api):
    asked = {
        "job_type": "sleep",
        "priority": "normal",
        "description": "Analyse contenu SEO",
        "input_data": {"seconds": 5},
    }
    answer = owner_api.post("/ai/jobs/", asked)
    assert answer.status_code == 201
    hold(CREATED, answer.json())
    assert "result_data" not in answer.json()


@pytest.mark.parametrize("status", ["pending", "running", "paused", "draft"])
def test_cancelling(status, owner_api, make_job):
    job = make_job(status)
    answer = owner_api.post(f"/ai/jobs/{job.job_id}/cancel/", {"reason": "x", "notes": "y"})
    assert answer.status_code == 200
    cancelled = {"id": job.pk, "job_id": JOB_ID, "status": "cancelled", "cancelled_at": MOMENT}
    hold({"message": "Job cancelled successfully", "job": cancelled}, answer.json())
    assert set(answer.json()["job"]) == set(cancelled)


@pytest.mark.parametrize("status", ["completed", "failed", "timeout", "cancelled"])
def test_a_refused_cancel(status, owner_api, make_job):
    answer = owner_api.post(f"/ai/jobs/{make_job(status).pk}/cancel/")
    assert answer.status_code == 409
    hold({"error": "Job cannot be cancelled", "current_status": status}, answer.json())
    assert answer.json()["error_code"] == "JOB_NOT_CANCELLABLE"


def test_the_dashboard(owner_api, make_job):
    make_job("completed", description="Analyse SEO de contenu")
    body = owner_api.get("/ai/jobs/dashboard/").json()
    day = {"date": re.compile(r"\d{4}-\d\d-\d\d"), "jobs": int, "total_cost": MONEY}
    wanted = {
        "stats": dict.fromkeys(STATS, int),
        "recent_jobs": [ROW],
        "top_job_types": [{"name": "sleep", "count": 1}],
        "daily_activity": [day],
        "brand_breakdown": [{"brand_name": str, "jobs": 1, "cost": MONEY}],
    }
    hold(wanted, body)
    assert set(body) == set(wanted)


def test_by_status(owner_api, make_job):
    make_job("pending", description="Analyse urgente contenu blog", priority="high")
    row = {
        "id": int,
        "job_id": JOB_ID,
        "job_type": {"name": "sleep"},
        "priority": "high",
        "created_at": MOMENT,
        "description": "Analyse urgente contenu blog",
    }
    hold({"jobs": [row], "count": 1}, owner_api.get("/ai/jobs/by_status/?status=pending").json())


def test_errors(owner_api, make_job):
    unknown = owner_api.post("/ai/jobs/", {"job_type": "invalid_type", "input_data": {}})
    assert unknown.status_code == 400
    hold(
        {"detail": "Job type 'invalid_type' not found", "error_code": "JOB_TYPE_NOT_FOUND"},
        unknown.json(),
    )
    running = make_job("running")
    path = f"/ai/jobs/{running.pk}/"
    for refused in (owner_api.put(path, {"input_data": {}}), owner_api.delete(path)):
        assert refused.status_code == 409
        hold({"error_code": "JOB_RUNNING", "current_status": "running"}, refused.json())
    over = owner_api.patch(f"/ai/jobs/{make_job('completed').pk}/", {"description": "x"})
    assert over.status_code == 409
    hold({"error_code": "JOB_FINAL", "current_status": "completed"}, over.json())


def test_the_page_shows_every_call_of_the_document():
    """`make api-docs` writes it; a call that was added belongs there."""
    from megahub.api.views import document

    shown = (DOCS / "api.md").read_text()
    there = {
        f"{method.upper()} {path}"
        for path, operations in document("en")["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert [one for one in sorted(there) if f"### `{one}`" not in shown] == []


def test_the_page_keeps_no_secret_and_no_port():
    shown = (DOCS / "api.md").read_text()
    assert not re.search(r"mh_[a-z0-9]{10}_", shown)
    assert set(re.findall(r"https?://[\w.]+:(\d+)", shown)) == {"8000"}
