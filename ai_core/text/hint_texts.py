"""The words of the SEO hints, in French and English: what is the matter, and what to do."""

TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "title_missing": {
        "fr": (
            "Aucun titre n'a été trouvé.",
            "Donnez un titre de 30 à 60 caractères qui nomme le sujet.",
        ),
        "en": (
            "No title was found.",
            "Give a title of 30 to 60 characters that names the subject.",
        ),
    },
    "title_long": {
        "fr": (
            "Le titre compte {count} caractères ; au-delà de {limit}, il est coupé dans les résultats de recherche.",
            "Raccourcissez-le en gardant le sujet au début.",
        ),
        "en": (
            "The title has {count} characters; beyond {limit} it is cut in search results.",
            "Shorten it and keep the subject at the start.",
        ),
    },
    "title_short": {
        "fr": (
            "Le titre ne compte que {count} caractères.",
            "Précisez-le : sujet, bénéfice ou lieu, 30 à 60 caractères.",
        ),
        "en": (
            "The title has only {count} characters.",
            "Say more: subject, benefit or place, 30 to 60 characters.",
        ),
    },
    "content_thin": {
        "fr": (
            "Le texte compte {count} mots, ce qui est peu pour une page à référencer.",
            "Visez au moins {limit} mots utiles : exemples, questions fréquentes, preuves.",
        ),
        "en": (
            "The text has {count} words, which is little for a page that should be found.",
            "Aim for at least {limit} useful words: examples, frequent questions, evidence.",
        ),
    },
    "headings_missing": {
        "fr": (
            "Aucun intertitre pour {count} mots.",
            "Ajoutez un intertitre toutes les 150 à 300 mots.",
        ),
        "en": ("No heading for {count} words.", "Add a heading every 150 to 300 words."),
    },
    "headings_few": {
        "fr": (
            "Une partie de {count} mots n'a pas d'intertitre.",
            "Coupez-la par un intertitre toutes les 150 à 300 mots.",
        ),
        "en": (
            "One part of {count} words has no heading inside.",
            "Break it with a heading every 150 to 300 words.",
        ),
    },
    "heading_several_main": {
        "fr": (
            "{count} titres de premier niveau.",
            "Gardez-en un seul ; descendez les autres d'un niveau.",
        ),
        "en": (
            "{count} headings of the first level.",
            "Keep one and move the others down a level.",
        ),
    },
    "heading_level_skipped": {
        "fr": (
            "« {text} » passe du niveau {before} au niveau {level}.",
            "Utilisez le niveau {expected}, sans en sauter.",
        ),
        "en": (
            "“{text}” goes from level {before} to level {level}.",
            "Use level {expected}; skip none.",
        ),
    },
    "heading_duplicate": {
        "fr": (
            "L'intertitre « {text} » revient {count} fois.",
            "Donnez à chaque partie un intertitre qui lui est propre.",
        ),
        "en": ("The heading “{text}” comes {count} times.", "Give each part a heading of its own."),
    },
    "heading_empty": {
        "fr": ("Un intertitre est vide.", "Écrivez-le ou retirez-le."),
        "en": ("A heading is empty.", "Write it or remove it."),
    },
    "focus_missing": {
        "fr": (
            "Le mot-clé « {text} » n'apparaît pas dans le texte.",
            "Employez-le naturellement, d'abord dans l'introduction.",
        ),
        "en": (
            "The keyword “{text}” does not appear in the text.",
            "Use it naturally, first of all in the introduction.",
        ),
    },
    "focus_not_in_title": {
        "fr": ("« {text} » n'est pas dans le titre.", "Placez-le dans le titre, plutôt au début."),
        "en": ("“{text}” is not in the title.", "Put it into the title, rather at the start."),
    },
    "focus_not_in_opening": {
        "fr": (
            "« {text} » n'est pas dans le premier paragraphe.",
            "Annoncez le sujet dès les premières phrases.",
        ),
        "en": (
            "“{text}” is not in the first paragraph.",
            "Name the subject in the first sentences.",
        ),
    },
    "focus_not_in_headings": {
        "fr": (
            "« {text} » n'est dans aucun intertitre.",
            "Reprenez-le dans un intertitre au moins.",
        ),
        "en": ("“{text}” is in none of the headings.", "Use it in at least one heading."),
    },
    "keyword_stuffing": {
        "fr": (
            "« {text} » revient {count} fois, soit {share} % des mots.",
            "Remplacez-en une partie par des synonymes ou des pronoms (visez moins de {limit} %).",
        ),
        "en": (
            "“{text}” comes {count} times, {share}% of all words.",
            "Replace some by synonyms or pronouns (aim below {limit}%).",
        ),
    },
    "sentences_long": {
        "fr": (
            "{count} phrases sur {total} dépassent {limit} mots.",
            "Coupez-les en deux : une idée par phrase.",
        ),
        "en": (
            "{count} of {total} sentences have more than {limit} words.",
            "Cut them in two: one idea a sentence.",
        ),
    },
    "paragraph_long": {
        "fr": (
            "Le plus long paragraphe compte {count} mots : « {text} »",
            "Coupez-le au-delà de {limit} mots, ou faites-en une liste.",
        ),
        "en": (
            "The longest paragraph has {count} words: “{text}”",
            "Break it beyond {limit} words, or make it a list.",
        ),
    },
    "hard_to_read": {
        "fr": (
            "Le texte est {grade} à lire ({score} sur 100).",
            "Raccourcissez les phrases citées et préférez des mots courants.",
        ),
        "en": (
            "The text is {grade} to read ({score} of 100).",
            "Shorten the sentences shown and prefer common words.",
        ),
    },
    "images_without_text": {
        "fr": (
            "{count} image(s) sans texte de remplacement.",
            "Décrivez chaque image dans son attribut alt ; laissez-le vide si elle ne fait que décorer.",
        ),
        "en": (
            "{count} image(s) without alternative text.",
            "Describe each image in its alt attribute; leave it empty only where it merely decorates.",
        ),
    },
    "links_missing": {
        "fr": ("Aucun lien dans le texte.", "Reliez-le à deux ou trois pages proches du sujet."),
        "en": (
            "There is no link in the text.",
            "Link it to two or three pages close to its subject.",
        ),
    },
    "link_text_vague": {
        "fr": (
            "Lien au texte vague : « {text} ».",
            "Dites où il mène, par exemple le titre de la page visée.",
        ),
        "en": (
            "Link with a vague text: “{text}”.",
            "Say where it leads, for instance the title of the page.",
        ),
    },
    "description_missing": {
        "fr": (
            "La page n'a pas de méta-description.",
            "Reprenez la proposition ci-dessous ou écrivez 70 à 155 caractères.",
        ),
        "en": (
            "The page has no meta description.",
            "Take the suggestion below or write 70 to 155 characters.",
        ),
    },
    "description_length": {
        "fr": ("La méta-description compte {count} caractères.", "Visez 70 à 155 caractères."),
        "en": ("The meta description has {count} characters.", "Aim for 70 to 155 characters."),
    },
}

NOTES = {
    "too_short": {
        "fr": "Trop court pour être résumé : le texte est rendu tel quel.",
        "en": "Too short to summarise: the text is given back as it is.",
    },
    "cut": {
        "fr": "Aucune phrase ne tient dans la longueur demandée : la meilleure a été coupée.",
        "en": "No sentence fits the length asked for: the best one was cut.",
    },
    "truncated": {
        "fr": "Texte très long : seuls les {limit} premiers caractères et les {most} premières phrases ont été lus.",
        "en": "A very long text: only the first {limit} characters and {most} sentences were read.",
    },
    "language_not_read": {
        "fr": "Langue autre que le français et l'anglais, ou inconnue : ni lisibilité ni tonalité, et des mots clés moins sûrs.",
        "en": "Neither French nor English, or unknown: no readability, no sentiment, and less certain keywords.",
    },
    "mixed_languages": {
        "fr": "Le texte mêle français et anglais ; il a été lu comme {name}.",
        "en": "The text mixes French and English; it was read as {name}.",
    },
    "readability_too_short": {
        "fr": "Moins de {limit} mots : pas de note de lisibilité.",
        "en": "Fewer than {limit} words: no readability score.",
    },
    "extractive": {
        "fr": "Le résumé cite des phrases du texte ; il n'en écrit pas de nouvelles.",
        "en": "The summary quotes sentences of the text; it does not write new ones.",
    },
}


def words_for(code: str, language: str, **values: object) -> tuple[str, str]:
    """What a hint says and advises, in French or English."""
    message, advice = TEXTS[code][language]
    return message.format(**values), advice.format(**values)


def note_for(code: str, language: str, **values: object) -> str:
    return NOTES[code][language].format(**values)
