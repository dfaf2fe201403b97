"""Cutting text into sentences, table by table."""

# ruff: noqa: E501

import pytest

from ai_core.text.document import read
from ai_core.text.sentences import sentences_of, split_sentences

TABLE = [
    ("Bonjour. Merci.", ["Bonjour.", "Merci."]),
    ("M. Petit arrive. Il salue Mme Grand.", ["M. Petit arrive.", "Il salue Mme Grand."]),
    ("Voir Dr. Blanc et le Pr. Noir demain.", ["Voir Dr. Blanc et le Pr. Noir demain."]),
    (
        "Des fruits, p. ex. des poires. Puis du pain.",
        ["Des fruits, p. ex. des poires.", "Puis du pain."],
    ),
    ("Prix : 3.50 euros. Livré.", ["Prix : 3.50 euros.", "Livré."]),
    ("Version 2.10.3 is out. Try it.", ["Version 2.10.3 is out.", "Try it."]),
    ("Use a tool, e.g. a saw. Then rest.", ["Use a tool, e.g. a saw.", "Then rest."]),
    ("That is, i.e. Monday, it works.", ["That is, i.e. Monday, it works."]),
    ("The U.S. market grows. We follow.", ["The U.S. market grows.", "We follow."]),
    ("It was sold in the U.S. The price fell.", ["It was sold in the U.S.", "The price fell."]),
    ("Voir https://exemple.test/a.b?c=1. Merci.", ["Voir https://exemple.test/a.b?c=1.", "Merci."]),
    ("Attendez… Voilà !", ["Attendez…", "Voilà !"]),
    ("Wait... what happened?", ["Wait... what happened?"]),
    ("« C'est prêt ! » Elle sourit.", ["« C'est prêt ! »", "Elle sourit."]),
    ("“It works!” She smiled.", ["“It works!”", "She smiled."]),
    ("« Venez ! » dit-il. Nous venons.", ["« Venez ! » dit-il.", "Nous venons."]),
    ("Quoi ?! Non. Si !", ["Quoi ?!", "Non.", "Si !"]),
    ("J. B. Martin signe. Fin.", ["J. B. Martin signe.", "Fin."]),
    ("Pommes, poires, etc. Les prix baissent.", ["Pommes, poires, etc.", "Les prix baissent."]),
    ("Voir fig. 3 et art. 12 du bail.", ["Voir fig. 3 et art. 12 du bail."]),
    (
        "Mr. Green met Mrs. Brown at 5 p.m. They left.",
        ["Mr. Green met Mrs. Brown at 5 p.m.", "They left."],
    ),
    ("Il a dit non. 3 clients sont partis.", ["Il a dit non.", "3 clients sont partis."]),
    ("1. Ouvrez la porte. Entrez.", ["1. Ouvrez la porte.", "Entrez."]),
    ("今日は晴れ。明日は雨。", ["今日は晴れ。", "明日は雨。"]),
    ("no end", ["no end"]),
    ("", []),
    ("...", ["..."]),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_sentences_are_cut_where_a_reader_would(text, expected):
    assert split_sentences(text) == expected


def test_markdown_gives_headings_items_and_sentences():
    document = read(
        "# Titre\n\nUne phrase. Deux **phrases**.\n\n- un point\n- un autre\n\n```\ncode. Code.\n```"
    )
    found = [(sentence.kind, sentence.text) for sentence in sentences_of(document)]
    assert found == [
        ("heading", "Titre"),
        ("paragraph", "Une phrase."),
        ("paragraph", "Deux phrases."),
        ("item", "un point"),
        ("item", "un autre"),
    ]


def test_html_is_read_as_a_reader_sees_it():
    document = read(
        "<html><head><title>Ma page</title><meta name='description' content='Un mot'>"
        "<style>p{}</style></head><body><script>var a = '<p>no</p>';</script><h1>Titre</h1>"
        "<p>Du texte &amp; un <a href='/x'>lien</a>.</p><!-- rien --><ul><li>un<li>deux</ul>"
        "<img src='a.png'><img src='b.png' alt='Un chat'></body></html>"
    )
    assert (document.format, document.title, document.description) == ("html", "Ma page", "Un mot")
    assert [(b.kind, b.text) for b in document.blocks] == [
        ("heading", "Titre"),
        ("paragraph", "Du texte & un lien."),
        ("item", "un"),
        ("item", "deux"),
    ]
    assert document.links == [{"target": "/x", "text": "lien"}]
    assert [image["text"] for image in document.images] == ["", "Un chat"]


def test_signs_that_are_no_markup_stay():
    assert read("I <3 you and a < b, 5 * 3 * 2, snake_case_name").blocks[0].text == (
        "I <3 you and a < b, 5 * 3 * 2, snake_case_name"
    )


def test_an_unclosed_comment_or_script_hides_nothing():
    texts = " ".join(b.text for b in read("<p>Avant <!-- puis <script> après").blocks)
    assert "Avant" in texts
    assert "après" in texts


def test_in_plain_text_a_short_line_of_its_own_is_a_heading():
    document = read("Nos services\n\nNous réparons les vélos. Venez.\n\nNos prix\n\nIls sont bas.")
    assert [(b.kind, b.level) for b in document.blocks] == [
        ("heading", 1),
        ("paragraph", 0),
        ("heading", 2),
        ("paragraph", 0),
    ]
