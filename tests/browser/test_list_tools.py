"""The tools of the list and the queue in a real Chromium: columns, views, peek, palette, prices."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from ai_core.models import AIJob, SavedView
from ai_core.services import JobService
from brands.models import Membership, Role
from tests.ai_core.pages.making import make, one_of_each
from tests.browser.soundness import CUT, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def jobs(cast):
    return one_of_each(cast.first, cast.member)


@pytest.fixture
def open_page(window, jobs):
    def opened(path, *, who="mina", **look):
        found = window(who, **look)
        found.expected_status = {404, 406}
        found.page.goto(path)
        return found.page

    return opened


@pytest.fixture
def manages(cast):
    Membership.objects.filter(user=cast.member).update(role=Role.MANAGER)


def panel(page, name):
    page.locator("summary").filter(has_text=name).click()


def test_columns_are_chosen_kept_and_in_the_address(open_page):
    page = open_page("/jobs/")
    panel(page, "Columns")
    page.get_by_role("checkbox", name="Priority").check()
    page.get_by_role("checkbox", name="Configuration").uncheck()
    page.get_by_role("button", name="Apply").last.click()
    head = page.locator("thead th")
    expect(head.filter(has_text="Priority")).to_be_visible()
    expect(head.filter(has_text="Configuration")).to_have_count(0)
    expect(page).to_have_url(re.compile("columns=.*priority"))
    page.goto("/jobs/")
    expect(head.filter(has_text="Priority")).to_be_visible()
    panel(page, "Columns")
    page.get_by_role("link", name="Usual columns").click()
    expect(head.filter(has_text="Priority")).to_have_count(0)


def test_all_columns_scroll_inside_their_card_and_menus_are_whole(open_page):
    page = open_page("/jobs/?columns=status,configuration,resources,created_by,brand,priority,"
                     "release,tags,cause,created,started,finished,duration,cost")  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    page.locator("tr[data-job] .row-menu summary").first.click()
    expect(page.get_by_role("link", name="Manage").first).to_be_in_viewport(ratio=1)


def test_a_view_is_saved_opened_and_removed(open_page, cast):
    page = open_page("/jobs/?status=failed,timeout&ordering=created_at")
    panel(page, "Save view")
    page.get_by_label("Save what is shown now as").fill("What broke")
    page.get_by_role("checkbox", name="Show it to everybody of Atelier").check()
    page.get_by_role("button", name="Save the view").click()
    expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
    page.goto("/jobs/")
    page.locator(".views > .view-link", has_text="What broke").click()
    expect(page.locator("tr[data-job]")).to_have_count(1)
    expect(page).to_have_url(re.compile("ordering=created_at&status=failed,timeout"))
    assert SavedView.objects.get().is_shared
    panel(page, "Save view")
    page.get_by_role("button", name="Remove the view What broke").click()
    expect(page.locator(".views > .view-link")).to_have_count(0)


def test_p_peeks_j_goes_on_and_escape_gives_the_row_back(open_page):
    page = open_page("/jobs/")
    page.keyboard.press("j")
    page.keyboard.press("p")
    peek = page.locator("#peek-panel")
    first, second = page.locator(".job-name").all_inner_texts()[:2]
    expect(peek.get_by_role("heading", name=first)).to_be_visible()
    page.keyboard.press("j")
    expect(peek.get_by_role("heading", name=second)).to_be_visible()
    expect(peek.get_by_role("link", name="Open this job")).to_be_visible()
    assert not violations(page, ours=True)
    page.keyboard.press("Escape")
    expect(peek).to_be_hidden()
    expect(page.get_by_role("link", name=second)).to_be_focused()


def test_chosen_jobs_survive_pages_and_are_compared(open_page, cast, jobs):
    for number in range(30):
        make(cast.first, cast.member, name=f"Job {number}")
    page = open_page("/jobs/")
    page.get_by_label("Select Job 29").check()
    page.get_by_title("Next page").click()
    page.get_by_label("Select The failed one").check()
    expect(page.locator("#bulk-bar")).to_contain_text("2 selected")
    page.reload()
    expect(page.locator("#bulk-bar")).to_contain_text("2 selected")
    export = page.locator("[data-bulk-export]").get_attribute("href")
    assert str(jobs["failed"].pk) in export
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare jobs")
    before = page.locator(".compare tbody tr").count()
    page.get_by_role("link", name="Only what differs").click()
    expect(page.get_by_role("link", name="Show everything")).to_be_visible()
    assert 0 < page.locator(".compare tbody tr").count() < before


def test_deleting_many_jobs_is_undone(open_page):
    page = open_page("/jobs/?status=completed,failed,cancelled")
    page.get_by_label("Select all on this page").check()
    page.locator("[data-bulk=delete]").click()
    page.get_by_role("button", name="Go ahead").click()
    expect(page.locator("tr[data-job]")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tr[data-job]")).to_have_count(3)
    assert AIJob.objects.filter(deleted_at__isnull=False).count() == 0


def test_the_palette_goes_to_a_job_by_keyboard_alone(open_page, jobs):
    page = open_page("/queue/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go anywhere, do anything")
    expect(field).to_be_focused()
    expect(page.locator("[role=option]").first).to_have_attribute("aria-selected", "true")
    page.keyboard.type("the failed")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_contain_text("The failed one")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert not violations(page, ours=True)
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("Search everything")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The failed one")


def test_the_palette_acts_in_french(open_page):
    page = open_page("/jobs/", language="fr")
    page.keyboard.press("Control+k")
    page.keyboard.type("theme")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Changer de thème")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Control+k")
    page.keyboard.type("english")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_palette_switches_the_brand(open_page):
    page = open_page("/", who="noel")
    page.keyboard.press("Control+k")
    page.keyboard.type("northern")
    page.keyboard.press("Enter")
    expect(page.locator(".title-facts")).to_contain_text("Northern Lights Publishing")


ACTS = {  # key → what must then be true
    "C": "location.pathname === '/jobs/new/'",
    "/": "document.activeElement.id === 'job-search'",
    "F": "document.getElementById('filter-panel').open",
    "J": "document.activeElement.matches('[data-open]')",
    "P": "!document.getElementById('peek-panel').hidden",
    "X": "document.querySelectorAll('[data-select]:checked').length === 1",
    "?": "document.getElementById('keys-dialog').open",
}


def test_every_key_of_the_list_of_keys_does_what_it_says(open_page):
    page = open_page("/jobs/")
    page.keyboard.press("?")
    told = {
        text.replace(" ", "") for text in page.locator("#keys-dialog td:visible").all_inner_texts()
    }
    go = {text for text in told if text.startswith("G") and len(text) == 2}
    assert told - go == {"CtrlK", "C", "R", "?", "Esc", "/", "F", "JK", "P", "Enter", "X", "E"}
    for key, truth in ACTS.items():
        page.goto("/jobs/")
        if key == "X":
            page.keyboard.press("j")
        page.keyboard.press(key.lower())
        page.wait_for_function(truth)
    for text in sorted(go):
        page.goto("/jobs/new/")
        wanted = page.locator(f"[data-go-key={text[1].lower()}]").get_attribute("href")
        page.keyboard.press("g")
        with page.expect_navigation():
            page.keyboard.press(text[1].lower())
        assert urlsplit(page.url).path.startswith(wanted)
    page.goto("/jobs/")
    with page.expect_download() as got:
        page.keyboard.press("e")
    assert got.value.suggested_filename.endswith(".csv")


def test_where_there_is_no_list_its_keys_are_not_told(open_page):
    page = open_page("/releases/")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="In the list of jobs")).to_be_hidden()


def test_the_price_of_a_promotion_is_told_before_it_is_paid(open_page, manages, cast):
    last = make(cast.first, cast.member, name="The last one")
    page = open_page("/queue/")
    row = page.locator(f".queue-row[data-job='{last.pk}']")
    row.get_by_role("button", name="To the front").click()
    dialog = page.locator("#promote-dialog")
    expect(dialog).to_contain_text("1 job of your brand starts later")
    expect(dialog.get_by_role("link", name="The pending one")).to_be_visible()
    assert not violations(page, ours=True)
    expect(row.locator(".position")).to_have_text("#2")
    dialog.get_by_role("button", name="Move to the front").click()
    expect(row.locator(".position")).to_have_text("#1")


def test_a_waiting_job_is_put_off_until_later(open_page, jobs):
    page = open_page("/queue/")
    page.locator(f".queue-row[data-job='{jobs['pending'].pk}'] summary").click()
    page.get_by_role("button", name="Start it later").click()
    page.get_by_label("Start no earlier than").fill("2031-05-04T09:30")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("Scheduled for later"))).to_be_visible()
    job = AIJob.objects.get(pk=jobs["pending"].pk)
    assert (job.due, job.run_after.year) == (False, 2031)


def test_the_cancel_dialog_says_what_would_truly_follow(open_page, jobs):
    page = open_page("/jobs/")
    row = page.locator(f"#job-{jobs['running'].pk}")
    row.locator("summary").click()
    row.get_by_role("button", name="Stop").click()
    dialog = page.locator("#cancel-dialog")
    expect(dialog).to_contain_text("The work stops within seconds")
    expect(dialog).to_contain_text("Already spent")
    expect(dialog).to_contain_text("Stopping saves about")
    assert not violations(page, ours=True)


LOOKS = [(1440, False), (390, True), (360, False)]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_open_panels_and_long_words_are_sound(width, dark, open_page, cast, jobs):
    long = make(cast.first, cast.member, name="Unbrokenword" * 40, tags=["x" * 40] * 1,
                input_data={"seconds": 2})  # fmt: skip
    JobService.start_job(long.pk)
    JobService.append_log(long.pk, "y" * 5000)
    JobService.fail_job(long.pk, "z" * 3000)
    page = open_page("/jobs/", width=width, dark=dark)
    ids = f"{long.pk},{jobs['completed'].pk},{jobs['failed'].pk}"
    wrongs = []

    def look(name):
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            wrongs.append(f"{name}: {wide} px wide on {width}")
        wrongs.extend(f"{name}: cut off: {one}" for one in page.evaluate(CUT, width))
        wrongs.extend(f"{name}: {one}" for one in violations(page, ours=True))

    for path in ("/jobs/", f"/jobs/compare/?ids={ids}", "/jobs/compare/", f"/jobs/{long.job_id}/",
                 f"/jobs/{long.job_id}/logs/", f"/jobs/new/?from={long.job_id}"):  # fmt: skip
        page.goto(path)
        look(path)
    page.goto("/jobs/?columns=status,tags,cause,priority")
    for number, name in enumerate(("Columns", "view", "Filter")):
        panel(page, re.compile(name))
        look(f"panel {number}")
        page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.get_by_role("link", name="Open this job")).to_be_visible()
    look("peek")
    assert not wrongs, "\n".join(wrongs)


def test_on_paper_there_are_no_buttons(open_page, jobs):
    page = open_page(f"/jobs/{jobs['failed'].job_id}/")
    page.emulate_media(media="print")
    for selector in (".topbar", ".sidebar", ".title-actions", ".form-actions"):
        expect(page.locator(selector).first).to_be_hidden()
    expect(page.locator("#failure-message")).to_be_visible()
    page.goto("/jobs/")
    expect(page.locator(".toolbar")).to_be_hidden()
    expect(page.locator("tr[data-job]").first).to_be_visible()
