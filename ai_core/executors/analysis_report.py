"""A content analysis as a page of Markdown, in the language that its hints are in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

MOST_KEYWORDS = 10
MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>#|"})


def report_of(result: dict[str, Any]) -> str:
    """Lay the result out for people; everything in it stands in the result, too."""
    with override(result["hints_language"]):
        parts = [
            list(part)
            for part in (
                _head(result),
                _keywords(result),
                _hints(result["seo"]),
                _readability(result),
                _tone(result["sentiment"]),
                _summary(result["summary"]),
                _structure(result["structure"]),
                _notes(result["notes"]),
            )
        ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _head(result: dict[str, Any]) -> Iterator[str]:
    readability, language = result["readability"], result["language"]
    yield f"# {_('Content analysis')}"
    yield ""
    yield _("%(words)s words, %(sentences)s sentences, language: %(language)s.") % {
        "words": readability["words"],
        "sentences": readability["sentences"],
        "language": language["name"][result["hints_language"]],
    }


def _keywords(result: dict[str, Any]) -> Iterator[str]:
    if not result["keywords"]:
        return
    yield f"## {_('Keywords')}"
    yield ""
    yield f"| {_('Keyword')} | {_('Times')} | {_('Density')} |"
    yield "| --- | ---: | ---: |"
    for row in result["keywords"][:MOST_KEYWORDS]:
        yield f"| {plain(row['text'])} | {row['count']} | {row['density']} % |"
    if result["key_phrases"]:
        phrases = ", ".join(plain(row["text"]) for row in result["key_phrases"])
        yield ""
        yield f"{_('Key phrases')}: {phrases}"


def _hints(seo: dict[str, Any]) -> Iterator[str]:
    yield f"## {_('Hints')}"
    yield ""
    yield _("%(passed)s of %(checks)s checks found nothing to improve.") % {
        "passed": seo["checks_passed"],
        "checks": seo["checks"],
    }
    severities = {"high": _("important"), "medium": _("useful"), "low": _("minor")}
    for hint in seo["hints"]:
        yield ""
        yield f"- **{plain(hint['message'])}** ({severities[hint['severity']]})"
        yield f"  {plain(hint['advice'])}"
    if seo["meta_description_suggestion"]:
        yield ""
        yield f"{_('Suggested meta description')}:"
        yield ""
        yield f"> {plain(seo['meta_description_suggestion'])}"


def _readability(result: dict[str, Any]) -> Iterator[str]:
    found = result["readability"]
    if found["score"] is None:
        return
    yield f"## {_('Readability')}"
    yield ""
    yield _("Score %(score)s of 100: %(grade)s. Sentences have %(mean)s words on average.") % {
        "score": found["score"],
        "grade": found["grade"][result["hints_language"]],
        "mean": found["mean_sentence_words"],
    }
    for sentence in found["hardest_sentences"]:
        yield ""
        yield f"> {plain(sentence['text'])}"


def _tone(sentiment: dict[str, Any]) -> Iterator[str]:
    labels = {
        "positive": _("positive"),
        "negative": _("negative"),
        "neutral": _("neutral"),
        "mixed": _("mixed"),
    }
    if sentiment["label"] not in labels or sentiment["reason"]:
        return  # a guess on thin evidence is no finding
    yield f"## {_('Tone')}"
    yield ""
    yield labels[sentiment["label"]]


def _summary(summary: dict[str, Any]) -> Iterator[str]:
    yield f"## {_('Summary')}"
    yield ""
    yield plain(summary["text"])


def _structure(structure: dict[str, Any]) -> Iterator[str]:
    if not structure["headings"]:
        return
    yield f"## {_('Structure')}"
    yield ""
    for heading in structure["headings"]:
        yield f"{'  ' * (heading['level'] - 1)}- {plain(heading['text'])}"


def _notes(notes: list[dict[str, str]]) -> Iterator[str]:
    if not notes:
        return
    yield f"## {_('What this analysis does not know')}"
    yield ""
    for note in notes:
        yield f"- {note['text']}"


def plain(text: str) -> str:
    """Quote a text so that none of it is read as markup."""
    return " ".join(str(text).split()).translate(MARKS)
