"""Pictures of every page into `screenshots/`: `pytest tests/browser/pictures.py`.

Not a test (pytest does not collect this name by itself); it only needs the same served project.
"""

from pathlib import Path

import pytest

from tests.browser.site import PAGES

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"
LOOKS = {
    "light": {"width": 1440},
    "dark": {"width": 1440, "dark": True},
    "narrow": {"width": 390},
    "narrow-dark": {"width": 360, "dark": True},
    "french": {"width": 1440, "language": "fr"},
    "french-narrow": {"width": 390, "language": "fr"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(look, window, cast):
    FOLDER.mkdir(exist_ok=True)
    people = {who for _name, who, _path in PAGES}
    for who in sorted(people, key=str):
        found = window(getattr(cast, who).username if who else None, **LOOKS[look])
        found.expected_status = {403, 404}
        for name, _who, path in (page for page in PAGES if page[1] == who):
            found.page.goto(path)
            found.page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
