"""The hub's own engine in a conversation: it quotes, in the reader's language, and says so."""

from __future__ import annotations

import pytest

from ai_providers.kinds.local.reply import reply_to

FRENCH = (
    "La chouette effraie niche dans les granges et les clochers. Elle chasse la nuit les petits "
    "rongeurs des champs. Son vol est silencieux grâce à la forme de ses plumes. Elle pond de "
    "quatre à sept œufs au printemps. Les agriculteurs l'apprécient, car elle protège leurs "
    "récoltes des campagnols. En hiver, le froid et la faim la mettent en danger."
)
ENGLISH = (
    "The barn owl nests in barns and church towers. At night it hunts small rodents in the "
    "fields. Its flight is silent because of the shape of its feathers. It lays four to seven "
    "eggs in spring. Farmers like it because it protects their harvest from voles. In winter, "
    "cold and hunger put it in danger."
)


def ask(*contents, role="user"):
    return reply_to([{"role": role, "content": one} for one in contents])


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("Combien d'œufs pond-elle ?", FRENCH, "quatre à sept œufs"),
        ("Pourquoi son vol est-il silencieux ?", FRENCH, "forme de ses plumes"),
        ("How many eggs does it lay?", ENGLISH, "four to seven eggs"),
        ("Why do farmers like it?", ENGLISH, "protects their harvest"),
    ],
)
def test_a_question_is_answered_with_the_sentences_that_answer_it(question, text, expected):
    assert expected in ask(text, question)


def test_a_question_may_stand_before_or_behind_the_text():
    assert "four to seven eggs" in ask(f"How many eggs does it lay?\n{ENGLISH}")
    assert "four to seven eggs" in ask(f"{ENGLISH} How many eggs does it lay?")


@pytest.mark.parametrize(
    ("wish", "text", "begins"),
    [
        ("Résume ce texte :", FRENCH, "Résumé, en phrases du texte"),
        ("Summarise this text:", ENGLISH, "Summary, in sentences of the text"),
        ("Donne les mots-clés :", FRENCH, "Mots-clés"),
        ("Give me the keywords:", ENGLISH, "Keywords"),
    ],
)
def test_a_wish_is_understood_in_both_languages(wish, text, begins):
    found = ask(f"{wish}\n{text}")
    assert found.startswith(begins)
    assert len(found) > len(begins) + 10


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("Résume : Les chouettes dorment le jour. Elles chassent la nuit les souris.", "Résumé"),
        ("Summarise: Owls sleep by day. They hunt mice at night.", "Summary"),
    ],
)
def test_what_follows_a_wish_is_a_text_however_short(said, begins):
    assert ask(said).startswith(begins)


def test_every_sentence_of_a_summary_stands_in_the_text():
    summary = ask(f"Summarise this text:\n{ENGLISH}").partition(": ")[2]
    assert all(part.strip(". ") in ENGLISH for part in summary.split(". "))


@pytest.mark.parametrize("hello", ["Hello!", "Bonjour, comment allez-vous aujourd'hui ?"])
def test_without_a_text_it_says_what_it_is(hello):
    assert "extractive-1" in ask(hello)
    assert ("not a language model" in ask(hello)) or ("pas un modèle de langage" in ask(hello))


def test_what_the_text_does_not_hold_is_not_invented():
    found = ask(ENGLISH, "Who painted the ceiling of the Sistine Chapel?")
    assert found.startswith("The text does not say anything about that.")


@pytest.mark.parametrize(
    "content", [None, "", "   ", [], [{"type": "image_url"}], "\u202e", "?" * 50]
)
def test_odd_messages_get_an_answer(content):
    assert isinstance(reply_to([{"role": "user", "content": content}]), str)


def test_parts_of_a_message_are_read_together():
    parts = [{"type": "text", "text": ENGLISH}, {"type": "text", "text": "Where does it nest?"}]
    assert "barns and church towers" in reply_to([{"role": "user", "content": parts}])
