"""Reading light HTML and inline Markdown with bounded patterns, so hostile input stays linear."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_core.text.document import Document

KNOWN_TAGS = frozenset(
    """
    a abbr address article aside b blockquote body br button caption center cite code dd del details
    div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i
    iframe img input ins label li link main mark meta nav noscript object ol optgroup option p
    picture pre q s section select small source span strong style script sub summary sup svg table
    tbody td template textarea tfoot th thead time title tr u ul video
    """.split()
)
BLOCK_TAGS = KNOWN_TAGS - frozenset(
    "a abbr b button cite code del em font i img input ins label mark q s small span strong sub sup "
    "time u meta link source picture".split()
)
SILENT_TAGS = frozenset("script style noscript template svg iframe head object select".split())
_SILENT_END = {
    name: re.compile(rf"</{name}(?:\s[^<>]{{0,100}})?>", re.IGNORECASE) for name in SILENT_TAGS
}
MAX_LINKS = 2_000

# Every repetition is bounded or stops at the next "<", so no input makes these quadratic.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})((?:[\s/][^<>]{0,4000})?)>")
_ATTRIBUTE = re.compile(
    r"""([a-zA-Z-]{1,30})\s{0,5}=\s{0,5}("[^"]{0,2000}"|'[^']{0,2000}'|[^\s"'>]{1,500})"""
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}\d{0,2});")
_INLINE_LINK = re.compile(
    r"(!?)\[([^\[\]\n]{0,500})\]\(<?([^()\s<>]{0,1000})>?(?:\s{1,5}[\"'][^\"'\n]{0,300}[\"'])?\)"
)
_BARE_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'()\[\]]{2,1000}")
_EMPHASIS = re.compile(r"(?<![\w*_])[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?![\w*_])|`{1,3}|~~")
_SPACES = re.compile(r"[ \t\n\u00a0\u202f\u2009]+")
_COMMON_TAG = re.compile(
    r"</?(?:p|div|h[1-6]|br|ul|ol|li|a|img|span|strong|em|b|i|table|html|body|section|article)(?:[\s/][^<>]{0,4000})?>",
    re.IGNORECASE,
)


def looks_like_html(text: str) -> bool:
    return "<!--" in text or _COMMON_TAG.search(text) is not None


def unescape(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def _attributes(raw: str) -> dict[str, str]:
    return {
        match[1].lower(): unescape(match[2].strip("\"'")).strip()
        for match in _ATTRIBUTE.finditer(raw)
    }


class _HtmlReader:
    """Walks over the tags once and writes the text in Markdown-like lines."""

    def __init__(self, text: str, document: Document) -> None:
        self.text = text
        self.document = document
        self.out: list[str] = []
        self.link: dict[str, str] | None = None
        self.link_start = 0
        self.unclosed: set[str] = set()

    def read(self) -> str:
        text, position = self.text, 0
        while True:
            start = text.find("<", position)
            if start < 0:
                self._say(text[position:])
                return "".join(self.out)
            self._say(text[position:start])
            position = self._tag_at(start)

    def _say(self, raw: str) -> None:
        if raw:
            self.out.append(unescape(_SPACES.sub(" ", raw)))

    def _tag_at(self, start: int) -> int:
        if self.text.startswith("<!--", start):
            return self._after_comment(start)
        if self.text.startswith("<!", start):
            end = self.text.find(">", start, start + 4000)
            return end + 1 if end >= 0 else start + 2
        match = _TAG.match(self.text, start)
        if not match or match[2].lower() not in KNOWN_TAGS:
            self.out.append("<" if not match else "")
            return match.end() if match else start + 1
        name, closing = match[2].lower(), bool(match[1])
        if name in SILENT_TAGS and not closing:
            return self._silent(name, match.end())
        self._handle(name, closing=closing, raw=match[3] or "")
        return match.end()

    def _after_comment(self, start: int) -> int:
        end = -1 if "!" in self.unclosed else self.text.find("-->", start)
        if end < 0:
            self.unclosed.add("!")
            return start + 4
        return end + 3

    def _silent(self, name: str, start: int) -> int:
        """Skips what is not meant to be read; an unclosed tag hides nothing but itself."""
        end = None if name in self.unclosed else _SILENT_END[name].search(self.text, start)
        if end is None:
            self.unclosed.add(name)
            return start
        if name == "head":
            self._head(self.text[start : end.start()])
        return end.end()

    def _head(self, raw: str) -> None:
        for match in _TAG.finditer(raw):
            if match[2].lower() == "meta":
                self._meta(match[3] or "")
            elif match[2].lower() == "title" and not match[1]:
                end = raw.find("<", match.end())
                self._title(raw[match.end() : end if end >= 0 else len(raw)])

    def _title(self, raw: str) -> None:
        self.document.title = " ".join(unescape(raw[:1000]).split()) or self.document.title

    def _meta(self, raw: str) -> None:
        attributes = _attributes(raw)
        if attributes.get("name", "").lower() == "description":
            self.document.description = attributes.get("content") or None

    def _handle(self, name: str, *, closing: bool, raw: str) -> None:
        if name == "img" and len(self.document.images) < MAX_LINKS:
            attributes = _attributes(raw)
            image = {"source": attributes.get("src", "")[:500], "text": attributes.get("alt", "")}
            self.document.images.append(image)
        elif name == "a":
            self._anchor(raw, closing=closing)
        elif name == "meta":
            self._meta(raw)
        elif len(name) == 2 and name[0] == "h" and name[1].isdigit():
            self.out.append("\n\n" if closing else f"\n\n{'#' * int(name[1])} ")
        elif name == "li":
            self.out.append("\n" if closing else "\n- ")
        elif name == "blockquote":
            self.out.append("\n\n" if closing else "\n\n> ")
        elif name in {"td", "th"}:
            self.out.append("" if closing else " · ")
        elif name in BLOCK_TAGS:
            self.out.append("\n" if name == "br" else "\n\n")

    def _anchor(self, raw: str, *, closing: bool) -> None:
        if self.link is not None:
            self.link["text"] = " ".join("".join(self.out[self.link_start :]).split())[:300]
            self.link = None
        if not closing and len(self.document.links) < MAX_LINKS:
            target = _attributes(raw).get("href")
            if target:
                self.link = {"target": target[:500], "text": ""}
                self.link_start = len(self.out)
                self.document.links.append(self.link)


def html_to_lines(text: str, document: Document) -> str:
    """The text of a page in Markdown-like lines; links, images, title noted in the document."""
    return _HtmlReader(text, document).read()


def strip_inline(text: str, document: Document) -> str:
    """A line without Markdown marks; its links and images are noted in the document."""

    def replace(match: re.Match[str]) -> str:
        label, target = match[2].strip(), match[3]
        found = document.images if match[1] else document.links
        if document.format == "plain":
            document.format = "markdown"
        if len(found) < MAX_LINKS:
            key = "source" if match[1] else "target"
            found.append({key: target[:500], "text": label})
        return "" if match[1] else label

    if "](" in text:
        text = _INLINE_LINK.sub(replace, text)
    if "://" in text or "www." in text:
        for match in _BARE_URL.finditer(text):
            if len(document.links) >= MAX_LINKS:
                break
            document.links.append(
                {"target": match[0].rstrip(".,;:!?")[:500], "text": match[0][:300]}
            )
    text = _EMPHASIS.sub("", text)
    return _SPACES.sub(" ", unescape(text)).strip()
