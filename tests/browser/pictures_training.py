"""Pictures of the pages of trainings into `screenshots/`, beside those of `pictures.py`."""

import os

import pytest

from tests.browser.pictures import FOLDER, LOOKS
from tests.browser.studio import furnish, pages

DRAWN = "[data-when=shown]:not([hidden]), [data-when=empty]:not([hidden])"


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(look, window, cast):
    FOLDER.mkdir(exist_ok=True)
    studio = furnish(cast)
    wanted = os.environ.get("PICTURES", "")
    for who in sorted({who for _name, who, _path in pages(studio)}):
        found = window(studio.person(who, cast).username, **LOOKS[look])
        found.expected_status = {400, 403, 404}
        for name, _who, path in (page for page in pages(studio) if page[1] == who):
            if wanted in name:
                found.page.goto(path)
                if found.page.locator(".curve-card").count():
                    found.page.locator(DRAWN).first.wait_for(state="attached")
                found.page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
