"""Opinion words by language, with the words that turn, strengthen or weaken them."""

from __future__ import annotations

from dataclasses import dataclass

from ai_core.text.lexicon import english, french
from ai_core.text.words import fold

LONGEST_IDIOM = 5
SHORTEST_PREFIX = 4


@dataclass(frozen=True)
class Lexicon:
    """Values from -3 to 3 by word, by prefix ("déçu*") and by idiom ("waste of time")."""

    words: dict[str, float]
    prefixes: dict[str, float]
    idioms: dict[tuple[str, ...], float]
    idiom_starts: frozenset[str]
    strength: dict[str, float]
    turns: frozenset[str]
    negations: frozenset[str]
    negations_after: frozenset[str]
    only_with_ne: frozenset[str]

    def value_at(self, words: list[str], index: int) -> tuple[float, int]:
        """The value of what starts at a word and how many words it takes (0, 1 if none)."""
        if words[index] in self.idiom_starts:
            for length in range(min(LONGEST_IDIOM, len(words) - index), 1, -1):
                value = self.idioms.get(tuple(words[index : index + length]))
                if value is not None:
                    return value, length
        return self.value_of(words[index]), 1

    def value_of(self, word: str) -> float:
        if word in self.words:
            return self.words[word]
        for length in range(len(word), SHORTEST_PREFIX - 1, -1):
            if (value := self.prefixes.get(word[:length])) is not None:
                return value
        return 0.0

    def negated(self, before: list[str], after: list[str]) -> bool:
        """Whether the words around an opinion word deny it ("n'est pas bon", "never good")."""
        has_ne = "ne" in before or "n" in before
        found = sum(
            word in self.negations or (word in self.only_with_ne and has_ne) for word in before
        )
        if self.negations_after and has_ne and not found:
            found = any(word in self.negations_after for word in after)
        return bool(found % 2)


def _build(source: object) -> Lexicon:
    words: dict[str, float] = {}
    prefixes: dict[str, float] = {}
    for value, line in source.VALUES:  # type: ignore[attr-defined]
        for entry in line.split():
            target = prefixes if entry.endswith("*") else words
            target[fold(entry.rstrip("*"))] = value
    idioms = {
        tuple(fold(text).replace("'", " ").split()): value
        for value, texts in source.IDIOMS  # type: ignore[attr-defined]
        for text in texts.split("|")
    }
    return Lexicon(
        words=words,
        prefixes=prefixes,
        idioms=idioms,
        idiom_starts=frozenset(idiom[0] for idiom in idioms),
        strength={fold(w): f for f, line in source.STRENGTH for w in line.split()},  # type: ignore[attr-defined]
        turns=frozenset(fold(word) for word in source.TURNS.split()),  # type: ignore[attr-defined]
        negations=frozenset(fold(w) for w in source.NEGATIONS.split()),  # type: ignore[attr-defined]
        negations_after=frozenset(source.NEGATIONS_AFTER.split()),  # type: ignore[attr-defined]
        only_with_ne=frozenset(source.ONLY_WITH_NE.split()),  # type: ignore[attr-defined]
    )


BY_LANGUAGE = {"fr": _build(french), "en": _build(english)}
