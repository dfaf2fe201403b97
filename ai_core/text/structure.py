"""How a text is built: headings, paragraphs, lists, links, images, and its longest paragraph."""

from __future__ import annotations

from ai_core.text.readability import excerpt
from ai_core.text.reading import Reading

MOST_LISTED = 100
EXCERPT = 160


def describe(reading: Reading) -> dict[str, object]:
    """Counts and places of everything that gives a text its shape."""
    document = reading.document
    headings = document.of_kind("heading")
    paragraphs = paragraph_words(reading)
    longest = max(paragraphs, key=lambda row: row[0], default=(0, ""))
    return {
        "format": document.format,
        "characters": document.characters,
        "truncated": document.truncated,
        "title": document.title,
        "meta_description": document.description,
        "headings": [
            {"level": one.level, "text": excerpt(one.text, EXCERPT)}
            for one in headings[:MOST_LISTED]
        ],
        "heading_count": len(headings),
        "paragraph_count": len(paragraphs),
        "list_item_count": len(document.of_kind("item")),
        "quote_count": len(document.of_kind("quote")),
        "code_block_count": len(document.of_kind("code")),
        "links": document.links[:MOST_LISTED],
        "link_count": len(document.links),
        "image_count": len(document.images),
        "images_without_text": [
            image["source"] for image in document.images if not image["text"].strip()
        ][:MOST_LISTED],
        "longest_paragraph": {"words": longest[0], "text": excerpt(longest[1], EXCERPT)},
    }


def paragraph_words(reading: Reading) -> list[tuple[int, str]]:
    """The words and text of each paragraph or quotation, in order."""
    blocks = reading.document.blocks
    totals: dict[int, int] = {}
    for sentence, words in zip(reading.sentences, reading.word_counts, strict=True):
        if sentence.kind in {"paragraph", "quote"}:
            totals[sentence.block] = totals.get(sentence.block, 0) + words
    return [(words, blocks[index].text) for index, words in totals.items()]
