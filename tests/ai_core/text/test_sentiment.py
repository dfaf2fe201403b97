"""The tone of sentences, measured on sets written by hand, and what negation does."""

import pytest

from ai_core.text.reading import read_text
from ai_core.text.sentiment import tone_of

from . import opinions


def tone(text, language):
    return tone_of(read_text(text, language=language))


@pytest.mark.parametrize(
    ("language", "rows"),
    [
        ("en", opinions.ENGLISH),
        ("fr", opinions.FRENCH),
        ("en", opinions.ENGLISH_SECOND),
        ("fr", opinions.FRENCH_SECOND),
    ],
)
def test_most_sentences_get_the_tone_a_reader_gives(language, rows):
    wrong = [(text, label, tone(text, language)["label"]) for text, label in rows]
    wrong = [row for row in wrong if row[1] != row[2]]
    assert len(rows) >= 30
    assert len(wrong) <= 0.15 * len(rows), wrong


@pytest.mark.parametrize(
    ("language", "said", "denied"),
    [
        ("en", "The product is good.", "The product is not good."),
        ("en", "I like this shop very much.", "I don't like this shop."),
        ("en", "The course was useful and clear.", "The course was never useful."),
        ("en", "The staff were helpful.", "The staff weren't helpful."),
        ("fr", "Le produit est bon.", "Le produit n'est pas bon."),
        ("fr", "J'aime cette boutique.", "Je n'aime pas cette boutique."),
        ("fr", "Cet outil est fiable.", "Cet outil n'est plus fiable."),
        ("fr", "Le service est efficace.", "Le service n'est jamais efficace."),
        ("fr", "Je recommande cet hôtel.", "Je ne recommande pas cet hôtel."),
    ],
)
def test_negation_turns_the_tone(language, said, denied):
    assert tone(said, language)["label"] == "positive"
    assert tone(denied, language)["label"] == "negative"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "There was no problem with the order."),
        ("fr", "La commande est arrivée sans retard."),
        ("fr", "Je n'ai aucun souci avec ce produit."),
    ],
)
def test_a_denied_complaint_is_no_complaint(language, text):
    assert tone(text, language)["label"] == "positive"


def test_an_intensifier_strengthens():
    assert (
        tone("The room was very good.", "en")["score"] > tone("The room was good.", "en")["score"]
    )


def test_the_words_it_rests_on_are_named_as_written():
    found = tone("Très déçu, mais le vendeur était aimable.", "fr")
    assert found["negative"] == [{"text": "déçu", "count": 1}]
    assert found["positive"] == [{"text": "aimable", "count": 1}]


@pytest.mark.parametrize("text", ["Good.", "OK", "Merci !"])
def test_one_or_two_words_are_too_little(text):
    assert tone(text, "en")["label"] == "unknown"


def test_a_language_it_does_not_read_is_unknown():
    found = tone_of(read_text("Das Essen war sehr gut und der Service ist nicht schlecht."))
    assert (found["label"], found["reason"]) == ("unknown", "language_not_read")


def test_a_long_text_with_few_opinions_is_neutral():
    text = "The form has four fields. It opens on Monday. " * 10 + "It is nice."
    assert tone(text, "en")["label"] == "neutral"
