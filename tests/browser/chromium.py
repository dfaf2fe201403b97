"""A real Chromium that tells of everything a page should not do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]


def program() -> str:
    """The browser of this machine. One that is named must be there; else its tests are skipped."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    if found:
        return found
    if named:
        pytest.fail(f"CHROMIUM={named} is no program")
    pytest.skip("needs Chromium: install it, or name yours with CHROMIUM=/path/to/it")


@contextmanager
def chromium() -> Iterator[Browser]:
    executable = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A browser window; `wrongs` collects console errors, CSP violations and outside requests."""

    def __init__(
        self, browser: Browser, address: str, *, streams: bool = False, **options: object
    ) -> None:
        self.address = address
        self.streams = streams
        self.host = urlsplit(address).netloc
        self.wrongs: list[str] = []
        self.expected_status: set[int] = set()
        self.context: BrowserContext = browser.new_context(base_url=address, **options)
        self.context.set_default_timeout(30_000)
        self.context.on("request", self._on_request)
        self.context.on("weberror", lambda found: self.wrongs.append(f"error: {found.error}"))
        self.page: Page = self.context.new_page()
        self.page.on("console", self._on_console)

    def _on_request(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != self.host:
            self.wrongs.append(f"request to another host: {request.url}")

    def _on_console(self, message) -> None:
        if message.type not in {"error", "warning"}:
            return
        if not self.streams and "/stream/" in (message.location or {}).get("url", ""):
            return  # this server speaks no server-sent events: the pages poll instead
        said = ("status of", "Status Error Code")  # the browser, and htmx
        if any(
            f"{one} {status}" in message.text for one in said for status in self.expected_status
        ):
            return
        self.wrongs.append(f"console: {message.text}")

    def enter(self, session: str) -> None:
        """Be signed in already, by the key of a session: the form takes its second for a few."""
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": self.address}])
        self.page.goto("/")

    def log_in(self, username: str, password: str) -> None:
        self.page.goto("/login/")
        self.page.locator("input[name=username]").fill(username)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("form.form button").click()
        self.page.locator("#sidebar").wait_for(state="attached")
        self.page.wait_for_load_state()  # the modules answer keys only then

    def close(self) -> None:
        self.context.close()
