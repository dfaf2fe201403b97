"""Telling French from English, and saying so when it is neither or too little to tell."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from ai_core.text.vocabulary import english, french
from ai_core.text.vocabulary.others import FUNCTION_WORDS
from ai_core.text.words import tokens_of

SAMPLE_CHARACTERS = 60_000
OURS = ("fr", "en")
NAMES = {
    "fr": {"fr": "français", "en": "French"},
    "en": {"fr": "anglais", "en": "English"},
    "other": {"fr": "autre langue", "en": "another language"},
    "unknown": {"fr": "inconnue", "en": "unknown"},
}
LEAST_EVIDENCE = 1.8
LEAST_SHARE = 0.55
LEAST_COVER = 0.12
MIXED_SHARE = 0.25

_SETS = {
    "fr": french.STOP_WORDS | french.COMMON_WORDS | french.WEAK_WORDS,
    "en": english.STOP_WORDS | english.COMMON_WORDS | english.WEAK_WORDS,
    **FUNCTION_WORDS,
}
_OWNERS: dict[str, tuple[str, ...]] = {}
for _code, _words in _SETS.items():
    for _word in _words:
        _OWNERS[_word] = (*_OWNERS.get(_word, ()), _code)

# Letters and endings that one language has and its neighbours hardly ever.
_HINTS = {
    "fr": re.compile(r"[êœëîû]|eau|oux|aient$|eux$|euse$|ées?$|ement$|ités?$|^qu"),
    "en": re.compile(r"^wh|^th|ing$|ght|tion$|sh$|ck$|ness$|^kn|oo|ally$|'t$|'ve$|ould$"),
    "de": re.compile(r"[äöß]|sch|ung$|keit$|lich$"),
    "es": re.compile(r"[ñ]|ción$|dad$|ías?$"),
    "it": re.compile(r"zione$|gli|tà$|cch"),
    "pt": re.compile(r"[ãõ]|ção$|ões$|lh"),
    "nl": re.compile(r"ij|aa|uu|lijk$"),
}
HINT_WEIGHT = 0.25
_SCRIPTS = (
    ("Latin", 0x0041, 0x024F),
    ("Greek", 0x0370, 0x03FF),
    ("Cyrillic", 0x0400, 0x052F),
    ("Hebrew", 0x0590, 0x05FF),
    ("Arabic", 0x0600, 0x077F),
    ("Devanagari", 0x0900, 0x097F),
    ("Thai", 0x0E00, 0x0E7F),
    ("Kana", 0x3040, 0x30FF),
    ("Han", 0x4E00, 0x9FFF),
    ("Hangul", 0xAC00, 0xD7AF),
)


def detect(text: str) -> dict[str, object]:
    """The language with a confidence from 0 to 1, and what the judgement rests on."""
    sample = text if len(text) <= SAMPLE_CHARACTERS else _sample(text)
    script = _script(sample)
    if script is None:
        return _answer("unknown", reason="no_letters")
    if script != "Latin":
        return _answer("other", confidence=0.95, script=script, reason="script")
    tokens = tokens_of(sample)
    scores, hits = _scores(tokens)
    return _judge(scores, hits, len(tokens))


def _sample(text: str) -> str:
    third = SAMPLE_CHARACTERS // 3
    middle = len(text) // 2
    return "\n".join((text[:third], text[middle : middle + third], text[-third:]))


def _script(text: str) -> str | None:
    counts: Counter[str] = Counter()
    for letter, times in Counter(text).items():
        if letter.isalpha():
            point = ord(letter)
            name = next((n for n, low, high in _SCRIPTS if low <= point <= high), "other")
            counts[name] += times
    return counts.most_common(1)[0][0] if counts else None


def _scores(tokens: list[str]) -> tuple[dict[str, float], Counter[str]]:
    scores: defaultdict[str, float] = defaultdict(float)
    hits: Counter[str] = Counter()
    for token, times in Counter(tokens).items():
        owners = _OWNERS.get(token, ())
        for owner in owners:
            scores[owner] += times / len(owners) ** 1.5
            hits[owner] += times
        if len(token) > 3:
            for code, hint in _HINTS.items():
                if hint.search(token):
                    scores[code] += HINT_WEIGHT * times
    return scores, hits


def _judge(scores: dict[str, float], hits: Counter[str], words: int) -> dict[str, object]:
    total = sum(scores.values())
    if not words or not total:
        return _answer("unknown", words=words, reason="no_evidence")
    (best, first), *rest = sorted(scores.items(), key=lambda pair: -pair[1])
    second = rest[0][1] if rest else 0.0
    ours = {code: round(scores.get(code, 0.0) / total, 2) for code in OURS}
    share = first / (first + second)
    cover = hits[best] / words
    confidence = round(min(0.99, share * min(1.0, first / 6) ** 0.25 * min(1.0, cover / 0.3)), 2)
    mixed = min(ours.values()) >= MIXED_SHARE and words > 20
    sure = first >= LEAST_EVIDENCE and share >= LEAST_SHARE and cover >= LEAST_COVER
    if mixed and best in OURS:
        return _answer(best, confidence=min(confidence, 0.6), words=words, shares=ours, mixed=True)
    if not sure:
        return _answer("unknown", confidence=0.0, words=words, shares=ours, reason="too_little")
    if best not in OURS:
        return _answer("other", confidence=confidence, words=words, guess=best, reason="words")
    return _answer(best, confidence=confidence, words=words, shares=ours)


def _answer(code: str, *, confidence: float = 0.0, **evidence: object) -> dict[str, object]:
    return {"code": code, "name": NAMES[code], "confidence": confidence, **evidence}
