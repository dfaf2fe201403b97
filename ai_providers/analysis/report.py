"""Puts a model's reading beside the hub's own measurements, and says which is whose."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from ai_core.text.analysis import ENGINE
from ai_core.text.sentences import split_sentences
from ai_core.text.words import fold, tokens_of

MEASURED = ["language", "readability", "structure", "seo.checks"]
READ = ["keywords", "sentiment", "summary", "seo.meta_description_suggestion"]


def joined(
    measured: dict[str, Any], read: dict[str, Any], *, model: str, text: str
) -> dict[str, Any]:
    """The result in the shape of `content_analysis`; `engines` says who says what."""
    seo = measured["seo"]
    own = [{**hint, "by": ENGINE} for hint in seo["hints"]]
    theirs = [
        {"code": "model", "by": model}
        | {name: hint[name] for name in ("severity", "message", "advice")}
        for hint in read["hints"]
    ]
    return {
        **measured,
        "engine": model,
        "engines": {ENGINE: MEASURED, model: READ},
        "keywords": _counted(read["keywords"], text, measured["keywords"]),
        "key_phrases": [],
        "sentiment": {
            "label": read["tone"]["label"],
            "explanation": read["tone"].get("explanation", ""),
            "score": None, "confidence": None, "reason": None,
            "positive": [], "negative": [], "method": "model",
        },
        "summary": {
            "text": read["summary"],
            "sentences": split_sentences(read["summary"]),
            "sentence_count": len(split_sentences(read["summary"])),
            "of_sentences": measured["summary"]["of_sentences"],
            "share": None, "method": "model", "note": None,
        },
        "seo": {
            **seo, "hints": own + theirs, "meta_description_suggestion": read["meta_description"],
        },
        "notes": [*_kept(measured["notes"]), _note(model, measured["hints_language"])],
    }  # fmt: skip


def own(measured: dict[str, Any]) -> dict[str, Any]:
    """The hub's own analysis, labelled as such in the same way."""
    return {**measured, "engines": {ENGINE: [*MEASURED, *READ]}}


def _counted(
    keywords: list[str], text: str, measured: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """How often each stands in the text is counted here; one that does not has a zero."""
    words = [fold(token) for token in tokens_of(text)]
    known = {fold(row["text"]): row for row in measured}
    rows, seen = [], set()
    for keyword in keywords:
        wanted = [fold(token) for token in tokens_of(keyword)]
        if not wanted or tuple(wanted) in seen:
            continue
        seen.add(tuple(wanted))
        count = sum(
            words[n : n + len(wanted)] == wanted for n in range(len(words) - len(wanted) + 1)
        )
        row = known.get(fold(keyword), {})
        rows.append({
            "text": keyword, "count": count,
            "density": round(100 * count * len(wanted) / len(words), 2) if words else 0.0,
            "score": None,
            "in_title": row.get("in_title"), "in_heading": row.get("in_heading"),
        })  # fmt: skip
    return rows


def _kept(notes: list[dict[str, str]]) -> list[dict[str, str]]:
    """What the local engine says of its own summary does not hold for the model's."""
    return [note for note in notes if note["code"] != "extractive"]


def _note(model: str, language: str) -> dict[str, str]:
    with override(language):
        said = _("Keywords, tone, summary and advice come from %(model)s: check them.")
    return {"code": "by_model", "text": said % {"model": model}}
