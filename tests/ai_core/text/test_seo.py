"""SEO hints: each appears when it should, stays away when it should, and says what to do."""

from importlib.resources import files

import pytest

from ai_core.text import analyse
from ai_core.text.hint_texts import NOTES, TEXTS

FILLER = (
    "The workshop repairs garden tools for the whole village. Every tool gets a fresh edge. " * 25
)


def hints(text, **options):
    return {hint["code"]: hint for hint in analyse(text, **options)["seo"]["hints"]}


FAULTS = [
    ("title_missing", "A short note about tools that has no title."),
    ("title_long", f"# {'A very long title about garden tools ' * 3}\n\nText follows here."),
    ("title_short", "# Tools\n\nText follows here."),
    ("content_thin", "# Tools\n\nOnly a few words."),
    ("headings_missing", FILLER),
    ("headings_few", f"# Garden tools repaired\n\n{FILLER}"),
    ("heading_several_main", "# One\n\nText.\n\n# Two\n\nText."),
    ("heading_level_skipped", "# One\n\nText.\n\n### Three\n\nText."),
    ("heading_duplicate", "# One\n\nText.\n\n## Same\n\nText.\n\n## Same\n\nText."),
    ("heading_empty", "# One\n\nText.\n\n## \n\nText."),
    ("keyword_stuffing", "# Tools\n\n" + "Tools are tools and tools love tools. " * 8),
    (
        "sentences_long",
        "# Tools\n\n" + "word " * 60 + "the end of it is here. " + "And then more. ",
    ),
    ("paragraph_long", f"# Garden tools repaired\n\n{FILLER}"),
    ("images_without_text", "# Tools\n\nSee ![](a.png) this."),
    ("links_missing", FILLER),
    ("link_text_vague", "# Tools\n\nTo read, [click here](/x)."),
    ("description_missing", "<h1>Tools</h1><p>Text about tools is here.</p>"),
    (
        "description_length",
        "<head><meta name=description content=short></head><h1>Tools</h1><p>Text is here.</p>",
    ),
]


@pytest.mark.parametrize(("code", "text"), FAULTS)
def test_a_fault_is_named_with_what_to_do(code, text):
    found = hints(text)
    assert code in found
    assert found[code]["severity"] in {"high", "medium", "low"}
    assert found[code]["advice"]


@pytest.mark.parametrize(
    ("code", "focus", "text"),
    [
        ("focus_missing", "bicycle", FILLER),
        ("focus_not_in_title", "village", f"# Garden tools repaired quickly\n\n{FILLER}"),
        ("focus_not_in_opening", "hammer", f"# A hammer to repair\n\n{FILLER}\n\nThe hammer."),
        ("focus_not_in_headings", "village", f"# Garden tools repaired\n\n{FILLER}"),
    ],
)
def test_the_focus_keyword_is_looked_for_where_it_counts(code, focus, text):
    assert code in hints(text, focus_keyword=focus)


def test_the_focus_keyword_is_found_in_the_plural_and_without_accents():
    text = "# Réparer ses vélos électriques\n\nLes vélos électriques demandent un entretien. " * 2
    found = analyse(text, focus_keyword="velo electrique", language="fr")["seo"]
    assert found["focus_count"] == 4
    assert not {hint["code"] for hint in found["hints"]} & {"focus_missing", "focus_not_in_title"}


def test_a_sound_text_has_few_hints_and_none_is_severe():
    text = files("ai_core.text").joinpath("samples", "fr.md").read_text(encoding="utf-8")
    found = analyse(text, focus_keyword="site internet")["seo"]
    assert [hint for hint in found["hints"] if hint["severity"] != "low"] == []
    assert found["checks_passed"] >= found["checks"] - 2
    assert 70 <= len(found["meta_description_suggestion"]) <= 155


def test_hints_speak_the_language_of_the_text_or_the_one_asked_for():
    text = "# Outils\n\nNous réparons les outils de jardin pour tout le village."
    assert hints(text)["content_thin"]["message"].startswith("Le texte compte")
    english = hints(text, hints_language="en-GB")["content_thin"]["message"]
    assert english.startswith("The text has")


def test_the_most_severe_hint_comes_first():
    order = [h["severity"] for h in analyse("A short note without a title.")["seo"]["hints"]]
    assert order == sorted(order, key=["high", "medium", "low"].index)


@pytest.mark.parametrize("table", [TEXTS, NOTES])
def test_every_text_exists_in_both_languages(table):
    assert all(set(row) == {"fr", "en"} for row in table.values())
