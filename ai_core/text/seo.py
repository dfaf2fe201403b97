"""Hints that help a text to be found and read, each with a severity and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ai_core.text.hint_texts import words_for
from ai_core.text.readability import excerpt
from ai_core.text.reading import Reading
from ai_core.text.structure import paragraph_words
from ai_core.text.words import fold, is_stop, singular, tokens_of

TITLE_SHORT, TITLE_LONG = 30, 60
DESCRIPTION_SHORT, DESCRIPTION_LONG = 70, 155
THIN_WORDS, VERY_THIN_WORDS = 300, 100
HEADING_EVERY = 350
LONG_SENTENCE = {"fr": 30, "en": 25}
LONG_SENTENCES_SHARE = 0.2
LONG_PARAGRAPH = 150
STUFFED_PERCENT, STUFFED_TIMES = 4.0, 6
HARD_SCORE = 45
MOST_OF_A_KIND = 5
ORDER = {"high": 0, "medium": 1, "low": 2}
VAGUE = frozenset(
    (
        "cliquez ici",
        "ici",
        "lire la suite",
        "en savoir plus",
        "voir plus",
        "plus",
        "lien",
        "click here",
        "here",
        "read more",
        "learn more",
        "more",
        "link",
        "this link",
        "this page",
    )
)

Found = tuple[str, str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Page:
    """What the checks look at: a reading and what other steps found in it."""

    reading: Reading
    title: str | None
    focus: str | None
    keywords: list[dict[str, object]]
    phrases: list[dict[str, object]]
    readability: dict[str, object]
    language: str


def hints_for(page: Page) -> dict[str, object]:
    """All hints, most severe first, and how many of the checks found nothing."""
    found: list[Found] = []
    clean = 0
    for check in CHECKS:
        results = list(check(page))[:MOST_OF_A_KIND]
        clean += not results
        found.extend(results)
    found.sort(key=lambda row: ORDER[row[1]])
    return {
        "hints": [_row(code, severity, values, page.language) for code, severity, values in found],
        "checks": len(CHECKS),
        "checks_passed": clean,
        "focus_keyword": page.focus,
        "focus_count": _times(page.focus, page.reading) if page.focus else None,
    }


def _row(code: str, severity: str, values: dict[str, object], language: str) -> dict[str, object]:
    message, advice = words_for(code, language, **values)
    return {"code": code, "severity": severity, "message": message, "advice": advice}


def _title_of(page: Page) -> str | None:
    if page.title:
        return page.title
    document = page.reading.document
    main = [one.text for one in document.of_kind("heading") if one.level == 1]
    return document.title or (main[0] if main else None)


def _title(page: Page) -> Iterator[Found]:
    title = _title_of(page)
    if not title:
        yield "title_missing", "high", {}
    elif len(title) > TITLE_LONG:
        yield "title_long", "medium", {"count": len(title), "limit": TITLE_LONG}
    elif len(title) < TITLE_SHORT:
        yield "title_short", "low", {"count": len(title)}


def _length(page: Page) -> Iterator[Found]:
    words = page.reading.words
    if words < THIN_WORDS:
        severity = "high" if words < VERY_THIN_WORDS else "medium"
        yield "content_thin", severity, {"count": words, "limit": THIN_WORDS}


def _headings_present(page: Page) -> Iterator[Found]:
    reading = page.reading
    if not reading.document.of_kind("heading"):
        if reading.words >= THIN_WORDS:
            yield "headings_missing", "medium", {"count": reading.words}
        return
    longest = current = 0
    for sentence, words in zip(reading.sentences, reading.word_counts, strict=True):
        current = 0 if sentence.kind == "heading" else current + words
        longest = max(longest, current)
    if longest > HEADING_EVERY:
        yield "headings_few", "low", {"count": longest}


def _heading_levels(page: Page) -> Iterator[Found]:
    headings = page.reading.document.of_kind("heading")
    main = sum(one.level == 1 for one in headings)
    if main > 1:
        yield "heading_several_main", "medium", {"count": main}
    for before, one in pairwise(headings):
        if one.level > before.level + 1:
            values = {"text": excerpt(one.text, 80), "before": before.level, "level": one.level}
            yield "heading_level_skipped", "low", values | {"expected": before.level + 1}


def _heading_texts(page: Page) -> Iterator[Found]:
    headings = page.reading.document.of_kind("heading")
    if any(not one.text for one in headings):
        yield "heading_empty", "medium", {}
    counts = Counter(fold(one.text) for one in headings if one.text)
    for one in headings:
        times = counts.pop(fold(one.text), 0)
        if times > 1:
            yield "heading_duplicate", "medium", {"text": excerpt(one.text, 80), "count": times}


def _focus(page: Page) -> Iterator[Found]:
    """The asked keyword where it counts."""
    if not page.focus:
        yield from _subject(page)
        return
    focus = page.focus
    language = page.reading.code
    values: dict[str, object] = {"text": focus}
    if not _times(focus, page.reading):
        yield "focus_missing", "high", values
        return
    title = _title_of(page)
    if title and not _within(focus, tokens_of(title), language):
        yield "focus_not_in_title", "high", values
    if page.reading.words >= VERY_THIN_WORDS and not _in_opening(focus, page.reading):
        yield "focus_not_in_opening", "medium", values
    if not _in_headings(focus, page.reading):
        yield "focus_not_in_headings", "low", values


def _subject(page: Page) -> Iterator[Found]:
    """Without a keyword asked for: does the title name any of the subjects found?"""
    best = [str(row["text"]) for row in page.keywords[:3] if int(str(row["count"])) > 2]
    title = _title_of(page)
    if not best or not title:
        return
    tokens = tokens_of(title)
    if not any(_within(text, tokens, page.reading.code) for text in best):
        yield "focus_not_in_title", "low", {"text": best[0]}


def _in_opening(focus: str, reading: Reading) -> bool:
    first = next((s.block for s in reading.sentences if s.kind in {"paragraph", "quote"}), None)
    return any(
        _within(focus, tokens, reading.code)
        for sentence, tokens in zip(reading.sentences, reading.tokens, strict=True)
        if sentence.block == first
    )


def _in_headings(focus: str, reading: Reading) -> bool:
    headings = [i for i, sentence in enumerate(reading.sentences) if sentence.kind == "heading"]
    inside = (_within(focus, reading.tokens[i], reading.code) for i in headings)
    return not headings or any(inside)


def _stuffing(page: Page) -> Iterator[Found]:
    rows = [(str(r["text"]), int(str(r["count"]))) for r in (*page.phrases, *page.keywords)]
    if page.focus:
        rows.insert(0, (page.focus, _times(page.focus, page.reading)))
    words = max(1, page.reading.words)
    told: list[str] = []
    for text, times in rows:
        share = 100 * times / words
        if times >= STUFFED_TIMES and share > STUFFED_PERCENT and not _already(text, told):
            told.append(text)
            values = {"text": text, "count": times, "share": f"{share:.1f}"}
            yield "keyword_stuffing", "medium", values | {"limit": f"{STUFFED_PERCENT:.0f}"}


def _already(text: str, told: list[str]) -> bool:
    return any(fold(text) in fold(one) or fold(one) in fold(text) for one in told)


def _sentences(page: Page) -> Iterator[Found]:
    limit = LONG_SENTENCE.get(page.reading.code, 30)
    lengths = [page.reading.word_counts[place] for place in page.reading.prose()]
    long = sum(length > limit for length in lengths)
    if long and long / len(lengths) > LONG_SENTENCES_SHARE:
        values: dict[str, object] = {"count": long, "total": len(lengths), "limit": limit}
        yield "sentences_long", "medium", values


def _paragraphs(page: Page) -> Iterator[Found]:
    words, text = max(paragraph_words(page.reading), key=lambda row: row[0], default=(0, ""))
    if words > LONG_PARAGRAPH:
        values = {"count": words, "limit": LONG_PARAGRAPH, "text": excerpt(text, 80)}
        yield "paragraph_long", "low", values


def _ease(page: Page) -> Iterator[Found]:
    score, grade = page.readability["score"], page.readability["grade"]
    if isinstance(score, float) and isinstance(grade, dict) and score < HARD_SCORE:
        values = {"score": f"{score:.0f}", "grade": grade[page.language]}
        yield "hard_to_read", "low", values


def _images(page: Page) -> Iterator[Found]:
    missing = sum(not image["text"].strip() for image in page.reading.document.images)
    if missing:
        yield "images_without_text", "medium", {"count": missing}


def _links(page: Page) -> Iterator[Found]:
    links = page.reading.document.links
    if not links and page.reading.words >= THIN_WORDS:
        yield "links_missing", "low", {}
    vague = {link["text"] for link in links if link["text"].strip(" .…»>").lower() in VAGUE}
    for text in sorted(vague):
        yield "link_text_vague", "low", {"text": text}


def _description(page: Page) -> Iterator[Found]:
    document = page.reading.document
    if document.format == "html" and not document.description:
        yield "description_missing", "low", {}
    elif document.description:
        length = len(document.description)
        if not DESCRIPTION_SHORT <= length <= DESCRIPTION_LONG:
            yield "description_length", "low", {"count": length}


CHECKS = (
    _title,
    _length,
    _headings_present,
    _heading_levels,
    _heading_texts,
    _focus,
    _stuffing,
    _sentences,
    _paragraphs,
    _ease,
    _images,
    _links,
    _description,
)


def _matchable(tokens: list[str], language: str) -> list[str]:
    """Tokens as they are compared: no function words, no accents, no plural."""
    return [fold(singular(token, language)) for token in tokens if not is_stop(token, language)]


def _within(focus: str, tokens: list[str], language: str) -> bool:
    return _times_in(_matchable(tokens_of(focus), language), _matchable(tokens, language)) > 0


def _times(focus: str, reading: Reading) -> int:
    wanted = _matchable(tokens_of(focus), reading.code)
    return sum(_times_in(wanted, _matchable(tokens, reading.code)) for tokens in reading.tokens)


def _times_in(wanted: list[str], have: list[str]) -> int:
    size = len(wanted)
    if not size or size > len(have):
        return 0
    return sum(have[i : i + size] == wanted for i in range(len(have) - size + 1))
