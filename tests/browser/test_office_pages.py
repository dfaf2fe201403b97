"""Usage, providers, settings and the bell in a real Chromium: readable, by keyboard, in French."""

import re

import pytest
from playwright.sync_api import expect

from megahub import translations
from tests.ai_providers.fakes import RunningFake
from tests.browser.doorway import reach
from tests.browser.office import furnish, pages
from tests.browser.soundness import in_every_look, violations, walk
from tests.browser.test_french import SAME, TEXTS

pytestmark = pytest.mark.browser
EXPECTED = {400, 403, 404, 429}  # pages that say no


@pytest.fixture(scope="module")
def fake():
    found = RunningFake()
    yield found
    found.stop()


@pytest.fixture
def office(cast, fake, settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    return furnish(cast, base_url=fake.base_url)


@pytest.fixture
def open_page(window, office, cast):
    def opened(path, who="manager", **look):
        found = window(office.username(who, cast), **look)
        found.expected_status = {403}
        found.page.goto(path)
        return found.page

    return opened


@in_every_look
def test_pages_are_sound_in_every_look(looks, window, office, cast):
    wrongs = []
    known = pages(office, cast)
    for who in sorted({who for _name, who, _way in known}):
        found = window(office.username(who, cast))
        found.expected_status = EXPECTED
        theirs = [(name, way) for name, one, way in known if one == who]
        wrongs += walk(found, theirs, looks)
    assert not wrongs, "\n".join(wrongs)


def test_no_english_is_left(window, office, cast):
    texts = translations.read(translations.LOCALE / "fr" / "LC_MESSAGES" / "django.po")
    # `seconds` is the name that an input gives one of its members.
    same = SAME | {"Notifications", "Quotas", "Total", "Page 1", "Type", "seconds"}
    english = {key for key, french in texts.items() if key != french[0]} - same
    left = set()
    known = pages(office, cast)
    for who in sorted({who for _name, who, _way in known}):
        found = window(office.username(who, cast), language="fr")
        found.expected_status = EXPECTED
        for name, _who, way in (page for page in known if page[1] == who):
            reach(found.page, way)
            left |= {f"{name}: {one}" for one in found.page.evaluate(TEXTS) if one in english}
    assert not left


def test_usage_is_narrowed_without_losing_the_page(open_page):
    page = open_page("/usage/?from=2026-01-01")
    page.get_by_role("link", name="Provider", exact=True).click()
    expect(page.get_by_role("link", name="acme", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("group_by=provider"))
    page.get_by_role("link", name="acme", exact=True).click()
    expect(page.locator(".chip")).to_contain_text("acme")
    page.get_by_role("link", name="7 days").click()
    expect(page.locator("[data-said-range]")).not_to_contain_text("1 Jan")
    export = page.locator("a[data-export=csv]")
    expect(export).to_have_attribute("href", re.compile("provider=acme.*format=csv"))
    page.go_back()
    expect(page.locator("[data-said-range]")).to_contain_text("1 Jan")
    page.get_by_role("link", name="Remove the filter Provider").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_a_bar_leads_to_the_jobs_of_its_day(open_page):
    page = open_page("/usage/")
    page.locator(".chart-bars a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What it cost, job by job")
    page.locator(".bills-table .job-name").first.click()
    expect(page).to_have_url(re.compile("/jobs/ai_job_"))


def test_a_check_says_what_works_and_takes_the_focus(open_page, office):
    page = open_page(f"/providers/{office.acme.pk}/")
    page.get_by_role("button", name="Check now").press("Enter")
    result = page.locator(".check-result")
    expect(result).to_contain_text("It answers")
    expect(result).to_contain_text("it does not offer: missing")
    expect(result).to_be_focused()
    expect(page.get_by_role("button", name="Check now")).to_be_visible()
    assert not violations(page, ours=True)


def test_a_key_is_made_copied_and_revoked_by_keyboard(open_page, window):
    page = open_page("/settings/keys/", "member")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Name", exact=True).fill("nightly")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.locator(".secret")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("mh_")
    assert not violations(page, ours=True)
    page.goto("/settings/keys/")
    expect(page.locator("body")).not_to_contain_text(re.compile(r"mh_\w{10}_\w{20}"))
    page.get_by_role("button", name=re.compile("^Revoke.*nightly$")).press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
    assert not violations(page, ours=True)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=re.compile("^Revoke.*nightly$"))).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Revoke it").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("is revoked")


def test_a_role_shows_its_button_only_when_there_is_something_to_save(open_page):
    page = open_page("/settings/members/")
    save = page.get_by_role("button", name=re.compile("^Save.*mina"))
    expect(save).to_be_hidden()
    page.get_by_label("Role of mina").select_option("manager")
    save.press("Enter")
    expect(page.locator("ul.messages")).to_contain_text("mina is now: Manager.")


def test_somebody_new_gets_a_link_and_comes_in(open_page, window):
    page = open_page("/settings/members/")
    page.get_by_label("Username or e-mail address").fill("new@example.org")
    page.get_by_role("button", name="Add").press("Enter")
    link = page.locator(".secret code").inner_text()
    assert not violations(page, ours=True)
    visitor = window().page
    visitor.goto(link)
    assert not violations(visitor, ours=True)
    visitor.get_by_label("New password", exact=True).fill("a long and quiet owl")
    visitor.get_by_label(re.compile("confirmation")).fill("a long and quiet owl")
    visitor.get_by_role("button", name="Set the password and come in").press("Enter")
    expect(visitor.locator("ul.messages")).to_contain_text("Welcome!")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Overview")


@pytest.mark.parametrize("address", ["/providers/", "/jobs/", "/admin/"])
def test_the_bell_counts_tells_and_is_quiet_once_opened(address, window, office, cast):
    from ai_core.services import JobService

    job = JobService.create_job("sleep", {"seconds": 1}, cast.admin, cast.first, description="Owl")
    JobService.start_job(job.pk)
    found = window("ada")
    page = found.page
    page.goto(address)
    count = page.locator("[data-bell-count]")
    expect(count).to_have_text("1")
    JobService.complete_job(job.pk, {})
    page.evaluate("document.dispatchEvent(new CustomEvent('hub:status'))")
    if address != "/admin/":
        expect(page.locator("#toasts")).to_contain_text("“Owl” is done")
    summary = page.locator("[data-bell] summary")
    summary.press("Enter")
    expect(page.locator("[data-bell] .news-item").first).to_contain_text("“Owl” is done")
    expect(count).to_be_hidden()
    summary.press("ArrowDown")
    expect(page.locator("[data-bell] .news-item").first).to_be_focused()
    if address != "/admin/":
        assert not violations(page, ours=True)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/jobs/{job.job_id}/"))
    expect(page.locator("[data-bell-count]")).to_be_hidden()


def test_g_and_a_letter_go_to_each_page_that_the_list_names(open_page, window):
    page = open_page("/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Usage & cost")
    assert not violations(page, ours=True)
    page.keyboard.press("Escape")
    for letter, path in {"u": "/usage/", "p": "/providers/", "s": "/settings/keys/"}.items():
        page.keyboard.press("g")
        page.keyboard.press(letter)
        expect(page).to_have_url(f"{window.address}{path}")
        page.wait_for_load_state()
