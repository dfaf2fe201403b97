"""Usage over the API: grouped, filtered, refused, exported, and in a job's own JSON."""

from __future__ import annotations

import csv
import io
import json

import pytest

from ai_core.statuses import JobStatus
from tests import factories
from tests.ai_usage.test_booking import ENTRY, brand, ended_job  # noqa: F401  (a fixture)


@pytest.fixture
def used(brand, people):  # noqa: F811
    ended_job(brand, ENTRY, user=people.owner)
    ended_job(brand, {**ENTRY, "model": "m-2", "cost": None, "price_status": "unpriced"})
    ended_job(brand, status=JobStatus.FAILED)
    return brand


def text_of(answer):
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


@pytest.mark.parametrize(
    ("group_by", "groups"),
    [
        ("day", 1), ("brand", 1), ("job_type", 1), ("provider", 2), ("model", 3), ("user", 2),
        ("day,model", 3),
    ],
)  # fmt: skip
def test_usage_is_grouped(used, owner_api, group_by, groups):
    answer = owner_api.get(f"/ai/usage/?group_by={group_by}")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert len(body["results"]) == groups
    (total,) = body["totals"]
    assert (total["jobs"], total["total_cost"], total["unpriced_jobs"]) == (3, "0.004500", 1)
    assert sum(row["jobs"] for row in body["results"]) == 3
    assert total["success_rate"] == 0.6667


def test_a_filter_narrows_the_sum(used, owner_api, people):
    (row,) = owner_api.get("/ai/usage/?group_by=model&model=m-1").json()["results"]
    assert (row["model"], row["total_cost"], row["total_tokens"]) == ("m-1", "0.004500", 120)
    (row,) = owner_api.get(f"/ai/usage/?group_by=user&user={people.owner.pk}").json()["results"]
    assert row["user"]["username"] == "owner"
    assert owner_api.get("/ai/usage/?from=2020-01-01&to=2020-01-31").json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        "group_by=colour", "group_by=day,day", "from=yesterday", "to=2026-02-30", "user=me",
        "from=2026-02-01&to=2026-01-01", "group_by=", "group_by=day,brand,model,user",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(owner_api, db, query):
    answer = owner_api.get(f"/ai/usage/?{query}")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "VALIDATION_ERROR")


def test_a_misspelt_filter_does_not_return_everything(owner_api, db):
    assert owner_api.get("/ai/usage/?provder=acme").json()["error_code"] == "UNKNOWN_FILTER"


def test_another_brand_sees_nothing(used, stranger_api):
    assert stranger_api.get("/ai/usage/").json()["results"] == []
    assert len(text_of(stranger_api.get("/ai/usage/export/")).splitlines()) == 1
    assert text_of(stranger_api.get("/ai/usage/export/?format=json")) == "[]"


def test_a_superuser_compares_brands(used, people, browser_as):
    ended_job(people.other_brand)
    api = browser_as(factories.make_superuser())
    rows = api.get("/ai/usage/?group_by=brand").json()["results"]
    assert {row["brand"]["name"] for row in rows} == {"Owls", "Foxes"}


def test_the_export_has_a_line_for_each_bill(used, owner_api):
    answer = owner_api.get("/ai/usage/export/")
    lines = list(csv.DictReader(io.StringIO(text_of(answer))))
    assert [line["total_cost"] for line in lines] == ["0.000000", "", "0.004500"]
    assert [line["price_status"] for line in lines] == ["not_applicable", "unpriced", "priced"]
    as_json = json.loads(text_of(owner_api.get("/ai/usage/export/?format=json")))
    assert [line["total_cost"] for line in as_json] == ["0.000000", None, "0.004500"]
    assert as_json[2]["user"] == "owner"
    assert all(line["ended_at"].endswith("Z") for line in (*lines, *as_json))


def test_a_cell_never_begins_like_a_formula(brand, owner_api):  # noqa: F811
    ended_job(brand, {**ENTRY, "model": "=HYPERLINK(1)"})
    (line,) = csv.DictReader(io.StringIO(text_of(owner_api.get("/ai/usage/export/"))))
    assert line["model"] == "'=HYPERLINK(1)"


def test_a_job_shows_its_usage_and_the_dashboard_its_cost(used, owner_api, people):
    job, _claimed = ended_job(used, ENTRY, user=people.owner)
    detail = owner_api.get(f"/ai/jobs/{job.pk}/").json()
    assert detail["usage"]["total_cost"] == "0.004500"
    assert (detail["usage"]["provider_name"], detail["usage"]["model"]) == ("acme", "m-1")
    assert detail["usage"]["success_rate"] == 0.75
    assert detail["cost"] == "0.004500"
    stats = owner_api.get("/ai/jobs/dashboard/").json()["stats"]
    assert (stats["total_cost"], stats["unpriced_jobs"]) == ("0.009000", 1)
