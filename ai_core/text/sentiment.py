"""The tone of a text from a small lexicon: honest about how little a word count can know."""

from __future__ import annotations

import re
from collections import Counter

from ai_core.text.lexicon import BY_LANGUAGE, Lexicon
from ai_core.text.reading import CHECK_EVERY, Check, Reading, never_stop
from ai_core.text.words import WORD, fold

LOOK_BACK = 4
LOOK_AHEAD = 2
NEGATED = -0.7
MIXED_SHARE = 0.22
LEAST_MIXED = 1.2
LEAST_SCORE = 0.75
LEAST_WORDS = 3
MOST_LISTED = 20
BEFORE_BUT, AFTER_BUT = 0.8, 1.2
SHOUT = 1.2
MEANINGLESS = 0.05
FEW_SENTENCES = 6
TELLING_DENSITY = 0.6

_CLAUSE_END = re.compile(r"[,;:()!?.…–—]")


def tone_of(reading: Reading, *, check: Check = never_stop) -> dict[str, object]:
    """`positive`, `negative`, `mixed`, `neutral` or `unknown`, with the words it rests on."""
    lexicon = BY_LANGUAGE.get(reading.code)
    if lexicon is None:
        return _answer("unknown", reason="language_not_read")
    if reading.words < LEAST_WORDS:
        return _answer("unknown", reason="too_short")
    hits: list[tuple[str, float]] = []
    for place, sentence in enumerate(reading.sentences):
        if place % CHECK_EVERY == 0:
            check()
        hits.extend(_hits(sentence.text, lexicon))
    return _label(hits, len(reading.sentences))


def _label(hits: list[tuple[str, float]], sentences: int) -> dict[str, object]:
    good = sum(value for _, value in hits if value > 0)
    bad = -sum(value for _, value in hits if value < 0)
    total = good + bad
    if not hits:
        return _answer("neutral", reason="no_opinion_words")
    score = round((good - bad) / (total + 1), 2)
    words = {"positive": _listed(hits, 1), "negative": _listed(hits, -1), "score": score}
    if sentences >= FEW_SENTENCES and total / sentences < TELLING_DENSITY:
        return _answer("neutral", reason="few_opinion_words") | words
    if total < LEAST_SCORE and sentences > 1:
        return _answer("unknown", reason="thin_evidence") | words
    if min(good, bad) >= LEAST_MIXED and min(good, bad) / total >= MIXED_SHARE:
        return _answer("mixed") | words
    if abs(good - bad) < LEAST_SCORE / 2:
        return _answer("mixed" if min(good, bad) > LEAST_SCORE / 2 else "neutral") | words
    confidence = round(min(0.95, abs(score) * (0.6 + 0.1 * min(len(hits), 4))), 2)
    return _answer("positive" if good > bad else "negative", confidence=confidence) | words


def _answer(label: str, *, confidence: float = 0.0, reason: str | None = None) -> dict[str, object]:
    return {
        "label": label,
        "score": 0.0,
        "confidence": confidence,
        "reason": reason,
        "positive": [],
        "negative": [],
        "method": "lexicon",
    }


def _listed(hits: list[tuple[str, float]], sign: int) -> list[dict[str, object]]:
    counts = Counter(word for word, value in hits if value * sign > 0)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:MOST_LISTED]
    return [{"text": word, "count": times} for word, times in rows]


def _hits(text: str, lexicon: Lexicon) -> list[tuple[str, float]]:
    """The opinion words of a sentence with their value as meant there."""
    words, clauses, written = _words_and_clauses(text)
    found: list[tuple[int, str, float]] = []
    index = 0
    while index < len(words):
        value, length = lexicon.value_at(words, index)
        if abs(value) > MEANINGLESS:
            meant = _in_context(words, clauses, index, length, value, lexicon)
            said = " ".join(written[index : index + length])
            found.append((index, said, meant * (SHOUT if text.rstrip().endswith("!") else 1)))
        index += max(1, length)
    turn = next((i for i, word in enumerate(words) if word in lexicon.turns), None)
    if turn is None or not any(i < turn for i, _, _ in found):
        return [(said, value) for _, said, value in found]
    return [(said, value * (BEFORE_BUT if i < turn else AFTER_BUT)) for i, said, value in found]


def _words_and_clauses(text: str) -> tuple[list[str], list[int], list[str]]:
    """Each word folded, the number of its clause, and the word as it was written."""
    words: list[str] = []
    written: list[str] = []
    clauses: list[int] = []
    position = clause = 0
    for match in WORD.finditer(text):
        clause += bool(_CLAUSE_END.search(text, position, match.start()))
        position = match.end()
        whole = match[0][:60].replace("’", "'").lower().replace("n't", "'not")
        for part in whole.split("'"):
            if part and part != "s":
                words.append(fold(part))
                written.append(part)
                clauses.append(clause)
    return words, clauses, written


def _in_context(
    words: list[str],
    clauses: list[int],
    index: int,
    length: int,
    value: float,
    lexicon: Lexicon,
) -> float:
    before = [i for i in range(max(0, index - LOOK_BACK), index) if clauses[i] == clauses[index]]
    end = index + length
    after = [
        i for i in range(end, min(len(words), end + LOOK_AHEAD)) if clauses[i] == clauses[index]
    ]
    turned = [i for i in before if words[i] in lexicon.turns]
    if turned:
        before = [i for i in before if i > turned[-1]]
    strength = 1.0
    for i in before[-2:]:
        strength *= lexicon.strength.get(words[i], 1.0)
    denies_itself = length > 1 and words[index] in lexicon.negations
    negated = not denies_itself and lexicon.negated(
        [words[i] for i in before], [words[i] for i in after]
    )
    return value * strength * (NEGATED if negated else 1.0)
