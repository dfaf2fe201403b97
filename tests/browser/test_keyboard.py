"""The shell by keyboard alone: skip link, menus, drawer, switches; focus is never lost."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


# The end of the page's own round is the browser itself, which Chromium reports as the body.
INSIDE = """
document.activeElement === document.body || !!document.activeElement.closest("#sidebar")
"""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused_text(page: Page) -> str:
    return page.evaluate(
        "document.activeElement.matches('body') ? '' : document.activeElement.textContent"
    )


def walk_to(page: Page, name: str, *, most: int = 25) -> None:
    """Press Tab until the element with this text has focus; it must be on the way."""
    for _step in range(most):
        page.keyboard.press("Tab")
        if name in focused_text(page):
            return
    raise AssertionError(f"Tab never reached {name!r}")


def test_the_first_tab_skips_to_the_content(window, cast):
    page = window("mina").page
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to main content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content-start")).to_be_focused()


def test_login_works_without_a_mouse_and_tells_what_is_wrong(window, cast):
    page = window().page
    page.goto("/login/")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("mina")
    press(page, "Tab")
    page.keyboard.type("wrong")
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("correct username and password")
    expect(page).to_have_title("Error: Log in · MEGAHUB")


def test_a_menu_opens_walks_closes_and_gives_focus_back(window, cast):
    page = window("mina").page
    walk_to(page, "Account:")
    press(page, "ArrowDown")
    expect(page.get_by_role("link", name="Change password")).to_be_focused()
    press(page, "ArrowDown")
    expect(page.get_by_role("link", name="Second factor")).to_be_focused()
    press(page, "ArrowDown")
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_focused()
    press(page, "End")
    expect(page.get_by_role("button", name="Log out")).to_be_focused()
    press(page, "Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    assert "Account:" in focused_text(page)
    press(page, "Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    press(page, "Shift+Tab")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()


def test_logging_out_from_the_menu_says_so(window, cast):
    page = window("mina").page
    walk_to(page, "Account:")
    press(page, "ArrowUp", "Enter")
    expect(page.get_by_role("status")).to_contain_text("You are logged out.")


def test_the_brand_is_switched_by_keyboard(window, cast):
    page = window("noel").page
    walk_to(page, "Choose a brand")
    press(page, "ArrowDown", "ArrowDown", "Enter")
    expect(page.locator(".title-facts")).to_contain_text("Northern Lights Publishing")


def test_the_theme_goes_round_and_is_kept_in_the_admin_too(window, cast):
    page = window("ada").page
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "auto")
    seen = []
    walk_to(page, "Theme:")
    for _press in range(3):
        press(page, "Enter")
        seen.append(root.get_attribute("data-theme"))
    assert seen == ["dark", "light", "auto"]
    press(page, "Enter")
    page.goto("/admin/")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(12, 20, 24)")


def test_the_language_is_switched_and_the_page_stays(window, cast):
    page = window("mina").page
    page.goto("/account/password/?from=here")
    walk_to(page, "Language")
    press(page, "ArrowDown", "ArrowDown", "Enter")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("heading", level=1)).to_have_text("Changer le mot de passe")
    assert page.url.endswith("/account/password/?from=here")


@pytest.mark.parametrize("address", ["/", "/admin/"])
def test_the_drawer_takes_focus_keeps_it_and_gives_it_back(address, window, cast):
    page = window("ada", width=390).page
    page.goto(address)
    sidebar = page.locator("#sidebar")
    expect(sidebar).to_be_hidden()
    walk_to(page, "Open the menu")
    press(page, "Enter")
    expect(sidebar).to_be_visible()
    expect(page.get_by_role("button", name="Close the menu")).to_be_focused()
    for _step in range(12):
        press(page, "Tab")
        assert page.evaluate(INSIDE)
    press(page, "Escape")
    expect(sidebar).to_be_hidden()
    assert "Open the menu" in focused_text(page)


def test_the_navigation_is_narrowed_by_typing(window, cast):
    page = window("ada").page
    page.get_by_label("Filter menu").fill("bran")
    expect(page.locator(".nav-list li:visible")).to_have_text(["Brands"])
    press(page, "Enter")
    expect(page).to_have_url(f"{window.address}/admin/brands/brand/")


def test_the_list_of_keys_opens_and_letters_can_be_switched_off(window, cast):
    page = window("mina").page
    dialog = page.get_by_role("dialog")
    press(page, "?")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use single-letter shortcuts").uncheck()
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    press(page, "?")
    expect(dialog).to_be_hidden()
    press(page, "Control+k")
    expect(page.get_by_role("combobox", name="Go anywhere, do anything")).to_be_focused()
    page.keyboard.type("mina?")
    expect(page.locator("#keys-dialog")).to_be_hidden()
    press(page, "Backspace", "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “mina”")


def test_a_message_is_put_away_and_focus_goes_to_the_page(window, cast):
    page = window("noel").page
    page.evaluate("document.querySelector('main [name=brand]').value = '999999'")
    page.locator("main [name=brand]").first.click()
    page.get_by_role("button", name="Dismiss").press("Enter")
    expect(page.locator("ul.messages")).to_have_count(0)
    expect(page.locator("#content-start")).to_be_focused()
