"""The pages of jobs in a real Chromium: the flows of a working day, readable in every look."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from ai_core.models import AIJob
from ai_core.services import JobService
from tests.ai_core.pages.making import make, one_of_each
from tests.browser.soundness import in_every_look, walk

pytestmark = pytest.mark.browser

# The live server of these tests speaks no server-sent events: the pages fall back to polling.
NO_STREAM = {404, 406}
POLLED = 20_000


@pytest.fixture
def jobs(cast):
    return one_of_each(cast.first, cast.member)


@pytest.fixture
def open_page(window, jobs):
    def opened(path, **look):
        found = window("mina", **look)
        found.expected_status = set(NO_STREAM)
        found.page.goto(path)
        return found.page

    return opened


def shown(page):
    return page.locator("tr[data-job] .job-name")


@in_every_look
def test_pages_are_sound_in_every_look(looks, window, jobs):
    found = window("mina")
    found.expected_status = set(NO_STREAM)
    paths = ["/", "/jobs/", "/jobs/?search=nothing-like-it", "/jobs/?status=sleeping", "/queue/",
             "/job-types/", "/job-types/content_analysis/", "/releases/", "/workers/",
             "/jobs/new/", "/jobs/new/?type=content_analysis",
             f"/jobs/new/{jobs['draft'].job_id}/",
             *(f"/jobs/{job.job_id}/" for job in jobs.values()),
             *(f"/jobs/{jobs['failed'].job_id}/{tab}/" for tab in
               ("events", "logs", "artifacts", "configuration", "history"))]  # fmt: skip
    wrongs = walk(found, [(path, path) for path in paths], looks)
    assert not wrongs, "\n".join(wrongs)


def test_failures_are_found_and_the_address_keeps_them(open_page):
    page = open_page("/jobs/")
    page.get_by_role("link", name=re.compile("^Failed")).last.click()
    expect(shown(page)).to_have_text(["The failed one"])
    expect(page).to_have_url(re.compile(r"status=failed,timeout"))
    page.reload()
    expect(shown(page)).to_have_text(["The failed one"])
    page.go_back()
    expect(shown(page)).to_have_count(6)
    export = page.locator("[data-export=csv]")
    expect(export).to_have_attribute("href", re.compile("format=csv"))


def test_search_narrows_while_typing_and_keeps_the_focus(open_page):
    page = open_page("/jobs/")
    page.keyboard.press("/")
    page.keyboard.type("cancelled")
    expect(shown(page)).to_have_text(["The cancelled one"])
    expect(page.locator("#job-search")).to_be_focused()
    expect(page).to_have_url(re.compile("search=cancelled"))


def test_a_filter_becomes_a_chip_that_can_be_taken_off(open_page):
    page = open_page("/jobs/")
    page.keyboard.press("f")
    page.locator("#filter-panel").get_by_label("Priority", exact=True).select_option("urgent")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="No job matches")).to_be_visible()
    page.get_by_title("Remove this filter").click()
    expect(shown(page)).to_have_count(6)


def test_rows_are_walked_chosen_and_opened_by_keyboard(open_page):
    page = open_page("/jobs/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(shown(page).first).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("#bulk-bar")).to_contain_text("1 selected")
    page.keyboard.press("Escape")
    expect(page.locator("#bulk-bar")).to_be_hidden()
    shown(page).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The draft one")


def test_a_job_is_cancelled_only_with_a_reason_and_a_tick(open_page, jobs):
    page = open_page(f"/jobs/{jobs['pending'].job_id}/")
    page.get_by_role("button", name="Cancel job").click()
    dialog = page.get_by_role("dialog", name="Cancel this job?")
    go = dialog.get_by_role("button", name="Cancel this job")
    expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
    expect(go).to_be_disabled()
    dialog.get_by_label("Reason").select_option("testing")
    expect(go).to_be_disabled()
    dialog.get_by_label("I understand").check()
    go.click()
    expect(page.locator("[data-status=cancelled]")).to_be_visible()
    job = AIJob.objects.get(pk=jobs["pending"].pk)
    assert (job.status, job.cancel_reason) == ("cancelled", "testing")


def test_escape_leaves_the_cancel_dialog_and_the_job_alone(open_page, jobs):
    page = open_page(f"/jobs/{jobs['pending'].job_id}/")
    page.get_by_role("button", name="Cancel job").click()
    page.keyboard.press("Escape")
    expect(page.locator("#cancel-dialog")).to_be_hidden()
    assert AIJob.objects.get(pk=jobs["pending"].pk).status == "pending"


def test_the_page_of_a_running_job_follows_it_to_its_end(open_page, jobs):
    page = open_page(f"/jobs/{jobs['running'].job_id}/")
    expect(page.locator(".log-text")).to_have_text(["first line"])
    JobService.append_log(jobs["running"].pk, "second line")
    expect(page.locator(".log-text")).to_have_text(["first line", "second line"], timeout=POLLED)
    JobService.complete_job(jobs["running"].pk, {"answer": 42})
    expect(page.locator("[data-status=completed]")).to_be_visible(timeout=POLLED)
    expect(page.get_by_role("heading", name="Result")).to_be_visible()


def test_a_row_of_the_list_changes_by_itself(open_page, jobs):
    page = open_page("/jobs/")
    row = page.locator(f"#job-{jobs['running'].pk}")
    expect(row).to_contain_text("Running")
    JobService.complete_job(jobs["running"].pk, {})
    expect(row).to_contain_text("Done", timeout=POLLED)


def test_a_deleted_job_comes_back_by_undo(open_page, jobs):
    page = open_page("/jobs/")
    row = page.locator(f"#job-{jobs['completed'].pk}")
    row.locator("summary").click()
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)


def test_many_jobs_are_acted_on_with_an_answer_for_each(open_page, jobs):
    page = open_page("/jobs/")
    page.get_by_label("Select all on this page").check()
    page.locator("[data-bulk=cancel]").click()
    dialog = page.locator("#bulk-dialog")
    expect(dialog.locator("[data-bulk-says]")).to_have_text("3 of 6 jobs can do this")
    expect(dialog.locator("[data-verdicts] li")).to_have_count(3)
    dialog.get_by_label("Reason").select_option("testing")
    dialog.get_by_role("button", name="Go ahead").click()
    expect(dialog.locator("[data-bulk-says]")).to_have_text("3 of 6 jobs done")
    assert AIJob.objects.filter(status="cancelled").count() == 4


def test_a_failure_says_why_and_leads_to_the_next_try(open_page, jobs):
    page = open_page(f"/jobs/{jobs['failed'].job_id}/")
    expect(page.locator("#failure-message")).to_have_text("It broke <b>badly</b>.")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("[data-status=pending]")).to_be_visible()
    assert AIJob.objects.filter(origin=jobs["failed"], origin_kind="retry").count() == 1


def test_a_new_job_is_made_without_reading_anything(open_page):
    page = open_page("/jobs/")
    page.keyboard.press("c")
    page.get_by_role("link", name=re.compile("^Content analysis Reads")).click()
    page.get_by_label(re.compile("^Text")).first.fill("An owl flies through the night.")
    page.reload()
    expect(page.locator("[id='in-text']")).to_have_value("An owl flies through the night.")
    page.get_by_label("Name", exact=True).fill("My owl")
    page.get_by_role("button", name="Continue to the review").click()
    expect(page.get_by_text("it fits the type")).to_be_visible()
    page.get_by_role("button", name="Start this job").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My owl")
    assert AIJob.objects.get(description="My owl").status == "pending"


def test_the_queue_shows_places_and_takes_a_new_priority(open_page, cast, jobs):
    second = make(cast.first, cast.member, name="The second one")
    page = open_page("/queue/")
    row = page.locator(f".queue-row[data-job='{second.pk}']")
    expect(row.locator(".position")).to_have_text("#2")
    row.get_by_label("Priority").select_option("urgent")
    expect(row.locator(".position")).to_have_text("#1")
    assert AIJob.objects.get(pk=second.pk).priority == 3


def test_a_newcomer_finds_yesterdays_failures_and_takes_them_home(open_page, cast, jobs):
    old = make(cast.first, cast.member, name="Broke yesterday")
    JobService.start_job(old.pk)
    JobService.fail_job(old.pk, "It broke.")
    before = timezone.now() - timedelta(days=1)
    AIJob.objects.filter(pk=old.pk).update(created_at=before, completed_at=before)
    page = open_page("/")
    page.get_by_role("link", name="Jobs", exact=True).first.click()
    page.get_by_role("link", name=re.compile("^Failed")).last.click()
    expect(shown(page)).to_have_count(2)
    page.locator("#filter-panel > summary").click()
    page.get_by_role("link", name="Yesterday", exact=True).click()
    expect(shown(page)).to_have_text(["Broke yesterday"])
    expect(page.locator(".chip").filter(has_text="Ended from")).to_contain_text("yesterday")
    page.locator("summary").filter(has_text="Export").click()
    with page.expect_download() as got:
        page.get_by_role("link", name="As CSV").click()
    text = Path(got.value.path()).read_text()
    assert "Broke yesterday" in text
    assert "The failed one" not in text
