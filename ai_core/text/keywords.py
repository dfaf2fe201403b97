"""Key words and key phrases, ranked by TextRank over word stems, with counts and density."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from ai_core.text.reading import Reading
from ai_core.text.words import clauses_of, is_content, singular, tokens_of

MAX_NODES = 400
WINDOW = 4
ROUNDS = 25
DAMPING = 0.85
LONGEST_PHRASE = 4
LINKS = {"fr": frozenset(("de", "d", "du", "des", "à", "en", "au")), "en": frozenset(("of",))}
EARLY_SENTENCES = 3
ENOUGH_REPEATED = 5
TITLE_BONUS = 0.6
HEADING_BONUS = 0.35
EARLY_BONUS = 0.25
# Too weak to be a keyword alone, but the start of many a fixed expression ("mise en ligne").
PHRASE_HEADS = {
    "fr": frozenset("mise prise temps point mode chiffre taux prix lieu nombre niveau".split()),
    "en": frozenset("short open real return quality work working high long".split()),
}


@dataclass(slots=True)
class _Counts:
    """How often, where and in which forms each candidate was seen."""

    times: Counter[str] = field(default_factory=Counter)
    forms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    places: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def see(self, key: str, form: str, places: set[str]) -> None:
        self.times[key] += 1
        self.forms[key][form] += 1
        self.places[key] |= places

    def best_form(self, key: str) -> str:
        forms = self.forms[key]
        return min(forms, key=lambda form: (-forms[form], len(form), form))

    def bonus(self, key: str) -> float:
        where = self.places[key]
        return (
            1
            + TITLE_BONUS * ("title" in where)
            + HEADING_BONUS * ("heading" in where)
            + EARLY_BONUS * ("early" in where)
        )


def find_keywords(
    reading: Reading, *, title: str | None = None, limit: int = 12
) -> dict[str, list[dict[str, object]]]:
    """`keywords` (single words) and `key_phrases`, best first."""
    language = reading.code
    keyed = [[_key(token, language) for token in tokens] for tokens in reading.tokens]
    words = _count_words(reading, keyed, title)
    if not words.times:
        return {"keywords": [], "key_phrases": []}
    ranks = _text_rank(keyed, {key for key, _ in words.times.most_common(MAX_NODES)})
    scores = {key: ranks[key] * words.bonus(key) for key in ranks}
    phrases = _count_phrases(reading, keyed)
    chosen = _best_phrases(phrases, words, scores)
    total = max(1, reading.words)
    return {
        "keywords": _rows(words, _best_words(scores, words, phrases, chosen), total, limit),
        "key_phrases": _rows(phrases, chosen, total, limit),
    }


def _key(token: str, language: str) -> str:
    """The form under which a subject word is counted, or nothing for all other words."""
    if not is_content(token, language):
        return ""
    key = singular(token, language)
    return key if is_content(key, language) else ""


def _places(reading: Reading, place: int) -> set[str]:
    where = {"heading"} if reading.sentences[place].kind == "heading" else set()
    return where | {"early"} if place < EARLY_SENTENCES else where


def _count_words(reading: Reading, keyed: list[list[str]], title: str | None) -> _Counts:
    counts = _Counts()
    for place, keys in enumerate(keyed):
        where = _places(reading, place)
        for token, key in zip(reading.tokens[place], keys, strict=True):
            if key:
                counts.see(key, token, where)
    from_title = set(title_keys(title, reading.code)) if title else set()
    for key in from_title & set(counts.times):
        counts.places[key].add("title")
    return counts


def title_keys(text: str, language: str) -> list[str]:
    """The subject words of a short text, in the form they are counted in."""
    return [key for token in tokens_of(text) if (key := _key(token, language))]


def _text_rank(keyed: list[list[str]], nodes: set[str]) -> dict[str, float]:
    """PageRank over words that stand near one another; bounded by MAX_NODES."""
    edges: dict[str, Counter[str]] = {node: Counter() for node in sorted(nodes)}
    for keys in keyed:
        line = [key for key in keys if key in nodes]
        for index, key in enumerate(line):
            for other in line[index + 1 : index + WINDOW]:
                if other != key:
                    edges[key][other] += 1
                    edges[other][key] += 1
    weight = {key: sum(near.values()) for key, near in edges.items()}
    rank = dict.fromkeys(edges, 1.0)
    for _ in range(ROUNDS):
        rank = {
            key: (1 - DAMPING)
            + DAMPING * sum(rank[other] * times / weight[other] for other, times in near.items())
            for key, near in edges.items()
        }
    return rank


def _count_phrases(reading: Reading, keyed: list[list[str]]) -> _Counts:
    """Runs of two to four words that start and end with a subject word."""
    counts = _Counts()
    links = LINKS.get(reading.code, frozenset())
    heads = PHRASE_HEADS.get(reading.code, frozenset())
    for place, keys in enumerate(keyed):
        tokens, where = reading.tokens[place], _places(reading, place)
        spans = clauses_of(reading.sentences[place].text)
        for index, key in enumerate(keys):
            if not key and tokens[index] not in heads:
                continue
            for end in range(index + 1, min(index + LONGEST_PHRASE, len(keys))):
                if spans[end] != spans[index] or not (keys[end] or tokens[end] in links):
                    break
                if keys[end] and key != keys[end]:
                    parts = keys[index : end + 1]
                    name = " ".join(
                        k or t for k, t in zip(parts, tokens[index : end + 1], strict=True)
                    )
                    counts.see(name, _spelled(tokens[index : end + 1]), where)
    return counts


def _spelled(tokens: list[str]) -> str:
    return " ".join(tokens).replace(" d ", " d'").replace(" l ", " l'")


def _best_phrases(phrases: _Counts, words: _Counts, scores: dict[str, float]) -> dict[str, float]:
    """Phrases that come back, or stand in a heading; parts of longer ones dropped."""
    rated: dict[str, float] = {}
    for name, times in phrases.times.items():
        parts = [part for part in name.split(" ") if part in scores]
        if len(parts) < 1 or (times < 2 and "heading" not in phrases.places[name]):
            continue
        together = times / max(1, min(words.times[part] for part in parts))
        mean = sum(scores[part] for part in parts) / len(parts)
        rated[name] = mean * math.log2(1 + times) * (0.5 + together) * phrases.bonus(name)
    kept: dict[str, float] = {}
    for name in sorted(rated, key=lambda name: (-len(name.split(" ")), name)):
        longer = [other for other in kept if f" {name} " in f" {other} "]
        if not any(phrases.times[other] * 1.5 >= phrases.times[name] for other in longer):
            kept[name] = rated[name]
    return kept


def _best_words(
    scores: dict[str, float], words: _Counts, phrases: _Counts, chosen: dict[str, float]
) -> dict[str, float]:
    """Single words; those that live only inside one phrase step back behind it."""
    inside: Counter[str] = Counter()
    for name in chosen:
        for part in name.split(" "):
            inside[part] = max(inside[part], phrases.times[name])
    several = sum(times > 1 for times in words.times.values()) >= ENOUGH_REPEATED
    return {
        key: score * (0.5 if inside[key] >= words.times[key] else 1)
        for key, score in scores.items()
        if words.times[key] > 1 or not several or "title" in words.places[key] or score > 1.5
    }


def _rows(
    counts: _Counts, scores: dict[str, float], total: int, limit: int
) -> list[dict[str, object]]:
    names = sorted(scores, key=lambda name: (-scores[name], name))[:limit]
    top = scores[names[0]] if names else 1.0
    return [
        {
            "text": counts.best_form(name),
            "count": counts.times[name],
            "density": round(100 * counts.times[name] / total, 2),
            "score": round(scores[name] / top, 3),
            "in_title": "title" in counts.places[name],
            "in_heading": "heading" in counts.places[name],
        }
        for name in names
    ]
