"""Every page of the shell in a real Chromium: sound, silent, and alone on the network."""

import pytest
from playwright.sync_api import Error

from megahub.assets import TESTS_ONLY
from tests.browser.site import PAGES

pytestmark = pytest.mark.browser

LOOKS = [(1440, False), (1440, True), (390, False), (360, True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The stock admin's own markup, which we cannot change.
STOCK = ["region", "heading-order", "page-has-heading-one", "landmark-unique", "empty-table-header"]


# Fields that reach beyond the screen, hidden by a card's edge, where no scroll bar tells of it.
CUT = """
width => [...document.querySelectorAll("main :is(input, select, textarea, p, .help)")]
  .filter(one => !one.closest(".results, .table-box, .tabular, .only-heard"))
  .filter(one => one.checkVisibility())
  .filter(one => one.getBoundingClientRect().right > width)
  .map(one => one.outerHTML.slice(0, 100))
"""


def violations(page, *, ours: bool) -> list[str]:
    """Run axe in the page; a function of the devtools, so the page's own policy stays strict."""
    page.evaluate(TESTS_ONLY.read_text())
    off = {} if ours else {rule: {"enabled": False} for rule in STOCK}
    found = page.evaluate(
        "([rules, off]) => axe.run({runOnly: rules, rules: off, preload: false})", [RULES, off]
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.parametrize("who", ["visitor", "admin", "member", "outsider", "both"])
def test_pages_are_sound(who, width, dark, window, cast):
    """Readable (axe), inside the screen, silent in the console, and alone on the network."""
    username = None if who == "visitor" else getattr(cast, who).username
    found = window(username, width=width, dark=dark)
    found.expected_status = {403, 404}
    wrongs = []
    for name, role, path in PAGES:
        if (role or "visitor") != who:
            continue
        found.page.goto(path)
        wide = found.page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            wrongs.append(f"{name}: {wide} px wide on {width}")
        wrongs += [f"{name}: cut off: {one}" for one in found.page.evaluate(CUT, width)]
        ours = not name.startswith("admin-")
        wrongs += [f"{name}: {one}" for one in violations(found.page, ours=ours)]
    assert not wrongs, "\n".join(wrongs)


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
