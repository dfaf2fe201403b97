"""The two doors of the text engine: analyse a text, or summarise it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ai_core.text.document import MAX_CHARACTERS
from ai_core.text.hint_texts import note_for
from ai_core.text.keywords import find_keywords
from ai_core.text.readability import LEAST_WORDS, excerpt, measure
from ai_core.text.reading import Check, Reading, never_stop, read_text
from ai_core.text.sentences import MAX_SENTENCES
from ai_core.text.sentiment import tone_of
from ai_core.text.seo import DESCRIPTION_LONG, Page, hints_for
from ai_core.text.structure import describe
from ai_core.text.summary import summary_of

ENGINE = "extractive-1"
HINT_LANGUAGES = ("fr", "en")
MOST_KEYWORDS = 12

OnStep = Callable[[str, float], None]


def _silent(name: str, share: float) -> None:
    """The progress of a caller that does not watch."""


class _Steps:
    """Tells a caller which step begins and how much of the whole is done, and lets it stop."""

    def __init__(self, names: tuple[str, ...], on_step: OnStep, check: Check) -> None:
        self.names = names
        self.on_step = on_step
        self.check = check

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.check()
        place = self.names.index(name)
        self.on_step(name, round(place / len(self.names), 3))
        yield
        if place == len(self.names) - 1:
            self.on_step(name, 1.0)


ANALYSIS_STEPS = ("reading", "keywords", "readability", "sentiment", "summary", "seo")
SUMMARY_STEPS = ("reading", "summary")


def analyse(
    text: str,
    *,
    language: str | None = None,
    title: str | None = None,
    focus_keyword: str | None = None,
    hints_language: str | None = None,
    on_step: OnStep = _silent,
    check: Check = never_stop,
) -> dict[str, object]:
    """Everything the engine can say about a text, as JSON. ValueError if there is no text."""
    steps = _Steps(ANALYSIS_STEPS, on_step, check)
    title = " ".join((title or "").split())[:500] or None
    focus = " ".join((focus_keyword or "").split())[:200] or None
    with steps.step("reading"):
        reading = read_text(text, language=language, check=check)
    speak = _hints_language(hints_language, reading)
    with steps.step("keywords"):
        shown = title or reading.document.title
        keywords = find_keywords(reading, title=shown, limit=MOST_KEYWORDS)
    with steps.step("readability"):
        readability = measure(reading)
    with steps.step("sentiment"):
        sentiment = tone_of(reading, check=check)
    with steps.step("summary"):
        summary = summary_of(reading, check=check)
    with steps.step("seo"):
        page = Page(
            reading=reading,
            title=title,
            focus=focus,
            keywords=keywords["keywords"],
            phrases=keywords["key_phrases"],
            readability=readability,
            language=speak,
        )
        seo = hints_for(page) | {"meta_description_suggestion": _description(reading, check)}
        structure = describe(reading)
    return {
        "engine": ENGINE,
        "language": reading.language,
        **keywords,
        "readability": readability,
        "structure": structure,
        "seo": seo,
        "sentiment": sentiment,
        "summary": summary,
        "hints_language": speak,
        "notes": _notes(reading, speak, readability=readability, summary=summary),
    }


def summarise(
    text: str,
    *,
    sentences: int | None = None,
    share: float | None = None,
    max_characters: int | None = None,
    language: str | None = None,
    hints_language: str | None = None,
    on_step: OnStep = _silent,
    check: Check = never_stop,
) -> dict[str, object]:
    """The most telling sentences of a text, in their order, as JSON."""
    steps = _Steps(SUMMARY_STEPS, on_step, check)
    with steps.step("reading"):
        reading = read_text(text, language=language, check=check)
    with steps.step("summary"):
        summary = summary_of(
            reading, sentences=sentences, share=share, max_characters=max_characters, check=check
        )
    speak = _hints_language(hints_language, reading)
    notes = _notes(reading, speak, summary=summary)
    return {"engine": ENGINE, "language": reading.language, **summary, "notes": notes}


def _hints_language(asked: str | None, reading: Reading) -> str:
    """The language to answer in: the one asked for, else the text's own, else English."""
    asked = (asked or "").lower().replace("_", "-").split("-")[0]
    if asked in HINT_LANGUAGES:
        return asked
    return reading.code if reading.code in HINT_LANGUAGES else "en"


def _description(reading: Reading, check: Check) -> str:
    """A description for search results: what of the summary fits into their length."""
    fitting = summary_of(reading, max_characters=DESCRIPTION_LONG, sentences=2, check=check)
    return excerpt(str(fitting["text"]), DESCRIPTION_LONG)


def _notes(
    reading: Reading,
    speak: str,
    *,
    summary: dict[str, object],
    readability: dict[str, object] | None = None,
) -> list[dict[str, str]]:
    """What the engine could not do with this text, in words."""
    codes: list[tuple[str, str, dict[str, object]]] = []
    if reading.document.truncated:
        codes.append(("truncated", "truncated", {"limit": MAX_CHARACTERS, "most": MAX_SENTENCES}))
    if reading.code not in HINT_LANGUAGES:
        codes.append(("language_not_read", "language_not_read", {}))
    if reading.language.get("mixed"):
        name = reading.language["name"]
        shown = name[speak] if isinstance(name, dict) else ""
        codes.append(("mixed_languages", "mixed_languages", {"name": shown}))
    if readability and readability["reason"] == "too_short":
        codes.append(("readability_too_short", "readability_too_short", {"limit": LEAST_WORDS}))
    note = str(summary["note"] or "extractive")
    codes.append((note, note, {}))
    return [{"code": c, "text": note_for(key, speak, **values)} for c, key, values in codes]
