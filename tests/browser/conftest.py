"""A served project, people to log in as, and windows that fail a test when a page misbehaves."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from megahub import assets
from tests.browser import front
from tests.browser.chromium import Watched, chromium
from tests.browser.site import Cast, fill, session_of

# Playwright's sync door runs an event loop in this thread; the tests' ORM calls are meant.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


# A bound for a machine whose cores are all busy; what must come sooner says so itself.
expect.set_options(timeout=30_000)


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


@pytest.fixture(scope="package")
def static_files(tmp_path_factory) -> Path:
    assets.ensure()
    folder = tmp_path_factory.mktemp("static")
    front.gather(folder)
    return folder


@pytest.fixture(scope="module")
def front_process(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    with django_db_blocker.unblock():
        process = front.serve(tmp_path_factory.mktemp("front"), static_files)
    try:
        yield process
    finally:
        process.end()


@pytest.fixture
def front_window(browser, front_process, transactional_db) -> Iterator[Callable[..., Watched]]:
    """Like `window`, served by the one front with its streams, as `make run` does.

    It needs the database so that its windows are closed before the rows are gone.
    """
    yield from _windows(browser, f"http://127.0.0.1:{front_process.port}", streams=True)


@pytest.fixture
def window(browser, live_server, transactional_db) -> Iterator[Callable[..., Watched]]:
    """Open a window: `window("mina", dark=True, width=390)`; at the end nothing may be wrong."""
    yield from _windows(browser, live_server.url, streams=False)


def _windows(browser: Browser, address: str, *, streams: bool) -> Iterator[Callable[..., Watched]]:
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
            address,
            streams=streams,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale=language,
            reduced_motion="reduce",
        )
        opened.append(found)
        if username:
            found.enter(session_of(username))
        return found

    open_window.address = address
    yield open_window
    for found in opened:
        found.close()
    wrongs = [wrong for found in opened for wrong in found.wrongs]
    assert not wrongs, "\n".join(wrongs)
