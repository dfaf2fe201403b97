"""Words: finding them, folding accents, light stems for matching."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ai_core.text.vocabulary import stop_words, weak_words

MAX_WORD = 60
WORD = re.compile(r"[^\W\d_]+(?:['’\u2010\u2011-][^\W\d_]+)*|\d+(?:[.,]\d+)*")

_ELISION = re.compile(r"(?:jusqu|lorsqu|puisqu|quoiqu|qu|[ldjmtscn])'(?=[^\W\d_])")
_CLAUSE_MARKS = frozenset(',;:()[]{}«»"“”/|·–—!?.…')
_WHOLE = frozenset(("aujourd'hui", "quelqu'un", "quelqu'une", "d'abord", "d'accord", "d'ailleurs"))
_FR_INVERSION = re.compile(
    r"-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce|le|la|les|y|en|moi|là|ci)$"
)

_FR_ADVERB = re.compile(
    r"(?:èrement|ivement|eusement|iquement|amment|emment|alement|ellement|ablement|iblement|"
    r"idement|ilement|aitement|uellement|entement|arement|ulement|orsement|ûrement)$"
)
_FR_NOUNS_LIKE_ADVERBS = frozenset(
    "renouvellement amoncellement morcellement harcèlement règlement isolement".split()
)
_EN_LY_NOUNS = frozenset(
    "family supply assembly reply anomaly monopoly butterfly jelly italy july fly ally rally belly".split()
)
_FR_SUFFIXES = (
    "issements issement atrices atrice ateurs ateur ations ation ements ement euses euse istes iste "
    "ables able ibles ible ités ité ives ive ifs if ants ant ants ante antes eurs eur iers ier ières "
    "ière aient erait eront erons erez ées ée és é ent ons ez er ait es e s"
).split()
_EN_SUFFIXES = (
    "izations ization ations ation ments ment nesses ness ingly edly ings ing ers er ies ied ily "
    "ives ive ables able ibles ible ities ity es ed ly y s e"
).split()


def words_of(text: str) -> list[str]:
    """The words of a text as written, numbers among them."""
    return WORD.findall(text)


def is_number(word: str) -> bool:
    return word[:1].isdigit()


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Lower case without accents, for matching what people type in haste."""
    plain = unicodedata.normalize("NFD", word.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=50_000)
def _parts(word: str) -> tuple[str, ...]:
    lower = word.lower().replace("’", "'").replace("\u2011", "-").replace("\u2010", "-")
    if lower in _WHOLE:
        return (lower,)
    if "'" in lower and (elision := _ELISION.match(lower)):
        rest = lower[elision.end() :]
        return (elision[0][:-1], *_parts(rest))
    if "'" in lower and lower.endswith(("'s", "s'")):
        return (lower[:-2],) if lower.endswith("'s") else (lower[:-1],)
    if "-" in lower:
        lower = _FR_INVERSION.sub("", lower) or lower
    return (lower,)


def tokens_of(text: str) -> list[str]:
    """Lower-case words; French elisions apart ("l'eau" is "l", "eau"), English 's dropped."""
    tokens: list[str] = []
    for word in WORD.findall(text):
        tokens.extend(_tokens(word))
    return tokens


def _tokens(word: str) -> tuple[str, ...]:
    return _parts(word) if len(word) <= MAX_WORD else (word[:MAX_WORD].lower(),)


def clauses_of(text: str) -> list[int]:
    """For each token of a text the number of its clause: a comma or bracket starts a new one."""
    numbers: list[int] = []
    clause = position = 0
    for match in WORD.finditer(text):
        if match.start() > position + 1 or text[position : match.start()] not in {"", " "}:
            clause += any(mark in _CLAUSE_MARKS for mark in text[position : match.start()])
        numbers.extend([clause] * len(_tokens(match[0])))
        position = match.end()
    return numbers


@lru_cache(maxsize=50_000)
def singular(word: str, language: str) -> str:
    """The form under which singular and plural meet; not always a word of the language."""
    if len(word) < 4:
        return word
    if language == "en":
        return _english_singular(word)
    if word.endswith("eaux"):
        return word[:-1]
    if word.endswith("aux") and len(word) > 5:
        return word[:-3] + "al"
    if word[-1] in "sx" and not word.endswith(("ss", "us", "is", "eux", "oux", "ours", "ois")):
        return word[:-1]
    return word


def _english_singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "news")):
        return word[:-1]
    return word


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """A light stem, good enough to see that two sentences speak of the same thing."""
    base = fold(singular(word, language))
    for suffix in _EN_SUFFIXES if language == "en" else _FR_SUFFIXES_FOLDED:
        if base.endswith(suffix) and len(base) - len(suffix) >= 4:
            return base[: -len(suffix)]
    return base


_FR_SUFFIXES_FOLDED = sorted({fold(suffix) for suffix in _FR_SUFFIXES}, key=len, reverse=True)
_EN_SUFFIXES.sort(key=len, reverse=True)


@lru_cache(maxsize=50_000)
def is_stop(token: str, language: str) -> bool:
    """Whether a token only binds a sentence together."""
    if len(token) < 2 or is_number(token) or token in stop_words(language):
        return True
    return "-" in token and all(part in stop_words(language) for part in token.split("-"))


@lru_cache(maxsize=50_000)
def is_content(token: str, language: str) -> bool:
    """Whether a token could stand for a subject: no function word, no weak verb, no adverb."""
    if is_stop(token, language) or not 3 <= len(token) <= MAX_WORD:
        return False
    if token in weak_words(language):
        return False
    if language == "en":
        return not token.endswith("ly") or token in _EN_LY_NOUNS
    return token in _FR_NOUNS_LIKE_ADVERBS or not _FR_ADVERB.search(token)
