"""Is a page sound in every look: readable (axe), nothing cut off, nothing beyond the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import pytest

from megahub.assets import TESTS_ONLY
from tests.browser.doorway import Way, reach

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The stock admin's own markup, which we cannot change.
STOCK = ["region", "heading-order", "page-has-heading-one", "landmark-unique", "empty-table-header"]


class Look(NamedTuple):
    width: int
    dark: bool = False


# A page is opened once for two looks: every rule is asked in the first of them; in the second, with
# the same markup and layout, those that see colours and sizes. The first ones have both themes and
# both layouts between them.
WIDE = (Look(1440), Look(1440, dark=True))
NARROW = (Look(360, dark=True), Look(390))
in_every_look = pytest.mark.parametrize("looks", [WIDE, NARROW], ids=["wide", "narrow"])
SEEN = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]

# Fields that reach beyond the screen, hidden by a card's edge, where no scroll bar tells of it.
CUT = """
width => [...document.querySelectorAll("main :is(input, select, textarea, p, .help)")]
  .filter(one => !one.closest(".results, .table-box, .tabular, .only-heard"))
  .filter(one => one.checkVisibility())
  .filter(one => one.getBoundingClientRect().right > width)
  .map(one => one.outerHTML.slice(0, 100))
"""
AXE = """
([rules, off]) => axe.run({runOnly: rules, rules: off, preload: false, resultTypes: ["violations"]})
"""


def violations(page, *, ours: bool = True, rules: list[str] = RULES) -> list[str]:
    """Run axe in the page; a function of the devtools, so the page's own policy stays strict."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(TESTS_ONLY.read_text())
    off = {} if ours or rules is not RULES else {rule: {"enabled": False} for rule in STOCK}
    found = page.evaluate(AXE, [rules, off])
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def walk(
    found,
    pages: Iterable[tuple[str, Way]],
    looks: tuple[Look, ...],
    *,
    opened: Callable[[], object] = lambda: None,
    is_ours: Callable[[str], bool] = lambda _name: True,
) -> list[str]:
    """Open each page (name, way) in the window; return what is wrong in which look."""
    wrongs = []
    for name, way in pages:
        _put_on(found.page, looks[0])
        reach(found.page, way)
        opened()
        for look in looks:
            _put_on(found.page, look)
            rules = RULES if look is looks[0] else SEEN
            said = _cut_off(found.page, look.width)
            said += violations(found.page, ours=is_ours(name), rules=rules)
            wrongs += [f"{name} ({look.width} px{', dark' * look.dark}): {one}" for one in said]
    return wrongs


def _put_on(page, look: Look) -> None:
    page.set_viewport_size({"width": look.width, "height": 900})
    page.emulate_media(color_scheme="dark" if look.dark else "light")


def _cut_off(page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    said = [f"{wide} px wide"] if wide > width else []
    return said + [f"cut off: {one}" for one in page.evaluate(CUT, width)]
