"""Key words and phrases a reader would choose, in both languages."""

# ruff: noqa: E501

from importlib.resources import files

import pytest

from ai_core.text.keywords import find_keywords
from ai_core.text.reading import read_text
from ai_core.text.vocabulary import STOP_WORDS
from ai_core.text.words import singular, stem, tokens_of

BIKES = (
    "Notre atelier répare les vélos électriques. Un vélo électrique demande un entretien régulier : "
    "la batterie, les freins et la chaîne. La batterie d'un vélo électrique se remplace après cinq "
    "ans. Pour l'entretien, prenez rendez-vous à l'atelier ; les freins sont vérifiés à chaque fois."
)
SOLAR = (
    "Solar panels lower the energy bill of a farm. A solar panel lasts thirty years, and the energy "
    "it yields can feed a battery. Farmers who own solar panels and a battery sell the surplus energy "
    "to the grid. The grid operator pays farmers each month."
)


def names(rows):
    return [row["text"] for row in rows]


def sample(name):
    return files("ai_core.text").joinpath("samples", name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "words", "phrases"),
    [
        (BIKES, {"batterie", "atelier", "freins", "entretien"}, {"vélo électrique"}),
        (SOLAR, {"energy", "battery", "farmers", "grid"}, {"solar panels"}),
    ],
)
def test_the_subjects_are_found(text, words, phrases):
    found = find_keywords(read_text(text))
    assert words <= set(names(found["keywords"]))
    assert phrases <= set(names(found["key_phrases"]))


@pytest.mark.parametrize(
    ("name", "words", "phrases"),
    [
        ("fr.md", {"site", "clients"}, {"site internet", "référencement local", "mise en ligne"}),
        ("en.md", {"lesson", "training"}, {"short lessons", "training plan", "staff training"}),
    ],
)
def test_the_samples_give_what_they_are_about(name, words, phrases):
    found = find_keywords(read_text(sample(name)))
    assert words <= set(names(found["keywords"])[:3])
    assert phrases <= set(names(found["key_phrases"])[:4])


@pytest.mark.parametrize("text", [BIKES, SOLAR])
def test_no_function_word_is_a_keyword(text):
    reading = read_text(text)
    assert not set(names(find_keywords(reading)["keywords"])) & STOP_WORDS[reading.code]


def test_singular_and_plural_count_as_one():
    row = next(r for r in find_keywords(read_text(SOLAR))["key_phrases"] if "solar" in r["text"])
    assert row["count"] == 3
    assert row["density"] == pytest.approx(100 * 3 / read_text(SOLAR).words, abs=0.01)


def test_a_word_of_the_title_is_marked_and_ranks_higher():
    plain = find_keywords(read_text(BIKES))["keywords"]
    titled = find_keywords(read_text(BIKES), title="Changer les freins")["keywords"]
    assert next(r for r in titled if r["text"] == "freins")["in_title"] is True
    assert names(titled).index("freins") <= names(plain).index("freins")


def test_phrases_never_jump_a_comma():
    text = "Table, chaise. Une table, chaise. La table, chaise et lampe."
    assert "table chaise" not in names(find_keywords(read_text(text, language="fr"))["key_phrases"])


@pytest.mark.parametrize(
    ("one", "many", "language"),
    [
        ("cheval", "chevaux", "fr"),
        ("bateau", "bateaux", "fr"),
        ("client", "clients", "fr"),
        ("company", "companies", "en"),
        ("box", "boxes", "en"),
        ("invoice", "invoices", "en"),
    ],
)
def test_plurals_meet_their_singular(one, many, language):
    assert singular(many, language) == singular(one, language)


@pytest.mark.parametrize("word", ["bus", "prix", "temps", "status", "business", "process"])
def test_words_that_only_look_like_plurals_stay_apart_from_nonsense(word):
    assert len(singular(word, "en" if word in {"status", "business", "process"} else "fr")) >= 3


def test_stems_bring_a_family_together():
    assert stem("réparation", "fr") == stem("réparations", "fr") == stem("réparer", "fr")
    assert stem("training", "en") == stem("trained", "en") == stem("trains", "en")


def test_elisions_are_taken_apart():
    assert tokens_of("L’eau d'aujourd'hui, qu'elle") == [
        "l",
        "eau",
        "d",
        "aujourd'hui",
        "qu",
        "elle",
    ]
