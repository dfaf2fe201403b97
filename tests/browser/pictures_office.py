"""Pictures of usage, providers and settings into `screenshots/`, beside those of `pictures.py`."""

import os

import pytest

from tests.browser.office import furnish, pages
from tests.browser.pictures import FOLDER, LOOKS


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(look, window, cast):
    FOLDER.mkdir(exist_ok=True)
    office = furnish(cast)
    wanted = os.environ.get("PICTURES", "")
    for who in sorted({who for _name, who, _path in pages(office)}):
        found = window(office.username(who, cast), **LOOKS[look])
        found.expected_status = {403, 404}
        for name, _who, path in (page for page in pages(office) if page[1] == who):
            if wanted in name:
                found.page.goto(path)
                found.page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
        if who == "member" and wanted in "bell":
            found.page.locator("[data-bell] summary").click()
            found.page.locator("[data-bell] [data-news]").first.wait_for()
            found.page.screenshot(path=FOLDER / f"bell-{look}.png")
