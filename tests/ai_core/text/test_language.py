"""The language of a text: right when it is said, unknown when there is too little to tell."""

import pytest

from ai_core.text.language import detect

SENTENCES = [
    ("fr", "Nous avons bien reçu votre commande et nous vous remercions de votre confiance."),
    ("fr", "Où est ma facture ?"),
    ("fr", "Les clients attendent une réponse avant la fin de la semaine."),
    ("fr", "Pouvez-vous me rappeler demain matin s'il vous plaît ?"),
    ("fr", "L'atelier ouvre à huit heures, mais le bureau seulement à neuf."),
    ("en", "We have received your order and thank you for your trust."),
    ("en", "Where is my invoice?"),
    ("en", "The customers expect an answer before the end of the week."),
    ("en", "Could you please call me back tomorrow morning?"),
    ("en", "The quarterly report is ready for review."),
]
OTHERS = [
    ("de", "Wir haben Ihre Bestellung erhalten und danken Ihnen für das Vertrauen."),
    ("es", "Hemos recibido su pedido y le damos las gracias por la confianza."),
    ("it", "Abbiamo ricevuto il suo ordine e la ringraziamo per la fiducia."),
    ("pt", "Recebemos o seu pedido e agradecemos a confiança que tem em nós."),
    ("nl", "Wij hebben uw bestelling ontvangen en danken u voor het vertrouwen."),
]


@pytest.mark.parametrize(("code", "text"), SENTENCES)
def test_a_sentence_is_recognised(code, text):
    found = detect(text)
    assert found["code"] == code
    assert 0.5 < found["confidence"] <= 1


@pytest.mark.parametrize(("guess", "text"), OTHERS)
def test_a_neighbouring_language_is_called_other(guess, text):
    found = detect(text)
    assert (found["code"], found["guess"]) == ("other", guess)


@pytest.mark.parametrize(
    "text", ["Привет, как дела?", "你好世界", "مرحبا بالعالم", "Καλημέρα κόσμε"]
)
def test_another_script_is_called_other(text):
    assert detect(text)["code"] == "other"


@pytest.mark.parametrize("text", ["", "OK", "Menu", "main", "But", "site", "12345", "😀😀", "Lyon"])
def test_too_little_to_tell_is_unknown_and_not_a_guess(text):
    found = detect(text)
    assert (found["code"], found["confidence"]) == ("unknown", 0.0)


def test_a_text_in_two_languages_says_so():
    french, english = SENTENCES[0][1], SENTENCES[5][1]
    found = detect(f"{french} {english} {SENTENCES[2][1]} {SENTENCES[7][1]}")
    assert found["mixed"] is True
    assert found["confidence"] <= 0.6


def test_more_evidence_gives_more_confidence():
    short, long = (
        detect("Where is my invoice?"),
        detect(" ".join(t for c, t in SENTENCES if c == "en")),
    )
    assert long["confidence"] > short["confidence"]
