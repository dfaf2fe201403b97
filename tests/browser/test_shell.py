"""Every page of the shell in a real Chromium: sound, silent, and alone on the network."""

import pytest
from playwright.sync_api import Error

from tests.browser.site import PAGES, PASSWORD
from tests.browser.soundness import WIDE, in_every_look, walk

pytestmark = pytest.mark.browser


@in_every_look
@pytest.mark.parametrize("who", ["visitor", "admin", "member", "outsider", "both"])
def test_pages_are_sound(who, looks, window, cast):
    """Readable (axe), inside the screen, silent in the console, and alone on the network."""
    found = window(None if who == "visitor" else getattr(cast, who).username)
    found.expected_status = {403, 404}
    theirs = [(name, path) for name, role, path in PAGES if (role or "visitor") == who]
    wrongs = walk(found, theirs, looks, is_ours=lambda name: not name.startswith("admin-"))
    assert not wrongs, "\n".join(wrongs)


SPOIL = """
() => {
  document.querySelector("main h1").style.color = "light-dark(#000, #333)";
  document.querySelector("main").append(document.createElement("p"));
  document.querySelector("main > p:last-child").innerText = "wide";
  document.querySelector("main > p:last-child").style.width = "3000px";
}
"""


def test_a_page_that_is_spoilt_in_one_look_is_noticed(window, cast):
    found = window("mina")
    spoil = lambda: found.page.evaluate(SPOIL)  # noqa: E731
    wrongs = walk(found, [("overview", "/")], WIDE, opened=spoil)
    assert [one for one in wrongs if "cut off" in one]
    assert [one for one in wrongs if "(1440 px, dark): color-contrast" in one]
    assert not [one for one in wrongs if "(1440 px): color-contrast" in one]


def test_who_has_the_password_comes_in_by_the_form(window, cast):
    found = window()
    found.log_in("mina", PASSWORD)
    assert found.page.locator("#sidebar").is_visible()


def test_a_request_to_another_host_is_noticed(window, cast):
    found = window("mina")
    with pytest.raises(Error):
        found.page.goto("http://127.0.0.1:9/")
    assert any("another host" in wrong for wrong in found.wrongs)
    found.wrongs.clear()


def test_the_policy_lets_a_page_call_no_other_host(window, cast):
    found = window("mina")
    found.page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
    assert any("Content Security Policy" in wrong for wrong in found.wrongs)
    assert not any("another host" in wrong for wrong in found.wrongs)
    found.wrongs.clear()


def test_an_inline_script_is_refused(window, cast):
    found = window("mina")
    found.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " {textContent: 'window.ran = true'}))"
    )
    assert found.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in wrong for wrong in found.wrongs)
    found.wrongs.clear()
