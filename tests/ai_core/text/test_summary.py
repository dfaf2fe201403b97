"""Summaries: the right sentences, in order, within the length asked for, quickly."""

# ruff: noqa: E501

import time
from importlib.resources import files

import pytest

from ai_core.text import summarise
from ai_core.text.reading import read_text
from ai_core.text.sentences import split_sentences

NOTICE = (
    "La médiathèque ferme trois semaines pour refaire son éclairage. "
    "Les travaux de la médiathèque commencent lundi et l'éclairage actuel sera entièrement remplacé. "
    "Il a plu hier. "
    "Le nouvel éclairage de la médiathèque consomme deux fois moins d'électricité. "
    "Pendant les travaux, les lecteurs peuvent rendre leurs livres à la mairie. "
    "Un café sera offert. "
    "La médiathèque prolonge tous les prêts de livres jusqu'à la fin des travaux."
)


def sample(name):
    return files("ai_core.text").joinpath("samples", name).read_text(encoding="utf-8")


def test_the_lead_and_the_subject_are_kept_and_the_weather_is_not():
    found = summarise(NOTICE, sentences=3)
    assert found["sentences"][0].startswith("La médiathèque ferme trois semaines")
    assert not {"Il a plu hier.", "Un café sera offert."} & set(found["sentences"])
    assert found["method"] == "textrank-extractive"


@pytest.mark.parametrize("name", ["fr.md", "en.md"])
@pytest.mark.parametrize("count", [1, 3, 5, 12])
def test_sentences_are_quoted_in_the_order_of_the_text(name, count):
    text = sample(name)
    found = summarise(text, sentences=count)["sentences"]
    written = [sentence.text for sentence in read_text(text).sentences]
    places = [written.index(sentence) for sentence in found]
    assert len(found) == count
    assert places == sorted(places)


def test_no_heading_and_no_invitation_to_click_is_quoted():
    found = " ".join(summarise(sample("fr.md"), sentences=6)["sentences"])
    assert "Pour aller plus loin" not in found
    assert "Préparer la mise en ligne" not in found


def test_a_sentence_said_twice_is_quoted_once():
    text = f"{NOTICE} La médiathèque ferme trois semaines pour refaire son éclairage."
    found = summarise(text, sentences=5)["sentences"]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("room", [60, 120, 200, 400])
def test_the_length_asked_for_is_never_passed(room):
    found = summarise(sample("en.md"), max_characters=room)
    assert 0 < len(found["text"]) <= room


def test_when_no_sentence_fits_the_best_is_cut_and_said_to_be():
    found = summarise(sample("en.md"), max_characters=20)
    assert found["text"].endswith("…")
    assert (found["method"], found["notes"][-1]["code"]) == ("cut", "cut")


def test_a_share_of_the_sentences_can_be_asked_for():
    found = summarise(sample("fr.md"), share=0.5)
    assert found["sentence_count"] == pytest.approx(found["of_sentences"] / 2, abs=2)


@pytest.mark.parametrize("text", ["Un mot.", "Une phrase. Une autre phrase.", "Titre"])
def test_what_is_too_short_comes_back_as_it_is_and_says_so(text):
    found = summarise(text, hints_language="fr")
    assert found["text"] == text
    assert found["method"] == "unchanged"
    assert found["notes"][-1]["text"].startswith("Trop court pour être résumé")


@pytest.mark.parametrize(
    "wish", [{"sentences": 0}, {"share": 0}, {"share": 1.5}, {"max_characters": 3}]
)
def test_a_senseless_wish_is_refused_in_words(wish):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        summarise(NOTICE, **wish)


def test_three_hundred_and_twenty_sentences_take_well_under_a_second():
    sentences = split_sentences(" ".join(s.text for s in read_text(sample("en.md")).sentences))
    text = " ".join((sentences * 12)[:320])
    best = min(_timed(text) for _ in range(3))
    assert best < 0.5


def _timed(text):
    start = time.process_time()
    summarise(text)
    return time.process_time() - start
