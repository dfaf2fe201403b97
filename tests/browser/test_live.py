"""Pages that stay true, served by the real front: by events, by polling where none come."""

import re

import pytest
from playwright.sync_api import expect

from ai_core.models import AIJob
from ai_core.services import JobService
from tests.ai_core.pages.making import make, one_of_each

pytestmark = pytest.mark.browser

SOON = 12_000  # a page with a stream never asks by itself; the queue does after fifteen seconds
POLLED = 20_000
STREAM = re.compile(r"/stream/")
LIVE, STALE = "[data-live-dot]:not(.stale)", "[data-live-dot].stale"


@pytest.fixture
def jobs(cast):
    return one_of_each(cast.first, cast.member)


@pytest.fixture
def page_of(front_window, jobs):
    def opened(path, *, without_streams=False, **look):
        found = front_window("mina", **look)
        if without_streams:
            found.page.route(STREAM, lambda route: route.fulfill(status=204))
        found.page.goto(path)
        return found.page

    return opened


def is_live(page):
    expect(page.locator(LIVE)).to_have_count(1)
    expect(page.locator("[data-live-text]")).to_have_text("Live · updated just now")


def test_a_row_changes_as_soon_as_its_job_does(page_of, jobs):
    page = page_of("/jobs/")
    is_live(page)
    row = page.locator(f"#job-{jobs['running'].pk}")
    expect(row).to_contain_text("Running")
    JobService.complete_job(jobs["running"].pk, {})
    expect(row).to_contain_text("Done", timeout=SOON)
    made = make(jobs["running"].brand, jobs["running"].created_by, name="Made meanwhile")
    expect(page.locator(f"#job-{made.pk}")).to_contain_text("Made meanwhile", timeout=SOON)


def test_a_page_whose_stream_is_refused_asks_by_itself_and_says_how_old_it_is(page_of, jobs):
    page = page_of("/jobs/", without_streams=True)
    expect(page.locator(STALE)).to_have_count(1)
    expect(page.locator("[data-live-text]")).to_have_text(
        re.compile(r"^Updated (just now|\ds ago)")
    )
    JobService.complete_job(jobs["running"].pk, {})
    expect(page.locator(f"#job-{jobs['running'].pk}")).to_contain_text("Done", timeout=POLLED)


def test_offline_the_rows_stay_and_their_age_is_told(front_window, jobs):
    found = front_window("mina")
    page = found.page
    page.route(STREAM, lambda route: route.fulfill(status=204))
    page.clock.install()
    page.goto("/jobs/")
    page.route("**/jobs/**", lambda route: route.abort())
    page.clock.run_for(40_000)
    expect(page.locator("[data-live-text]")).to_have_text(re.compile("^Paused · last update"))
    expect(page.locator("tr[data-job]")).to_have_count(6)
    page.unroute("**/jobs/**")
    page.clock.run_for(10_000)
    expect(page.locator("[data-live-text]")).to_have_text(re.compile("^Updated"))
    found.wrongs[:] = [wrong for wrong in found.wrongs if "net::ERR_FAILED" not in wrong]


def test_a_list_that_cannot_be_loaded_keeps_its_rows_and_offers_to_try_again(front_window, jobs):
    found = front_window("mina")
    found.expected_status = {503}
    page = found.page
    page.goto("/jobs/")
    page.route("**/jobs/?**", lambda route: route.fulfill(status=503))
    page.get_by_role("link", name=re.compile("^Failed")).last.click()
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    expect(page.locator("tr[data-job]")).to_have_count(6)
    expect(page.locator("#jobs-results")).to_have_class("is-dimmed")
    page.unroute("**/jobs/?**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    found.wrongs[:] = [wrong for wrong in found.wrongs if "Response Status Error" not in wrong]


def test_the_page_of_a_job_follows_it_and_is_still_at_its_end(page_of, jobs):
    page = page_of(f"/jobs/{jobs['running'].job_id}/")
    is_live(page)
    JobService.append_log(jobs["running"].pk, "second line")
    expect(page.locator(".log-text")).to_have_text(["first line", "second line"], timeout=SOON)
    page.clock.install()
    JobService.complete_job(jobs["running"].pk, {"answer": 42})
    expect(page.locator("[data-status=completed]")).to_be_visible(timeout=SOON)
    expect(page.locator("[data-final='1']")).to_have_count(1)
    asked = []
    page.on("request", lambda request: "/jobs/" in request.url and asked.append(request.url))
    page.clock.run_for(120_000)
    assert asked == []


def test_what_somebody_reads_does_not_move_while_rows_and_lines_come(page_of, cast, jobs):
    for number in range(30):
        make(cast.first, cast.member, name=f"Job {number}")
    page = page_of("/jobs/?page_size=50&ordering=created_at")
    is_live(page)
    page.evaluate("scrollTo(0, 600)")
    JobService.complete_job(jobs["running"].pk, {})
    expect(page.locator(f"#job-{jobs['running'].pk}")).to_contain_text("Done", timeout=SOON)
    assert page.evaluate("scrollY") == 600


def test_a_log_that_somebody_scrolls_back_in_stays_there(page_of, jobs):
    for number in range(60):
        JobService.append_log(jobs["running"].pk, f"line {number}")
    page = page_of(f"/jobs/{jobs['running'].job_id}/logs/")
    is_live(page)
    log = page.locator("[data-log]")
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(page.locator("[data-log-follow]")).to_have_attribute("aria-pressed", "false")
    JobService.append_log(jobs["running"].pk, "one more")
    expect(page.locator(".log-text").last).to_have_text("one more", timeout=SOON)
    assert log.evaluate("log => log.scrollTop") == 0
    page.get_by_role("button", name="Jump to the newest").click()
    expect(page.locator(".log-text").last).to_be_in_viewport()


def test_the_queue_moves_up_by_itself(page_of, cast, jobs):
    second = make(cast.first, cast.member, name="The second one")
    page = page_of("/queue/")
    place = page.locator(f".queue-row[data-job='{second.pk}'] .position")
    expect(place).to_have_text("#2")
    JobService.cancel_job(jobs["pending"].pk, user=cast.member, reason="testing")
    expect(place).to_have_text("#1", timeout=SOON)


def test_the_first_view_of_the_list_is_light(page_of, cast, jobs):
    """Everything included, as it goes over the wire: page, styles, scripts, icons, fonts."""
    for number in range(30):
        make(cast.first, cast.member, name=f"A job with a name of a usual length {number}")
    page = page_of("/login/")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes = {}
    names = {}
    session.on(
        "Network.requestWillBeSent",
        lambda one: names.update({one["requestId"]: one["request"]["url"]}),
    )
    session.on(
        "Network.loadingFinished",
        lambda one: sizes.update({one["requestId"]: one["encodedDataLength"]}),
    )
    page.goto("/jobs/")
    page.wait_for_load_state("load")
    is_live(page)
    page.evaluate("document.fonts.ready.then(() => 1)")
    total = sum(sizes.values())
    told = sorted(((size, names.get(key, "?")) for key, size in sizes.items()), reverse=True)
    assert 0 < total < 150_000, f"{total} bytes: {told}"
    assert AIJob.objects.count() == 36
