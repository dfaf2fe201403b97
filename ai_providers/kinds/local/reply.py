"""Reads a conversation as a librarian would: what is asked, of which text, and what it says."""

from __future__ import annotations

import re
from typing import Any

from ai_core.text import analyse, summarise
from ai_core.text.language import detect
from ai_core.text.sentences import split_sentences
from ai_core.text.words import fold, is_content, stem, tokens_of
from ai_providers.kinds.local.phrases import PHRASES

LEAST_MATERIAL = 40  # words; less is a question, not a text to read
LEAST_TOLD = 8  # unless it follows "Summarise:": then somebody says that it is one
BEST = 3
LONGEST = 100_000  # characters

_SUMMARY = re.compile(r"\b(summar\w*|tl;?dr|sum up|shorten|resum\w*|synthes\w*|condens\w*)\b")
_KEYWORDS = re.compile(r"\b(key ?words?|key ?phrases?|tags?|topics?|mots?[- ]cles?|themes?)\b")
_ANALYSIS = re.compile(r"\b(analy[sz]\w*|seo|readab\w*|lisib\w*|sentiment|tone|ton)\b")


def reply_to(messages: list[dict[str, Any]]) -> str:  # noqa: PLR0911  (one wish a line)
    """Answer the last message, from the longest text that the conversation holds."""
    turns = [_text(m.get("content"))[:LONGEST] for m in messages if m.get("role") != "assistant"]
    turns = [turn for turn in turns if turn.strip()]
    if not turns:
        return PHRASES["en"]["nothing"]
    question, material = _apart(turns)
    language = _language(material or question)
    words = PHRASES[language]
    if not material:
        return words["no_text"]
    wish = fold(question)
    if _KEYWORDS.search(wish):
        return f"{words['keywords']} {', '.join(_keywords(material))}."
    if _ANALYSIS.search(wish):
        return _analysis(material, words, language)
    if question and not _SUMMARY.search(wish):
        found = _best(question, material, language)
        if found:
            return f"{words['found']} {' '.join(found)}"
        return f"{words['not_found']} {_summary(material)}"
    return f"{words['summary']} {_summary(material)}"


def _apart(turns: list[str]) -> tuple[str, str]:
    """Tell the question from the text: the text is the longest thing that was said."""
    last = turns[-1]
    longest = max(turns, key=len)
    if longest is not last and _words(longest) >= LEAST_MATERIAL and _words(last) < 200:
        return last, longest
    told, text = _instruction(last)
    if text and _is_wish(told) and _words(text) >= LEAST_TOLD:
        return told, text
    if _words(last) < LEAST_MATERIAL:
        return last, ""
    return (told, text) if _words(text) >= LEAST_MATERIAL // 2 else _last_question(last)


def _is_wish(text: str) -> bool:
    wish = fold(text)
    return any(sought.search(wish) for sought in (_SUMMARY, _KEYWORDS, _ANALYSIS))


def _instruction(text: str) -> tuple[str, str]:
    """Cut a beginning like "Summarise this:" off its text."""
    head, mark, rest = text.partition("\n")
    if not mark:
        head, mark, rest = text.partition(":")
    return (head.strip(), rest.strip()) if mark and _words(head) <= 30 else ("", "")


def _last_question(text: str) -> tuple[str, str]:
    """Cut a first or last question off its text."""
    sentences = split_sentences(text)
    if len(sentences) > 2:
        if sentences[-1].endswith("?"):
            return sentences[-1], text[: text.rfind(sentences[-1])].strip()
        if sentences[0].endswith("?"):
            return sentences[0], text[len(sentences[0]) :].strip()
    return "", text


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def _words(text: str) -> int:
    return len(text.split())


def _language(text: str) -> str:
    return "fr" if detect(text)["code"] == "fr" else "en"


def _summary(material: str) -> str:
    try:
        return str(summarise(material, sentences=3)["text"])
    except ValueError:
        return ""


def _keywords(material: str) -> list[str]:
    found: Any = analyse(material)["keywords"]
    return [str(one["text"]) for one in found[:8]]


def _analysis(material: str, words: dict[str, str], language: str) -> str:
    found: Any = analyse(material, hints_language=language)
    score, tone = found["readability"].get("score"), found["sentiment"].get("label")
    lines = [
        f"{words['keywords']} {', '.join(str(one['text']) for one in found['keywords'][:8])}.",
        f"{words['summary']} {found['summary']['text']}",
    ]
    if score is not None:
        lines.insert(1, f"{words['readability']} {score}.")
    if tone:
        lines.insert(2, f"{words['tone']} {tone}.")
    return "\n".join(lines)


def _best(question: str, material: str, language: str) -> list[str]:
    """The sentences that share most of the question's rarer words, in the text's order."""
    asked = {stem(t, language) for t in tokens_of(question) if is_content(t, language)}
    sentences = [s for block in material.splitlines() for s in split_sentences(block)]
    stems = [
        {stem(t, language) for t in tokens_of(s) if is_content(t, language)} for s in sentences
    ]
    weight = {word: 1 / (1 + sum(word in one for one in stems)) for word in asked}
    scores = [sum(weight[word] for word in one & asked) for one in stems]
    ranked = sorted(range(len(sentences)), key=lambda n: (-scores[n], n))[:BEST]
    best = scores[ranked[0]] if ranked else 0.0
    return [sentences[n] for n in sorted(ranked) if scores[n] > 0 and scores[n] >= best / 2]
