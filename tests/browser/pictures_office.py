"""Pictures of usage, providers and settings into `screenshots/`, beside those of `pictures.py`."""

import os

import pytest

from tests.browser.doorway import reach
from tests.browser.office import furnish, pages
from tests.browser.pictures import FOLDER, LOOKS


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(look, window, cast):
    FOLDER.mkdir(exist_ok=True)
    office = furnish(cast)
    wanted = os.environ.get("PICTURES", "")
    known = pages(office, cast)
    for who in sorted({who for _name, who, _way in known}):
        found = window(office.username(who, cast), **LOOKS[look])
        found.expected_status = {400, 403, 404, 429}
        for name, _who, way in (page for page in known if page[1] == who):
            if wanted in name:
                reach(found.page, way)
                found.page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
        if who == "member" and wanted in "bell":
            found.page.locator("[data-bell] summary").click()
            found.page.locator("[data-bell] [data-news]").first.wait_for()
            found.page.screenshot(path=FOLDER / f"bell-{look}.png")
