"""A served project, people to log in as, and windows that fail a test when a page misbehaves."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from megahub import assets
from tests.browser.chromium import Watched, chromium
from tests.browser.site import PASSWORD, Cast, fill

# Playwright's sync door runs an event loop in this thread; the tests' ORM calls are meant.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


# For this folder only: as long as it is open, Playwright keeps an event loop running in this
# thread, and tests elsewhere could not start one of their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    assets.ensure()
    with chromium() as found:
        yield found


@pytest.fixture
def cast(transactional_db) -> Cast:
    return fill()


@pytest.fixture
def window(browser, live_server) -> Iterator[Callable[..., Watched]]:
    """Open a window: `window("mina", dark=True, width=390)`; at the end nothing may be wrong."""
    opened: list[Watched] = []

    def open_window(
        username: str | None = None,
        *,
        width: int = 1440,
        dark: bool = False,
        language: str = "en",
    ) -> Watched:
        found = Watched(
            browser,
            live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale=language,
            reduced_motion="reduce",
        )
        opened.append(found)
        if username:
            found.log_in(username, PASSWORD)
        return found

    open_window.address = live_server.url
    yield open_window
    for found in opened:
        found.close()
    wrongs = [wrong for found in opened for wrong in found.wrongs]
    assert not wrongs, "\n".join(wrongs)
