"""A French reader finds no English in the shell: each text is looked up among the messages."""

import pytest

from megahub import translations
from tests.browser.site import PAGES

pytestmark = pytest.mark.browser

# Words that are the same in both languages, or names.
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
