"""Turning raw input (plain text, Markdown or light HTML) into clean blocks of text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from ai_core.text.markup import html_to_lines, looks_like_html, strip_inline

MAX_CHARACTERS = 2_000_000
EMPTY = "The text is empty: give at least one word to read."
HEADING_GUESS_CHARACTERS = 90
HEADING_GUESS_WORDS = 12
LONG_LINE = 120

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_ATX = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(.*)")
_ITEM = re.compile(r"[ \t]{0,12}(?:[-*+•–]|\d{1,3}[.)])[ \t]+(\S.*)")
_RULE = re.compile(r"[ ]{0,3}(?:[-*_=][ \t]?){3,80}$")
_SETEXT = re.compile(r"[ ]{0,3}(=+|-+)[ \t]*$")
_FENCES = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, quotation or piece of code."""

    kind: str
    text: str
    level: int = 0


@dataclass(slots=True)
class Document:
    """A text taken apart: what it says in blocks, and what it points to."""

    blocks: list[Block] = field(default_factory=list)
    links: list[dict[str, str]] = field(default_factory=list)
    images: list[dict[str, str]] = field(default_factory=list)
    title: str | None = None
    description: str | None = None
    format: str = "plain"
    characters: int = 0
    truncated: bool = False

    def of_kind(self, *kinds: str) -> list[Block]:
        return [block for block in self.blocks if block.kind in kinds]


def clean(text: str) -> str:
    """The text in composed form, without control or direction characters, with plain newlines."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("\u2028", "\n").replace("\u2029", "\n\n")
    return unicodedata.normalize("NFC", text)


def read(text: str) -> Document:
    """Takes a text apart; raises ValueError when there is nothing in it to read."""
    document = Document(characters=len(text), truncated=len(text) > MAX_CHARACTERS)
    cleaned = clean(text[:MAX_CHARACTERS])
    if not cleaned.strip():
        raise ValueError(EMPTY)
    if looks_like_html(cleaned):
        document.format = "html"
        cleaned = html_to_lines(cleaned, document)
    _blocks_of(cleaned, document)
    if not any(block.text for block in document.blocks):
        raise ValueError(EMPTY)
    if document.format == "plain":
        _guess_headings(document)
    return document


def _blocks_of(text: str, document: Document) -> None:
    builder = _Builder(document, lines_are_paragraphs=_lines_are_paragraphs(text))
    for line in text.split("\n"):
        builder.take(line)
    builder.close()


def _lines_are_paragraphs(text: str) -> bool:
    """Pasted text often has one paragraph a line and no blank line between them."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and sum(map(len, lines)) / len(lines) > LONG_LINE


class _Builder:
    """Collects lines into blocks, one line after the other."""

    def __init__(self, document: Document, *, lines_are_paragraphs: bool) -> None:
        self.document = document
        self.lines_are_paragraphs = lines_are_paragraphs
        self.kind = "paragraph"
        self.lines: list[str] = []
        self.fence = ""

    def take(self, line: str) -> None:
        stripped = line.strip()
        if self.fence or stripped.startswith(_FENCES):
            self._code(line, stripped)
        elif not stripped:
            self.close()
        elif self.lines and self.kind == "paragraph" and self._underlined(stripped):
            return
        elif _RULE.match(line) or _is_table_rule(stripped):
            self.close()
        elif heading := _ATX.match(line):
            self._single("heading", heading[2].strip().rstrip("#").strip(), len(heading[1]))
        elif item := _ITEM.match(line):
            self._open("item", item[1])
        elif stripped.startswith(">"):
            self._quote(stripped.lstrip("> "))
        elif stripped.startswith("|"):
            self._single("item", " · ".join(filter(None, map(str.strip, stripped.split("|")))))
        else:
            self._text(stripped)

    def _text(self, stripped: str) -> None:
        if self.lines_are_paragraphs:
            self.close()
        self.lines.append(stripped)

    def _quote(self, stripped: str) -> None:
        if self.kind != "quote":
            self.close()
            self.kind = "quote"
        self._mark_markdown()
        if stripped:
            self.lines.append(stripped)

    def _code(self, line: str, stripped: str) -> None:
        if not self.fence:
            self.close()
            self.fence, self.kind = stripped[:3], "code"
            self._mark_markdown()
        elif stripped.startswith(self.fence):
            self.fence = ""
            self.close()
        else:
            self.lines.append(line)

    def _underlined(self, stripped: str) -> bool:
        mark = _SETEXT.match(stripped)
        if not mark or len(self.lines) != 1 or len(stripped) < 3:
            return False
        text, self.lines = self.lines[0], []
        self._single("heading", text, 1 if mark[1][0] == "=" else 2)
        return True

    def _single(self, kind: str, text: str, level: int = 0) -> None:
        self._open(kind, text, level)
        self.close(level)

    def _open(self, kind: str, text: str, level: int = 0) -> None:
        self.close()
        self.kind = kind
        self.lines = [text]
        if kind == "heading" or level:
            self._mark_markdown()

    def _mark_markdown(self) -> None:
        if self.document.format == "plain":
            self.document.format = "markdown"

    def close(self, level: int = 0) -> None:
        if self.lines:
            raw = ("\n" if self.kind == "code" else " ").join(self.lines)
            text = raw if self.kind == "code" else strip_inline(raw, self.document)
            if text or self.kind == "heading":
                self.document.blocks.append(Block(self.kind, text, level))
        self.lines = []
        self.kind = "paragraph"


def _is_table_rule(stripped: str) -> bool:
    return len(stripped) > 2 and stripped[0] in "|:" and not stripped.strip("|:- ")


def _guess_headings(document: Document) -> None:
    """In plain text a short line of its own without a full stop is meant as a heading."""
    blocks, seen = document.blocks, False
    for index, block in enumerate(blocks[:-1]):
        if block.kind != "paragraph" or blocks[index + 1].kind == "heading":
            continue
        if _could_be_heading(block.text):
            blocks[index] = Block("heading", block.text, 2 if seen or index else 1)
            seen = True


def _could_be_heading(text: str) -> bool:
    return (
        1 < len(text) <= HEADING_GUESS_CHARACTERS
        and len(text.split()) <= HEADING_GUESS_WORDS
        and text[-1] not in '.!?…,;:»"”)'
        and text[0].isupper()
    )
