"""Extractive summary: TextRank over sentences without the square, a position prior, and MMR."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from ai_core.text.readability import excerpt
from ai_core.text.reading import CHECK_EVERY, Check, Reading, never_stop
from ai_core.text.words import is_content, is_stop, stem

METHOD = "textrank-extractive"
ROUNDS = 12
DAMPING = 0.85
REDUNDANCY = 0.6
MOST_SENTENCES = 60
LEAST_TO_CHOOSE = 3
LONG_WORDS = 40
LENGTH_PRIOR = ((12, 1.0), (8, 0.8), (5, 0.5), (0, 0.25))
MOST_LABELS = 50
SUBJECT_BONUS = 0.2
TOO_ALIKE = 0.75
LONGEST_QUOTE = 2_000
OPENERS = {
    "fr": frozenset(
        "il elle ils elles cela ceci ce ça cette ces celui celle ceux mais or donc ainsi cependant "
        "toutefois pourtant ensuite enfin puis car en et c".split()
    ),
    "en": frozenset(
        "it he she they this that these those but so however therefore then also and such here "
        "moreover still instead otherwise".split()
    ),
}

Vector = dict[str, float]


def summary_of(
    reading: Reading,
    *,
    sentences: int | None = None,
    share: float | None = None,
    max_characters: int | None = None,
    check: Check = never_stop,
) -> dict[str, object]:
    """The sentences that carry most of the text, in their order, within the asked length."""
    _refuse_senseless(sentences, share, max_characters)
    places = _worth_reading(reading)
    if len(places) < LEAST_TO_CHOOSE:
        return _too_short(reading, places, max_characters)
    wanted = _wanted(len(places), sentences, share, max_characters)
    vectors = _vectors(reading, places, check)
    scores = _rank(vectors, check)
    labels, subject = _link_labels(reading), _subject_stems(reading)
    rated = [
        score
        * _prior(reading, place, labels)
        * math.log2(2 + len(vector))
        * (1 + SUBJECT_BONUS * min(3, len(subject & vector.keys())))
        for score, place, vector in zip(scores, places, vectors, strict=True)
    ]
    lengths = [len(reading.sentences[place].text) for place in places]
    chosen = _choose(vectors, rated, lengths, wanted=wanted, room=max_characters, check=check)
    if not chosen:
        return _cut(reading, places, rated, max_characters or 0)
    kept = [places[index] for index in sorted(chosen)]
    return _result(reading, kept, method=METHOD)


def _refuse_senseless(
    sentences: int | None, share: float | None, max_characters: int | None
) -> None:
    if sentences is not None and sentences < 1:
        raise ValueError("Ask for at least one sentence.")
    if share is not None and not 0 < share <= 1:
        raise ValueError("The share of sentences to keep must lie above 0 and not above 1.")
    if max_characters is not None and max_characters < 20:
        raise ValueError("A summary needs room: allow at least 20 characters.")


def _worth_reading(reading: Reading) -> list[int]:
    """Sentences a summary may quote: prose first; list items only when there is little prose."""
    prose = [
        place
        for place in reading.prose()
        if reading.sentences[place].kind != "item" and reading.word_counts[place] > 2
    ]
    if len(prose) >= LEAST_TO_CHOOSE:
        return prose
    return [place for place in reading.prose() if reading.word_counts[place]] or list(
        range(len(reading.sentences))
    )


def _wanted(count: int, sentences: int | None, share: float | None, room: int | None) -> int:
    if sentences is None and share is None:
        sentences = MOST_SENTENCES if room else max(1, min(7, round(1 + math.sqrt(count) / 1.6)))
    elif sentences is None:
        sentences = round(count * float(share or 0))
    return max(1, min(sentences, MOST_SENTENCES, count - 1 if count > 1 else 1))


def _vectors(reading: Reading, places: list[int], check: Check) -> list[Vector]:
    """Each sentence as a unit vector of its subject stems, rare ones weighing more."""
    language, bags = reading.code, []
    for index, place in enumerate(places):
        if index % CHECK_EVERY == 0:
            check()
        tokens = reading.tokens[place]
        stems = [stem(token, language) for token in tokens if is_content(token, language)]
        bags.append(
            Counter(stems or [stem(t, language) for t in tokens if not is_stop(t, language)])
        )
    seen = Counter(key for bag in bags for key in bag)
    rarity = {key: math.log(1 + len(bags) / times) for key, times in seen.items()}
    return [_unit({key: times * rarity[key] for key, times in bag.items()}) for bag in bags]


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {key: weight / length for key, weight in vector.items()} if length else {}


def _rank(vectors: list[Vector], check: Check) -> list[float]:
    """TextRank on cosine similarity. S = V·Vᵀ is never built: S·x is V·(Vᵀ·x), so linear."""
    count = len(vectors)
    ties = [
        max(0.0, near - bool(v))
        for v, near in zip(vectors, _times(vectors, [1.0] * count), strict=True)
    ]
    ranks = [1.0] * count
    for _ in range(ROUNDS):
        check()
        sent = [rank / tie if tie > 1e-9 else 0.0 for rank, tie in zip(ranks, ties, strict=True)]
        got = _times(vectors, sent)
        ranks = [
            (1 - DAMPING) + DAMPING * max(0.0, all_of_it - own * bool(vector))
            for all_of_it, own, vector in zip(got, sent, vectors, strict=True)
        ]
    return ranks


def _times(vectors: list[Vector], weights: list[float]) -> list[float]:
    total: defaultdict[str, float] = defaultdict(float)
    for vector, weight in zip(vectors, weights, strict=True):
        if weight:
            for key, value in vector.items():
                total[key] += value * weight
    return [sum(value * total[key] for key, value in vector.items()) for vector in vectors]


def _link_labels(reading: Reading) -> list[str]:
    """What links say: a sentence that sends the reader elsewhere tells little itself."""
    labels = {link["text"] for link in reading.document.links[:MOST_LABELS]}
    return sorted(label for label in labels if len(label) > 3)


def _subject_stems(reading: Reading) -> frozenset[str]:
    """The stems of the title: sentences that take them up speak of the whole text."""
    tokens = [
        token
        for sentence, line in zip(reading.sentences, reading.tokens, strict=True)
        if sentence.kind == "heading" and reading.document.blocks[sentence.block].level == 1
        for token in line
    ]
    return frozenset(
        stem(token, reading.code) for token in tokens[:60] if is_content(token, reading.code)
    )


def _prior(reading: Reading, place: int, labels: list[str]) -> float:
    """What position, length and opening say about a sentence, whatever its words."""
    sentence, words = reading.sentences[place], reading.word_counts[place]
    early = sentence.block <= 1
    prior = (1.8 if early else 1.15) if sentence.place == 0 else (1.5 if early else 1.0)
    if words > LONG_WORDS:
        prior *= max(0.3, LONG_WORDS / words)
    else:
        prior *= next(factor for least, factor in LENGTH_PRIOR if words >= least)
    if sentence.text.rstrip("\"'»” ").endswith(("?", ":")):
        prior *= 0.45
    if any(label in sentence.text for label in labels):
        prior *= 0.4
    tokens = reading.tokens[place]
    if tokens and tokens[0] in OPENERS.get(reading.code, frozenset()):
        prior *= 0.7
    return prior * (0.6 if sentence.kind in {"item", "quote"} else 1.0)


def _choose(
    vectors: list[Vector],
    rated: list[float],
    lengths: list[int],
    *,
    wanted: int,
    room: int | None,
    check: Check,
) -> list[int]:
    """Greedy MMR: the best next sentence is central and unlike those already chosen."""
    pool = sorted(range(len(rated)), key=lambda i: (-rated[i], i))[: max(60, wanted * 6)]
    top = max((rated[i] for i in pool), default=1.0) or 1.0
    alike = dict.fromkeys(pool, 0.0)
    chosen: list[int] = []
    left = room if room is not None else sum(lengths) + len(lengths)
    while pool and len(chosen) < wanted:
        check()
        pool = [i for i in pool if lengths[i] <= left and alike[i] < TOO_ALIKE]
        if not pool:
            break
        best = max(pool, key=lambda i: (rated[i] / top - REDUNDANCY * alike[i], -i))
        chosen.append(best)
        pool.remove(best)
        left -= lengths[best] + 1
        for i in pool:
            alike[i] = max(alike[i], _cosine(vectors[i], vectors[best]))
    return chosen


def _cosine(one: Vector, other: Vector) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[key] for key, weight in one.items() if key in other)


def _too_short(reading: Reading, places: list[int], room: int | None) -> dict[str, object]:
    result = _result(reading, places, method="unchanged", note="too_short")
    text = str(result["text"])
    if room is not None and len(text) > room:
        return result | {"text": excerpt(text, room), "method": "cut", "note": "cut"}
    return result


def _cut(reading: Reading, places: list[int], rated: list[float], room: int) -> dict[str, object]:
    best = max(range(len(places)), key=lambda index: (rated[index], -index))
    result = _result(reading, [places[best]], method="cut", note="cut")
    return result | {"text": excerpt(str(result["text"]), room)}


def _result(
    reading: Reading, kept: list[int], *, method: str, note: str | None = None
) -> dict[str, object]:
    quoted = [excerpt(reading.sentences[place].text, LONGEST_QUOTE) for place in kept]
    text = " ".join(quoted)
    whole = sum(len(one.text) + 1 for one in reading.sentences)
    return {
        "text": text,
        "sentences": quoted,
        "sentence_count": len(kept),
        "of_sentences": len(reading.prose()) or len(reading.sentences),
        "share": round(min(1.0, len(text) / max(1, whole - 1)), 3),
        "method": method,
        "note": note,
    }
