"""Pictures of a newcomer's first day into `screenshots/`, step by step: `walk-01-…`.

Not a test: it is there to be looked at, as somebody would who has never seen the hub.
"""

import pytest

from ai_core.models import AIJob
from ai_core.services import JobService
from megahub import translations
from tests.ai_providers.fakes import RunningFake
from tests.browser.office import furnish
from tests.browser.pictures import FOLDER, LOOKS

WALKED = ("light", "dark", "narrow-dark", "french-narrow")


class Walk:
    """Somebody at a window, who presses what the page calls by its name."""

    def __init__(self, page, look: str, words: dict[str, list[str]]) -> None:
        self.page, self.look, self.words, self.step = page, look, words, 0

    def said(self, text: str) -> str:
        return self.words.get(text, [text])[0]

    def press(self, text: str, kind: str = "button", nth: int = 0) -> None:
        self.page.get_by_role(kind, name=self.said(text)).nth(nth).click()
        self.page.wait_for_load_state()

    def picture(self, name: str) -> None:
        self.step += 1
        path = FOLDER / f"walk-{self.step:02}-{name}-{self.look}.png"
        self.page.screenshot(path=path, full_page=True)


@pytest.fixture(scope="module")
def fake():
    found = RunningFake()
    yield found
    found.stop()


@pytest.mark.parametrize("look", WALKED)
def test_first_day(look, window, cast, fake, settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    office = furnish(cast, base_url=fake.base_url)
    FOLDER.mkdir(exist_ok=True)
    french = "french" in look
    path = translations.LOCALE / "fr" / "LC_MESSAGES" / "django.po"
    words = translations.read(path) if french else {}
    found = window("olga", **LOOKS[look])
    found.expected_status = {403, 404, 406}
    walk = Walk(found.page, look, words)
    _a_job(walk)
    _its_end(walk)
    _cost(walk)
    _settings(walk, office)


def _a_job(walk: Walk) -> None:
    page = walk.page
    page.goto("/")
    walk.picture("overview")
    walk.press("New job", "link")
    walk.picture("types")
    page.locator("a[href*='type=content_analysis']").first.click()
    walk.picture("form")
    page.locator("[id='in-text']").fill("An owl flies through the night, and nobody hears it.")
    walk.press("Continue to the review")
    walk.picture("review")
    walk.press("Start this job")
    page.locator("[data-job-page]").wait_for()
    walk.picture("waiting")


def _its_end(walk: Walk) -> None:
    page = walk.page
    job = AIJob.objects.latest("id")
    JobService.start_job(job.pk)
    JobService.append_log(job.pk, "reading the text")
    page.reload()
    walk.picture("running")
    page.locator(".title-actions [data-verb=cancel]").click()
    page.locator("#cancel-dialog .stop-facts").wait_for()
    page.get_by_label(walk.said("Reason")).select_option("testing")
    page.locator("#cancel-dialog [name=sure]").check()
    walk.picture("cancel")
    page.locator("[data-cancel-go]").click()
    page.locator("[data-status=cancelled]").wait_for()
    walk.picture("cancelled")
    page.goto("/jobs/?status=failed,timeout")
    page.locator("tr[data-job] .job-name").first.click()
    page.locator("[data-job-page]").wait_for()
    walk.picture("failure")


def _cost(walk: Walk) -> None:
    page = walk.page
    page.goto("/usage/")
    walk.picture("usage")
    page.locator(".stats a.stat").first.click()
    walk.picture("bills")


def _settings(walk: Walk, office) -> None:
    page = walk.page
    page.goto("/settings/keys/")
    page.get_by_label(walk.said("Name"), exact=True).fill("first program")
    walk.press("Make the key")
    walk.picture("key")
    page.goto("/settings/members/")
    page.get_by_label(walk.said("Username or e-mail address")).fill("new@example.org")
    walk.press("Add")
    walk.picture("invited")
    page.goto("/settings/quotas/")
    page.locator("#q-limit").fill("25")
    page.locator("#q-provider").select_option(str(office.resting.pk))
    walk.press("Set the limit")
    walk.picture("quota")
    page.goto("/providers/")
    walk.picture("providers")
    page.goto(f"/providers/{office.acme.pk}/")
    walk.press("Check now")
    page.locator(".check-result").wait_for()
    walk.picture("checked")
    page.goto("/news/")
    walk.picture("news")
