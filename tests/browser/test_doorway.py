"""The newer pages by keyboard alone: the second factor, a schedule, the trail."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import doorway
from tests.browser.site import PASSWORD

pytestmark = pytest.mark.browser


def test_a_second_factor_is_set_and_asked_for_without_a_mouse(window, cast):
    page = window("mina").page
    page.goto("/account/second-factor/")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(doorway.code_now())
    page.keyboard.press("Enter")
    codes = page.locator(".recovery-codes code")
    expect(codes).to_have_count(10)
    spare = codes.first.inner_text()
    visitor = window().page
    visitor.goto("/login/")
    visitor.keyboard.type("mina")
    visitor.keyboard.press("Tab")
    visitor.keyboard.type(PASSWORD)
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_label("Code")).to_be_focused()
    visitor.keyboard.type(spare)
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#sidebar")).to_be_attached()
    visitor.goto("/account/second-factor/")
    expect(visitor.locator("main")).to_contain_text("9 recovery codes are left")


def test_a_schedule_is_made_without_a_mouse_and_without_knowing_cron(window, cast):
    from ai_core.execution import registry

    registry.sync()
    page = window("mina").page
    page.goto("/schedules/new/?type=sleep")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("mornings")
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    chosen = page.get_by_role("button", name="Each day")
    expect(chosen).to_be_focused()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#next-runs")).to_contain_text("Each day at 07:00")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("mornings")
    expect(page.locator("#next-runs")).to_contain_text("Each day at 07:00")


def test_the_open_tab_of_the_settings_is_in_sight_on_a_phone(window, cast):
    page = window("mina", width=390).page
    page.goto("/settings/notifications/")
    expect(page.locator(".settings-tabs [aria-current]")).to_be_in_viewport(ratio=0.9)


def test_the_trail_is_narrowed_without_a_mouse(window, cast):
    from brands.audit import trail

    trail.record("member.changed", name="zora", brand=cast.first, changes={"role": ["a", "b"]})
    trail.record("job.cancelled", name="another", brand=cast.first)
    page = window("ada").page
    page.goto("/settings/audit/")
    page.get_by_label("Search the trail").press_sequentially("zor")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("search=zor"))
    expect(page.locator("main tbody th")).to_have_text(["Member: changed"])
    expect(page.locator("main tbody")).to_contain_text("role: a → b")
