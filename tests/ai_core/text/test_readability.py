"""Ease of reading: counts, order and grades."""

# ruff: noqa: E501

import pytest

from ai_core.text.readability import measure, syllables
from ai_core.text.reading import read_text

EASY = {
    "fr": "Le chat dort. Il fait beau. Nous allons au parc. Le chien court vite. " * 4,
    "en": "The cat sleeps. The sun is out. We go to the park. The dog runs fast. " * 4,
}
PLAIN = {
    "fr": "Le magasin ouvre à neuf heures et les clients fidèles y trouvent aussitôt du pain frais, des confitures artisanales et quelques légumes cultivés à proximité. "
    * 4,
    "en": "The bakery opens early in the morning and customers find fresh bread on the counter. "
    * 4,
}
HARD = {
    "fr": "L'interopérabilité organisationnelle nécessite une harmonisation préalable des "
    "nomenclatures réglementaires, indépendamment des caractéristiques techniques particulières "
    "que présentent actuellement les différentes infrastructures institutionnelles concernées. "
    * 3,
    "en": "Organisational interoperability necessitates preliminary harmonisation of regulatory "
    "nomenclatures, independently of particular technical characteristics that institutional "
    "infrastructures participating in international collaborations currently demonstrate. " * 3,
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_easy_reads_easier_than_plain_and_plain_than_hard(language):
    easy, plain, hard = (
        measure(read_text(text[language], language=language)) for text in (EASY, PLAIN, HARD)
    )
    assert easy["score"] > plain["score"] > hard["score"]
    assert easy["grade"]["code"] in {"very_easy", "easy"}
    assert hard["grade"]["code"] == "very_difficult"


def test_counts_are_exact():
    found = measure(
        read_text("One two three. Four five!\n\n# Heading here\n\nSix seven eight nine.")
    )
    assert (found["words"], found["sentences"]) == (11, 3)
    assert (found["mean_sentence_words"], found["longest_sentence_words"]) == (3.0, 4)


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        ("chat", "fr", 1),
        ("table", "fr", 1),
        ("maison", "fr", 2),
        ("entreprise", "fr", 3),
        ("développement", "fr", 5),
        ("année", "fr", 2),
        ("mangent", "fr", 1),
        ("théâtre", "fr", 2),
        ("oiseau", "fr", 2),
        ("cat", "en", 1),
        ("table", "en", 2),
        ("make", "en", 1),
        ("worked", "en", 1),
        ("wanted", "en", 2),
        ("company", "en", 3),
        ("readability", "en", 5),
        ("nation", "en", 2),
        ("reliable", "en", 4),
        ("houses", "en", 2),
    ],
)
def test_syllables_are_counted_as_spoken(word, language, count):
    assert syllables(word, language) == count


def test_the_hardest_sentence_is_named():
    found = measure(read_text(EASY["fr"] + HARD["fr"].split(". ")[0] + "."))
    assert found["hardest_sentences"][0]["text"].startswith("L'interopérabilité")


def test_a_short_text_gets_no_grade():
    found = measure(read_text("The cat sleeps on the sofa."))
    assert (found["score"], found["grade"], found["reason"]) == (None, None, "too_short")


def test_another_language_gets_counts_but_no_grade():
    found = measure(
        read_text("Wir haben Ihre Bestellung erhalten und danken Ihnen für alles. " * 5)
    )
    assert (found["score"], found["reason"]) == (None, "language_not_read")
    assert found["words"] == 50


def test_reading_time_follows_the_words():
    assert measure(read_text("word " * 238, language="en"))["reading_seconds"] == 60
