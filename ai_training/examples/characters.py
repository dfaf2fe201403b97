"""A neural network that learns to spell, in plain Python: real gradients, about a minute.

It reads a few characters and guesses the next one: embeddings, a hidden layer, a softmax, trained
by gradient descent. The words that it is tested on are never shown to it in training.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ai_training.examples.words import WORDS

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # a dot begins and ends a word
_PLACES = {letter: place for place, letter in enumerate(LETTERS)}
TESTED = 0.15  # of the words
LONGEST_WORD = 16

Vector = list[float]
Example = tuple[list[int], int]  # the characters before, and the next one


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The hyperparameters; whoever knows training knows them."""

    steps: int = 4_800
    batch_size: int = 24
    learning_rate: float = 0.25
    final_learning_rate: float = 0.01
    context: int = 4
    embedding: int = 6
    hidden: int = 32
    evaluate_every: int = 100
    seed: int = 7

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """Take what is known of these; anything else is somebody else's."""
        plain = cls()
        known: dict[str, type] = {one.name: type(getattr(plain, one.name)) for one in fields(cls)}
        return cls(**{name: kind(given[name]) for name, kind in known.items() if name in given})


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one step has found."""

    step: int
    epoch: float
    loss: float
    learning_rate: float
    validation_loss: float | None = None


class Model:
    """The network: weights are plain lists, so they are their own file format."""

    def __init__(self, settings: Settings) -> None:
        chance = random.Random(settings.seed)  # noqa: S311  (the same network every time)
        width = settings.context * settings.embedding

        def matrix(rows: int, columns: int, scale: float) -> list[Vector]:
            return [[chance.gauss(0, scale) for _ in range(columns)] for _ in range(rows)]

        self.settings = settings
        self.embeddings = matrix(len(LETTERS), settings.embedding, 0.5)
        self.hidden = matrix(settings.hidden, width, 1 / math.sqrt(width))
        self.hidden_bias = [0.0] * settings.hidden
        self.output = matrix(len(LETTERS), settings.hidden, 0.05)
        self.output_bias = [0.0] * len(LETTERS)

    def state(self) -> dict[str, Any]:
        names = ("embeddings", "hidden", "hidden_bias", "output", "output_bias")
        return {name: getattr(self, name) for name in names}

    def load(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def guess(self, before: list[int]) -> tuple[Vector, Vector, Vector]:
        """Return the network's input, its hidden layer, and how likely each letter is next."""
        given = [value for place in before for value in self.embeddings[place]]
        middle = [
            math.tanh(bias + sum(map(float.__mul__, row, given)))
            for row, bias in zip(self.hidden, self.hidden_bias, strict=True)
        ]
        scores = [
            bias + sum(map(float.__mul__, row, middle))
            for row, bias in zip(self.output, self.output_bias, strict=True)
        ]
        highest = max(scores)
        weights = [math.exp(score - highest) for score in scores]
        total = sum(weights)
        return given, middle, [weight / total for weight in weights]

    def loss(self, examples: list[Example]) -> float:
        """How surprised it is by these, on average."""
        total = sum(
            -math.log(max(self.guess(before)[2][after], 1e-12)) for before, after in examples
        )
        return total / len(examples)

    def learn(self, batch: list[Example], rate: float) -> float:
        """Go one step down the gradient; return the loss before it."""
        total, share = 0.0, rate / len(batch)
        # Gradients of the whole batch belong to the weights before the step.
        steps = [(before, after, *self.guess(before)) for before, after in batch]
        moves = []
        for before, after, given, middle, likely in steps:
            total -= math.log(max(likely[after], 1e-12))
            likely[after] -= 1.0
            back = [
                (1 - value * value) * sum(map(float.__mul__, likely, column))
                for value, column in zip(middle, zip(*self.output, strict=True), strict=True)
            ]
            down = [
                sum(map(float.__mul__, back, column)) for column in zip(*self.hidden, strict=True)
            ]
            moves.append((before, given, middle, likely, back, down))
        for before, given, middle, wrong, back, down in moves:
            _move(self.output, self.output_bias, wrong, middle, share)
            _move(self.hidden, self.hidden_bias, back, given, share)
            for number, place in enumerate(before):
                row, width = self.embeddings[place], self.settings.embedding
                part = down[number * width : (number + 1) * width]
                row[:] = [value - share * step for value, step in zip(row, part, strict=True)]
        return total / len(batch)

    def spell(self, chance: random.Random) -> str:
        """Make up a word."""
        before, word = [0] * self.settings.context, ""
        while len(word) < LONGEST_WORD:
            likely = self.guess(before)[2]
            place = chance.choices(range(len(LETTERS)), likely)[0]
            if not place:
                break
            word += LETTERS[place]
            before = [*before[1:], place]
        return word


def _move(rows: list[Vector], bias: Vector, errors: Vector, given: Vector, share: float) -> None:
    for place, error in enumerate(errors):
        size = share * error
        rows[place] = [value - size * one for value, one in zip(rows[place], given, strict=True)]
        bias[place] -= size


def examples_of(settings: Settings) -> tuple[list[Example], list[Example]]:
    """Split the words into those to learn from and those to be tested on."""
    words = sorted(set(WORDS))
    random.Random(settings.seed).shuffle(words)  # noqa: S311
    cut = int(len(words) * TESTED)
    return _examples(words[cut:], settings.context), _examples(words[:cut], settings.context)


def _examples(words: list[str], context: int) -> list[Example]:
    found = []
    for word in words:
        places = [0] * context + [_PLACES[letter] for letter in word] + [0]
        found += [
            (places[start : start + context], places[start + context])
            for start in range(len(word) + 1)
        ]
    return found


def train(model: Model, *, done: int = 0) -> Iterator[Step]:
    """Train to the end, one step at a time; `done` steps of an earlier attempt are behind us."""
    settings = model.settings
    learned, tested = examples_of(settings)
    for step in range(done + 1, settings.steps + 1):
        # Every step draws by its own number: what goes on later sees what it would have seen.
        chance = random.Random(settings.seed * 1_000_003 + step)  # noqa: S311
        rate = _rate(settings, step)
        loss = model.learn(chance.choices(learned, k=settings.batch_size), rate)
        due = step % settings.evaluate_every == 0 or step == settings.steps
        yield Step(
            step=step,
            epoch=round(step * settings.batch_size / len(learned), 4),
            loss=loss,
            learning_rate=rate,
            validation_loss=model.loss(tested) if due else None,
        )


def _rate(settings: Settings, step: int) -> float:
    """Fall along half a cosine."""
    share = (1 + math.cos(math.pi * step / settings.steps)) / 2
    low, high = settings.final_learning_rate, settings.learning_rate
    return low + (high - low) * share
