"""Pictures of the pages of jobs into `screenshots/`: every state, and what opens over a page."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.browser import office
from tests.browser.pictures import FOLDER, LOOKS


def pages(jobs: dict[str, Any]) -> list[tuple[str, str]]:
    failed = jobs["failed"].job_id
    both = f"{jobs['completed'].pk},{jobs['failed'].pk}"
    return [
        ("overview-busy", "/"),
        ("jobs-busy", "/jobs/"),
        ("jobs-failed", "/jobs/?status=failed,timeout"),
        ("jobs-empty", "/jobs/?search=nothing-like-it"),
        ("jobs-wrong", "/jobs/?status=sleeping"),
        *((f"job-{name}", f"/jobs/{job.job_id}/") for name, job in jobs.items()),
        *(
            (f"job-{tab}", f"/jobs/{failed}/{tab}/")
            for tab in ("events", "logs", "artifacts", "configuration", "history")
        ),
        ("compare-busy", f"/jobs/compare/?ids={both}"),
        ("queue-busy", "/queue/"),
        ("job-type", "/job-types/content_analysis/"),
        ("new-job-form", "/jobs/new/?type=content_analysis"),
        ("new-job-again", f"/jobs/new/?from={failed}"),
        ("new-job-review", f"/jobs/new/{jobs['draft'].job_id}/"),
    ]


def _cancel(page: Any, jobs: dict[str, Any]) -> None:
    page.goto(f"/jobs/{jobs['running'].job_id}/")
    page.locator(".title-actions [data-verb=cancel]").click()
    page.locator("#cancel-dialog .stop-facts").wait_for()


def _row_menu(page: Any, _jobs: dict[str, Any]) -> None:
    page.goto("/jobs/")
    page.locator("tr[data-job] details.row-menu summary").nth(2).click()


def _chosen(page: Any, _jobs: dict[str, Any]) -> None:
    page.goto("/jobs/")
    for number in range(3):
        page.locator("[data-select]").nth(number).check()


def _filters(page: Any, _jobs: dict[str, Any]) -> None:
    page.goto("/jobs/")
    page.locator("#filter-panel summary").click()


def _peek(page: Any, _jobs: dict[str, Any]) -> None:
    page.goto("/jobs/")
    page.locator("tr[data-job]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.wait_for_timeout(1_000)  # a picture, no test: whatever is there by then


def _keys(page: Any, _jobs: dict[str, Any]) -> None:
    page.goto("/jobs/")
    page.keyboard.press("?")


def _palette(page: Any, _jobs: dict[str, Any]) -> None:
    page.goto("/jobs/")
    page.keyboard.press("Control+k")
    page.wait_for_timeout(800)


OPEN = {
    "cancel-dialog": _cancel,
    "row-menu": _row_menu,
    "chosen": _chosen,
    "filters": _filters,
    "peek": _peek,
    "keys": _keys,
    "palette": _palette,
}


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(look, window, cast):
    from tests.ai_core.pages.making import one_of_each

    FOLDER.mkdir(exist_ok=True)
    office.furnish(cast)
    jobs = one_of_each(cast.first, cast.member)
    wanted = os.environ.get("PICTURES", "")
    found = window(cast.member.username, **LOOKS[look])
    found.expected_status = {400, 404, 406}
    for name, path in (page for page in pages(jobs) if wanted in page[0]):
        found.page.goto(path)
        found.page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
    for name, opened in OPEN.items():
        if wanted in name:
            opened(found.page, jobs)
            found.page.screenshot(path=FOLDER / f"{name}-{look}.png")
