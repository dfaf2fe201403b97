"""What the local engine says of itself, in the language of the text that it was given."""

PHRASES = {
    "en": {
        "nothing": "There is no message to answer.",
        "no_text": (
            "I am the hub's local engine (extractive-1), not a language model: I quote and count. "
            "Send me a text of some sentences and ask for its summary, its keywords, an analysis, "
            "or something that it says. For free conversation, add a provider."
        ),
        "keywords": "Keywords:",
        "summary": "Summary, in sentences of the text:",
        "found": "The text says:",
        "not_found": "The text does not say anything about that. What it says mostly:",
        "readability": "Reading ease:",
        "tone": "Tone:",
    },
    "fr": {
        "nothing": "Il n'y a pas de message auquel répondre.",
        "no_text": (
            "Je suis le moteur local du hub (extractive-1), pas un modèle de langage : je cite et "
            "je compte. Envoyez-moi un texte de quelques phrases et demandez son résumé, ses mots-"
            "clés, une analyse, ou quelque chose qui s'y trouve. Pour converser librement, ajoutez "
            "un fournisseur."
        ),
        "keywords": "Mots-clés :",
        "summary": "Résumé, en phrases du texte :",
        "found": "Le texte dit :",
        "not_found": "Le texte n'en dit rien. Ce qu'il dit surtout :",
        "readability": "Facilité de lecture :",
        "tone": "Ton :",
    },
}
