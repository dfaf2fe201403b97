"""A French reader finds no English in the shell: each text is looked up among the messages."""

import pytest

from megahub import translations
from tests.ai_core.pages.making import one_of_each
from tests.browser import pictures_jobs
from tests.browser.site import PAGES

pytestmark = pytest.mark.browser

# Words that are the same in both languages, or names.
AS_STORED = {"seconds", "count", "score", "share", "text", "summary", "keywords"}
SAME = {"Administration", "Pages", "Atelier", "MEGAHUB", "models"}
TEXTS = """
() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest("[lang=en]"))
      found.push(walker.currentNode.data.trim());
  for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]"))
    for (const name of ["aria-label", "placeholder", "title"])
      if (element.hasAttribute(name)) found.push(element.getAttribute(name).trim());
  return found.filter(Boolean);
}
"""


@pytest.mark.parametrize("who", [None, "member", "admin", "outsider", "both"])
def test_no_english_is_left(who, window, cast):
    texts = translations.read(translations.LOCALE / "fr" / "LC_MESSAGES" / "django.po")
    english = {key for key, french in texts.items() if key != french[0]} - SAME
    found = window(getattr(cast, who).username if who else None, language="fr")
    found.expected_status = {403, 404}
    left = set()
    for name, role, path in PAGES:
        if role != who:
            continue
        found.page.goto(path)
        assert found.page.locator("html").get_attribute("lang") == "fr"
        left |= {f"{name}: {text}" for text in found.page.evaluate(TEXTS) if text in english}
    assert not left


def test_no_english_is_left_on_the_pages_of_jobs(window, cast):
    texts = translations.read(translations.LOCALE / "fr" / "LC_MESSAGES" / "django.po")
    # Keys of inputs and results are shown as they came, what programs have stored as well.
    same = SAME | AS_STORED
    english = {key for key, french in texts.items() if key != french[0]} - same
    jobs = one_of_each(cast.first, cast.member)
    found = window("mina", language="fr")
    found.expected_status = {400, 404, 406}
    left = set()
    for name, path in pictures_jobs.pages(jobs):
        found.page.goto(path)
        left |= {f"{name}: {text}" for text in found.page.evaluate(TEXTS) if text in english}
    assert not left, "\n".join(sorted(left))
