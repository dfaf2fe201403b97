"""How easy a text is to read: Flesch for English, Kandel and Moles for French."""

from __future__ import annotations

import re
from functools import lru_cache

from ai_core.text.reading import Reading
from ai_core.text.words import fold, is_number, words_of

WORDS_A_MINUTE = {"fr": 220, "en": 238}
DEFAULT_WORDS_A_MINUTE = 225
LEAST_WORDS = 30
HARDEST = 3
LEAST_HARD_WORDS = 10
EXCERPT = 300
# score = start - by_length * words per sentence - by_syllables * syllables per word
FORMULAS = {"en": ("flesch", 206.835, 1.015, 84.6), "fr": ("kandel-moles", 207.0, 1.015, 73.6)}
GRADES = (
    (90, "very_easy", "très facile", "very easy"),
    (75, "easy", "facile", "easy"),
    (60, "fairly_easy", "assez facile", "fairly easy"),
    (45, "fairly_difficult", "assez difficile", "fairly difficult"),
    (30, "difficult", "difficile", "difficult"),
    (float("-inf"), "very_difficult", "très difficile", "very difficult"),
)

_VOWELS_FR = re.compile(r"[aeiouy]+")
_VOWELS_EN = re.compile(r"[aeiouy]+")
_HIATUS_FR = re.compile("é[aâoôéu]|ï|ë|[bcdfgptv][lr]i[aeéo]")
_GLIDE_FR = re.compile("(?<=[aeiou])y(?=[aeiou])")
_EN_SILENT = re.compile(r"(?:[^laeiouy]e|[^aeioudt]ed|[^aeiouscgzxh]es)$")
_EN_HIATUS = re.compile(r"i[aou]|eo|ua|[^q]uo|[ey]ing|ism$|iet")
_EN_HIATUS_NOT = re.compile(r"[tcsg]i[ao]|[aeo]io")
LONGEST_COUNTED = 60


@lru_cache(maxsize=50_000)
def syllables(word: str, language: str) -> int:
    """The syllables of a word as spoken, near enough for a mean."""
    lower = word.lower()[:LONGEST_COUNTED]
    if is_number(lower):
        return max(1, min(len(lower), 5))
    return _french(lower) if language == "fr" else _english(lower)


def _french(word: str) -> int:
    plain = _GLIDE_FR.sub("j", fold(word))
    count = len(_VOWELS_FR.findall(plain)) + len(_HIATUS_FR.findall(word))
    if count > 1 and re.search(r"[^aeiouéy](?:e|es|ent)$", word) and not word.endswith("ment"):
        count -= 1
    elif count > 1 and re.search(r"[iuéy]e?es?$", word) and word.endswith(("ées", "ée")):
        count -= len(re.findall(r"é[aoiu]", word))
    return max(1, count)


def _english(word: str) -> int:
    plain = fold(word)
    count = len(_VOWELS_EN.findall(plain))
    count += max(0, len(_EN_HIATUS.findall(plain)) - len(_EN_HIATUS_NOT.findall(plain)))
    if _EN_SILENT.search(plain):
        count -= 1
    return max(1, count)


def grade_of(score: float) -> dict[str, str]:
    """A grade in words for a score, with its code and its French and English names."""
    code, french, english = next(rest for least, *rest in GRADES if score >= least)
    return {"code": code, "fr": french, "en": english}


def measure(reading: Reading) -> dict[str, object]:
    """Counts for any language; a score and grade only where a formula exists and text suffices."""
    places = reading.prose() or list(range(len(reading.sentences)))
    words = sum(reading.word_counts[place] for place in places)
    full = [place for place in places if reading.word_counts[place]]
    pace = WORDS_A_MINUTE.get(reading.code, DEFAULT_WORDS_A_MINUTE)
    lengths = [reading.word_counts[place] for place in full]
    result: dict[str, object] = {
        "words": reading.words,
        "sentences": len(full),
        "mean_sentence_words": round(words / len(full), 1) if full else 0.0,
        "longest_sentence_words": max(lengths, default=0),
        "reading_seconds": max(1, round(reading.words * 60 / pace)) if reading.words else 0,
        "score": None,
        "grade": None,
        "formula": None,
        "reason": None,
        "hardest_sentences": [],
    }
    if reading.code not in FORMULAS:
        return result | {"reason": "language_not_read"}
    return result | _graded(reading, full, words)


def _graded(reading: Reading, places: list[int], words: int) -> dict[str, object]:
    name, start, by_length, by_syllables = FORMULAS[reading.code]
    spoken = {place: _syllables_in(reading, place) for place in places}
    if words < LEAST_WORDS:
        return {"reason": "too_short", "formula": name, "syllables": sum(spoken.values())}

    def score(length: float, syllables_a_word: float) -> float:
        return start - by_length * length - by_syllables * syllables_a_word

    value = score(words / len(places), sum(spoken.values()) / words)
    rated = [
        (score(reading.word_counts[place], spoken[place] / reading.word_counts[place]), place)
        for place in places
        if reading.word_counts[place] >= LEAST_HARD_WORDS
    ]
    return {
        "score": round(max(0.0, min(100.0, value)), 1),
        "grade": grade_of(value),
        "formula": name,
        "syllables": sum(spoken.values()),
        "syllables_a_word": round(sum(spoken.values()) / words, 2),
        "hardest_sentences": [
            _hard(reading, place, value) for value, place in sorted(rated)[:HARDEST]
        ],
    }


def _hard(reading: Reading, place: int, value: float) -> dict[str, object]:
    return {
        "text": excerpt(reading.sentences[place].text, EXCERPT),
        "words": reading.word_counts[place],
        "score": round(max(0.0, min(100.0, value)), 1),
        "grade": grade_of(value),
    }


def _syllables_in(reading: Reading, place: int) -> int:
    return sum(syllables(word, reading.code) for word in words_of(reading.sentences[place].text))


def excerpt(text: str, limit: int) -> str:
    """The text, cut at a word when it is longer than the limit."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:–—-") + "…"
