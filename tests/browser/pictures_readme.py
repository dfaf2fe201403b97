"""The small pictures that the README shows, into `docs/images/`: run when the look has changed."""

from pathlib import Path

from tests.browser import office, studio
from tests.browser.pictures_training import DRAWN

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZE = {"width": 1120, "height": 700}


def test_pictures(window, cast):
    office.furnish(cast)
    found = studio.furnish(cast)
    page = window(cast.member.username).page
    page.set_viewport_size(SIZE)
    page.goto(f"/jobs/{found.runs['running'].job.job_id}/")
    page.locator(DRAWN).first.wait_for(state="attached")
    page.screenshot(path=FOLDER / "training.png")
    dark = window(cast.member.username, dark=True).page
    dark.set_viewport_size(SIZE)
    dark.goto("/usage/")
    dark.screenshot(path=FOLDER / "usage.png")
