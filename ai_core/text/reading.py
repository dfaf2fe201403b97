"""What every step needs from a text, worked out once: document, language, sentences, tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ai_core.text.document import Document, read
from ai_core.text.language import OURS, detect
from ai_core.text.sentences import Sentence, sentences_of
from ai_core.text.words import tokens_of, words_of

Check = Callable[[], None]
CHECK_EVERY = 500


def never_stop() -> None:
    """The check of a caller that never stops a run."""


@dataclass(slots=True)
class Reading:
    """A text taken apart, its language known, its sentences cut and counted."""

    document: Document
    language: dict[str, object]
    sentences: list[Sentence]
    tokens: list[list[str]] = field(default_factory=list)
    word_counts: list[int] = field(default_factory=list)

    @property
    def code(self) -> str:
        return str(self.language["code"])

    @property
    def words(self) -> int:
        return sum(self.word_counts)

    def prose(self) -> list[int]:
        """The places of the sentences that are not headings."""
        return [place for place, one in enumerate(self.sentences) if one.kind != "heading"]


def read_text(text: str, *, language: str | None = None, check: Check = never_stop) -> Reading:
    """Reads a text; `language` overrides the detection. Raises ValueError for an empty text."""
    if not isinstance(text, str):
        raise ValueError("The text must be a string: decode bytes before reading them.")
    document = read(text)
    check()
    sentences = sentences_of(document)
    found = _chosen(language) if language else detect("\n".join(one.text for one in sentences))
    reading = Reading(document=document, language=found, sentences=sentences)
    for place, sentence in enumerate(sentences):
        if place % CHECK_EVERY == 0:
            check()
        reading.tokens.append(tokens_of(sentence.text))
        reading.word_counts.append(len(words_of(sentence.text)))
    return reading


def _chosen(language: str) -> dict[str, object]:
    code = language.lower().replace("_", "-").split("-")[0]
    if code not in OURS:
        raise ValueError(f"The language {language!r} is not read here: use 'fr' or 'en', or none.")
    detected = detect("")
    detected.pop("reason", None)
    names = {"fr": {"fr": "français", "en": "French"}, "en": {"fr": "anglais", "en": "English"}}
    return detected | {"code": code, "name": names[code], "confidence": 1.0, "given": True}
