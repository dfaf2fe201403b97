"""No call grows a query per row, with extensions present (HUB-20)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ai_core import rows, sections
from ai_core.models import AIJob, AIJobData

pytestmark = pytest.mark.django_db


@pytest.fixture
def extension(monkeypatch) -> sections.Section:
    """A section with a cost and a search, as an extension would register it, and no other."""
    monkeypatch.setattr(sections, "_sections", {})

    def load(ids: Any) -> dict[int, dict[str, Any]]:
        found = AIJobData.objects.filter(job__in=ids, result_attempt__isnull=False)
        return {row.pk: {"total_cost": f"{row.result_attempt}.000000"} for row in found}

    def search(word: str) -> QuerySet:
        return AIJobData.objects.filter(result_data__model=word).values("job_id")

    section = sections.Section(
        name="usage",
        load=load,
        in_lists=True,
        cost=sections.CostColumn(model="ai_core.AIJobData", amount="result_attempt"),
        search=search,
    )
    sections.register(section)
    return section


def priced(job: AIJob, cost: int | None, model: str = "m-1") -> AIJob:
    AIJobData.objects.filter(pk=job.pk).update(result_attempt=cost, result_data={"model": model})
    return job


CALLS = [
    "/ai/jobs/",
    "/ai/jobs/?cursor=",
    "/ai/jobs/?status=pending&search=job&ordering=-priority&page_size=100",
    "/ai/jobs/by_status/?status=pending",
    "/ai/jobs/dashboard/",
    "/ai/jobs/export/?format=json",
    "/ai/jobs/export/?format=csv",
    "/ai/queues/default/",
    "/ai/job-types/",
]


def queries(api: Any, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = api.get(address)
        assert answer.status_code == 200, answer.content
        answer.getvalue()
    return len(asked)


@pytest.mark.parametrize("address", CALLS)
def test_as_many_queries_for_fifty_as_for_one(address, owner_api, make_job, extension):
    priced(make_job("pending", description="job"), 1)
    owner_api.get(address)  # the key's last use is noted once a minute
    few = queries(owner_api, address)
    for number in range(49):
        priced(make_job("pending", description=f"job {number}"), number)
    many = queries(owner_api, address)
    # Whether there is a second page is seen by the first; then the rows are counted.
    assert many <= few + (1 if address == "/ai/jobs/" else 0)
    assert few <= 14


@pytest.mark.parametrize("below", ["", "status/", "logs/", "events/", "metrics/", "stages/"])
def test_one_job_costs_few_queries(below, owner_api, make_job, extension):
    job = make_job("completed")
    address = f"/ai/jobs/{job.pk}/{below}"
    owner_api.get(address)
    assert queries(owner_api, address) <= 5


def test_a_list_page_costs_three_queries_and_the_first_two(owner_api, make_job, extension):
    priced(make_job("completed"), 1)
    owner_api.get("/ai/jobs/")
    beside = 1  # what the extension adds to rows
    assert queries(owner_api, "/ai/jobs/?status=completed") == 3 + beside  # key, numbers, rows
    assert queries(owner_api, "/ai/jobs/") == 2 + beside  # key; rows with their count


def test_the_first_page_is_the_same_in_one_statement_as_in_three(owner_api, make_job, extension):
    for number in range(27):
        priced(make_job("pending" if number % 2 else "failed"), number)
    gone = make_job("completed")
    owner_api.delete(f"/ai/jobs/{gone.pk}/")
    for taken in (27, 24):
        in_one, in_three = (
            owner_api.get(address).json()
            for address in ("/ai/jobs/", "/ai/jobs/?ordering=-created_at")
        )
        assert in_one["count"] == taken
        assert in_one["next"] == ("http://testserver/ai/jobs/?page=2" if taken > 25 else None)
        for page in (in_one, in_three):
            page.pop("next")
        assert in_one == in_three
        for row in in_one["results"][:3]:
            AIJob.objects.filter(pk=row["id"]).update(deleted_at=timezone.now())


def test_a_made_job_costs_two_queries_and_answers_as_it_is_read(owner_api, make_job, extension):
    make_job("pending")
    body = {
        "job_type": "sleep",
        "input_data": {"seconds": 1.5},
        "description": "Léa's",
        "priority": "high",
        "tags": ["b", "a"],
        "draft": True,
    }
    owner_api.post("/ai/jobs/", body)
    with CaptureQueriesContext(connection) as asked:
        said = owner_api.post("/ai/jobs/", body)
    written = [one for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
    assert len(written) == 2  # key, insert
    assert said.json() == rows.created([said.json()["id"]])[0].as_dict()
    assert list(said.json()) == list(rows.created([said.json()["id"]])[0].as_dict())


def test_sections_appear_where_they_belong(owner_api, make_job, extension):
    job, other = priced(make_job("failed"), 7), make_job("failed")
    rows = {row["id"]: row for row in owner_api.get("/ai/jobs/").json()["results"]}
    assert rows[job.pk]["usage"] == {"total_cost": "7.000000"}
    assert rows[job.pk]["cost"] == "7.000000"
    assert rows[other.pk]["cost"] is None  # unknown, not zero
    assert "usage" not in rows[other.pk]
    assert owner_api.get(f"/ai/jobs/{job.pk}/").json()["usage"] == {"total_cost": "7.000000"}


def test_costs_filter_sort_search_and_sum(owner_api, make_job, extension):
    for cost in (3, 1, 2):
        priced(make_job("failed"), cost, model=f"m-{cost}")
    unknown = priced(make_job("failed"), None)

    def numbers(query: str) -> list[str]:
        return [row["cost"] for row in owner_api.get(f"/ai/jobs/?{query}").json()["results"]]

    assert sorted(numbers("cost__gte=2")) == ["2.000000", "3.000000"]
    assert sorted(numbers("cost__gte=2&cost__lte=2.5")) == ["2.000000"]
    assert numbers("ordering=-cost") == ["3.000000", "2.000000", "1.000000", None]
    assert numbers("ordering=cost")[-1] is None
    assert numbers("search=m-3") == ["3.000000"]
    board = owner_api.get("/ai/jobs/dashboard/").json()
    assert board["stats"]["total_cost"] == "6.000000"
    assert board["stats"]["unpriced_jobs"] == 1
    assert board["daily_activity"][0]["total_cost"] == "6.000000"
    assert board["brand_breakdown"][0]["cost"] == "6.000000"
    assert unknown.pk
    assert owner_api.get("/ai/jobs/export/").getvalue().decode().splitlines()[0].endswith(",cost")


def test_two_sections_cannot_have_one_name_or_two_costs(extension):
    with pytest.raises(ValueError, match="two sections"):
        sections.register(extension)
    other = sections.Section(name="other", load=lambda ids: {}, cost=extension.cost)
    with pytest.raises(ValueError, match="already does"):
        sections.register(other)


def test_money_has_six_places():
    assert sections.money(Decimal("1.5")) == "1.500000"
    assert sections.money(None) is None
