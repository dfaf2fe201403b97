"""What the job types that read a text share: its fields, its checks, how progress is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from ai_core.errors import InvalidInput
from ai_core.execution.protocol import Analysis, Context, Failure
from ai_core.statuses import FailureClass
from ai_core.text.hint_texts import note_for
from ai_core.text.readability import LEAST_WORDS
from ai_core.text.reading import Reading, read_text
from ai_core.text.words import words_of

MOST_CHARACTERS = 1_000_000
LOOKED_AT = 50_000  # characters that an analysis before saving reads: it must answer at once
START_SECONDS = 0.05
READ_LANGUAGES = ("fr", "en")

TEXT: dict[str, Any] = {
    "type": "string",
    "title": gettext_noop("Text"),
    "description": gettext_noop("Plain text, Markdown or HTML, in French or English."),
    "minLength": 1,
    "maxLength": MOST_CHARACTERS,
    "format": "textarea",
}
LANGUAGE: dict[str, Any] = {
    "type": "string",
    "title": gettext_noop("Language of the text"),
    "description": gettext_noop("auto: found out from the text itself."),
    "enum": ["auto", "fr", "en"],
    "default": "auto",
}
HINTS_LANGUAGE: dict[str, Any] = {
    "type": "string",
    "title": gettext_noop("Language of the answer"),
    "description": gettext_noop("Empty: the language of the text."),
    "enum": ["fr", "en"],
}


def language_of(wanted: dict[str, Any]) -> str | None:
    chosen = wanted.get("language", "auto")
    return None if chosen == "auto" else chosen


def must_have_words(wanted: dict[str, Any]) -> None:
    """Refuse a blank text before it becomes a job; markup without words shows only in the run."""
    if not wanted.get("text", "").strip():
        message = _("The text is empty: give at least one word to read.")
        raise InvalidInput(message, errors={"input_data.text": [message]})


@contextmanager
def refusals() -> Iterator[None]:
    """What the engine cannot read is the input's fault, and no retry makes it better."""
    try:
        yield
    except ValueError as error:
        raise Failure(str(error), code="INPUT_REFUSED", failure_class=FailureClass.INPUT) from error


class Follow:
    """Tells the job's stages and progress as the engine goes from step to step."""

    def __init__(self, ctx: Context, *, share: float) -> None:
        self.ctx = ctx
        self.share = share
        self.stage = ""

    def __call__(self, step: str, done: float) -> None:
        if step != self.stage:
            self.stage = step
            self.ctx.stage(step)
            self.ctx.log(f"step: {step}", "debug")
        self.ctx.progress(self.share * done)


def tell_notes(ctx: Context, result: dict[str, Any]) -> None:
    """What could not be done with this text belongs into its log, too."""
    for note in result["notes"]:
        ctx.log(note["text"], "info" if note["code"] == "extractive" else "warning")


def analysis_of(wanted: dict[str, Any], *, seconds_a_character: float) -> Analysis:
    """Say what kind of text this is and how long reading it takes; it costs nothing."""
    text = wanted.get("text", "")
    try:
        reading = read_text(text[:LOOKED_AT], language=language_of(wanted))
    except ValueError as error:
        return Analysis(problems={"input_data.text": [str(error)]})
    whole = len(text) <= LOOKED_AT
    words = reading.words if whole else len(words_of(text))
    facts: dict[str, Any] = {
        "words": words,
        "characters": len(text),
        "language": reading.code,
        "language_name": reading.language["name"],
        "format": reading.document.format,
    }
    if whole:
        facts["sentences"] = len(reading.sentences)
    return Analysis(
        warnings=_warnings(reading, words),
        facts=facts,
        cost_low="0",
        cost_high="0",
        duration_seconds=round(START_SECONDS + len(text) * seconds_a_character, 2),
    )


def _warnings(reading: Reading, words: int) -> list[str]:
    speak = "fr" if (get_language() or "").startswith("fr") else "en"
    found = []
    if reading.code not in READ_LANGUAGES:
        found.append(note_for("language_not_read", speak))
    if words < LEAST_WORDS:
        found.append(note_for("readability_too_short", speak, limit=LEAST_WORDS))
    return found
