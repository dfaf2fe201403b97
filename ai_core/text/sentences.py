"""Splitting text into sentences, wary of abbreviations, decimals, addresses and guillemets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ai_core.text.document import Document
from ai_core.text.vocabulary import english, french

ABBREVIATIONS = french.ABBREVIATIONS | english.ABBREVIATIONS
TITLES = french.TITLES | english.TITLES
STARTERS = french.SENTENCE_STARTERS | english.SENTENCE_STARTERS
LOOK_BACK = 40
MAX_SENTENCES = 20_000

_END = re.compile(
    "(?P<mark>[.!?…]{1,9}[\"'”’)\\]]{0,3}(?:[ \u00a0\u202f]?»)?)(?P<gap>[ \u00a0\u202f\\n]+)|(?P<wide>[。！？])"
)
_LAST_WORD = re.compile(r"[^\s(\[«\"“]+$")
_NEXT_WORD = re.compile(r"[«\"“'‘(\[\u00a0\u202f –—-]{0,6}([^\W_]+)")
_LIST_NUMBER = re.compile(r"\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and where it stands."""

    text: str
    kind: str
    block: int
    place: int


def split_sentences(text: str) -> list[str]:
    """The sentences of one paragraph, in order, none of them empty."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match["wide"] or _ends_here(text, start, match):
            _keep(spans, text, start, match.end() if match["wide"] else match.end("mark"))
            start = match.end()
    _keep(spans, text, start, len(text))
    pieces = (text[begin:end].strip() for begin, end in spans)
    return [piece for piece in pieces if piece]


def _keep(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Notes a piece; one without any letter or digit belongs to the piece before it."""
    if spans and not any(character.isalnum() for character in text[start:end]):
        spans[-1] = (spans[-1][0], end)
    else:
        spans.append((start, end))


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    mark, after = match["mark"], match.end()
    following = _NEXT_WORD.match(text, after)
    first = following[1][0] if following else text[after : after + 1]
    if first.islower():
        return False
    if mark[0] == "…" or mark.startswith(".."):
        return True
    if mark != ".":
        return True
    return not _abbreviated(text, start, match.start(), following)


def _abbreviated(text: str, start: int, dot: int, following: re.Match[str] | None) -> bool:  # noqa: PLR0911 - one rule a line
    """Whether the full stop belongs to the word before it and not to the sentence."""
    before = _LAST_WORD.search(text, max(start, dot - LOOK_BACK), dot)
    if not before:
        return False
    word = before[0]
    lower = word.lower()
    next_word = following[1] if following else ""
    if before.start() == start and _LIST_NUMBER.fullmatch(word):
        return True
    if lower in TITLES and not (lower in {"me", "no"} and word.islower()):
        return True
    if lower in ABBREVIATIONS and lower != "etc" and next_word[:1].isdigit():
        return True
    starter = next_word.lower() in STARTERS
    if len(word) == 1 and word.isupper():
        return not starter or len(next_word) == 1
    if "." in word and all(len(part) <= 2 for part in word.split(".")) and word[0].isalpha():
        return not starter
    return (
        lower in ABBREVIATIONS
        and lower not in {"etc", "no", "me", "part", "al", "art"}
        and not starter
    )


def sentences_of(document: Document) -> list[Sentence]:
    """Every sentence of a document but those in code; headings keep their kind."""
    found: list[Sentence] = []
    for index, block in enumerate(document.blocks):
        if block.kind == "code":
            continue
        if len(found) >= MAX_SENTENCES:
            document.truncated = True
            break
        pieces = [block.text] if block.kind == "heading" else split_sentences(block.text)
        found.extend(
            Sentence(text=piece, kind=block.kind, block=index, place=place)
            for place, piece in enumerate(pieces)
            if piece
        )
    document.truncated = document.truncated or len(found) > MAX_SENTENCES
    return found[:MAX_SENTENCES]
