"""What is asked of a full hub, and how quickly it must answer (PERF-05, PERF-10)."""

from dataclasses import dataclass

LIST, BOARD, PAGE = 15.0, 30.0, 100.0  # milliseconds of server time, median
PAGES = {
    "jobs, oldest first": "/jobs/?ordering=created_at&page=40",
    "jobs, a tag": "/jobs/?tags=client-7",
    "jobs, failures of a week": "/jobs/?status=failed,timeout&completed_at__gte={week}",
    "new job": "/jobs/new/",
    "new job, its form": "/jobs/new/?type=sleep",
    "releases": "/releases/",
    "job types": "/job-types/",
    "a job type": "/job-types/sleep/",
    "workers": "/workers/",
    "usage": "/usage/",
    "usage of a week, by person": "/usage/?from={week}&group_by=user",
    "usage, 120 days": "/usage/?from={quarter}",
    "bills": "/usage/jobs/",
    "bills, 120 days": "/usage/jobs/?from={quarter}",
    "bills, dearest of 120 days": "/usage/jobs/?from={quarter}&ordering=-cost",
    "bills, of a model": "/usage/jobs/?from={quarter}&provider=acme&model=m-1",
    "bills, of no provider": "/usage/jobs/?from={quarter}&provider=elsewhere",
    "providers": "/providers/",
    "API keys": "/settings/keys/",
    "members": "/settings/members/",
    "quotas": "/settings/quotas/",
    "the brand": "/settings/brand/",
    "notifications": "/news/",
    "search": "/search/?q=SEO",
    "trainings": "/trainings/",
    "datasets": "/datasets/",
    "training configurations": "/training-configurations/",
    "compute offers": "/compute-offers/",
    "trainings, narrowed": "/trainings/?status=pending&sortBy=cost",
    "new training": "/trainings/new/",
    "a training": "/jobs/{run}/",
    "two trainings compared": "/trainings/compare/?ids={runs}",
    "a dataset": "/datasets/{dataset}/",
    "a training configuration": "/training-configurations/{configuration}/",
    "releases, second page": "/releases/?page=2",
    "a release": "/releases/{release}/",
    "schedules": "/schedules/",
    "a schedule": "/schedules/{schedule}/",
    "a schedule, its form": "/schedules/{schedule}/edit/",
    "new schedule": "/schedules/new/?type=sleep",
    "webhooks": "/settings/webhooks/",
    "a webhook": "/settings/webhooks/{hook}/",
    "my notifications": "/settings/notifications/",
    "retention, what would go": "/settings/retention/",
    "audit trail": "/settings/audit/",
    "audit trail, a kind": "/settings/audit/?kind=member&from={week}",
    "audit trail, search": "/settings/audit/?search=thing+777",
    "audit trail, search in vain": "/settings/audit/?search=zebrafish",
    "second factor": "/account/second-factor/",
    "password": "/account/password/",
}


@dataclass(frozen=True)
class Question:
    name: str
    address: str
    target: float
    id: str = "PERF-05"
    every_brand: bool = False


def questions(*, deep_cursor: str, job: int) -> list[Question]:
    """Return them all; the deep cursor stands halfway through the largest brand's jobs."""
    return [
        Question("list, first page", "/ai/jobs/", LIST),
        Question("list, page of 200", "/ai/jobs/?page_size=200", BOARD),
        Question("list, status=failed", "/ai/jobs/?status=failed", LIST),
        Question("list, status=completed", "/ai/jobs/?status=completed", LIST),
        Question("list, status=running,pending", "/ai/jobs/?status=running,pending", LIST),
        Question("list, type and priority", "/ai/jobs/?job_type=sleep&priority=urgent", LIST),
        Question("list, tag", "/ai/jobs/?tags=client-7", LIST),
        Question("list, last week", "/ai/jobs/?created_at__gte={week}", LIST),
        Question("list, search, few hits", "/ai/jobs/?search=aurora", LIST),
        Question("list, search, many hits", "/ai/jobs/?search=SEO", LIST),
        Question("list, search, no hit", "/ai/jobs/?search=zebrafish", LIST),
        Question("list, by duration", "/ai/jobs/?ordering=-duration", LIST),
        Question("list, page 400", "/ai/jobs/?page=400", LIST),
        Question("list, deep cursor", f"/ai/jobs/?cursor={deep_cursor}", LIST),
        Question("list, every brand", "/ai/jobs/", LIST, every_brand=True),
        Question("one job", f"/ai/jobs/{job}/", LIST),
        Question("by_status, completed", "/ai/jobs/by_status/?status=completed&limit=25", LIST),
        Question("by_status, running", "/ai/jobs/by_status/?status=running&limit=25", LIST),
        Question("dashboard", "/ai/jobs/dashboard/", BOARD),
        Question("dashboard, every brand", "/ai/jobs/dashboard/", BOARD, every_brand=True),
        Question("page: overview", "/", PAGE, "PERF-10"),
        Question("page: jobs", "/jobs/", PAGE, "PERF-10"),
        Question("page: jobs, failed", "/jobs/?status=failed", PAGE, "PERF-10"),
        Question("page: jobs, search", "/jobs/?search=SEO", PAGE, "PERF-10"),
        Question("page: a job", f"/jobs/{job}/", PAGE, "PERF-10"),
        Question("page: queue", "/queue/", PAGE, "PERF-10"),
        *(
            Question(f"page: {name}", address, PAGE, "PERF-10")
            for name, address in {**PAGES, **_tabs(job)}.items()
        ),
    ]


def _tabs(job: int) -> dict[str, str]:
    tabs = ("events", "logs", "artifacts", "configuration", "history")
    more = {
        "a job at a glance": f"/jobs/{job}/peek/",
        "run it again": f"/jobs/new/?from={job}",
        "compare two jobs": f"/jobs/compare/?ids={job},{job + 13}",
    }
    return {f"a job's {tab}": f"/jobs/{job}/{tab}/" for tab in tabs} | more
