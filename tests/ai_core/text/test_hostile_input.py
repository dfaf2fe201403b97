"""Whatever comes in: no exception but for empty text, plain JSON, the same twice, linear time."""

# ruff: noqa: E501, PT017

import json
import time
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_core.text import analyse, summarise

PIECES = [
    "Le client attend. ", "The invoice is late! ", "# ", "\n", "\n\n", "- ", "<p>", "</p>", "<h2>",
    "<a href='x'>", "<!--", "-->", "<script>", "](", "[", "![", "**", "`", "```\n", "> ", "|", "&amp;",
    "&#0;", "&#x110000;", "M. ", "p. ex. ", "…", "« ", " »", "\x00", "\ud800", "😀", "مرحبا ", "你好。",
    "l'", "qu'", "n't ", "-", "İ", "ß", "e\u0301", "\u202e", "1.2.3", "http://", "===\n", "ne pas bon ",
]  # fmt: skip
SOUP = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=60).map("".join)
SLOW_START = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@SLOW_START
@given(text=SOUP, title=st.none() | st.text(max_size=30), focus=st.none() | st.text(max_size=20))
def test_any_soup_is_analysed_or_refused_as_empty(text, title, focus):
    try:
        found = analyse(text, title=title, focus_keyword=focus)
    except ValueError as error:
        assert "empty" in str(error)
        return
    written = json.dumps(found, allow_nan=False, ensure_ascii=False)
    assert "\x00" not in json.loads(written).get("summary", {}).get("text", "")
    assert found == analyse(text, title=title, focus_keyword=focus)
    if title is None and focus is None:
        written.encode("utf-8")


@SLOW_START
@given(text=SOUP, room=st.integers(20, 300), count=st.integers(1, 20))
def test_a_summary_keeps_to_its_length(text, room, count):
    try:
        found = summarise(text, sentences=count, max_characters=room)
    except ValueError as error:
        assert "empty" in str(error)
        return
    assert len(found["text"]) <= room
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode("utf-8")


def repeated(piece, size=1_000_000):
    return piece * (size // len(piece))


HOSTILE = {
    "one word": "a" * 500_000,
    "dots in a word": repeated("a.", 500_000),
    "emoji": "😀" * 200_000,
    "right to left": repeated("مرحبا بالعالم. ", 300_000),
    "angles": repeated("<"),
    "open tags": repeated("<a "),
    "open attributes": repeated('<p><a href="'),
    "open comments": repeated("<p><!--"),
    "open scripts": repeated("<p><script>"),
    "brackets": repeated("["),
    "half links": repeated("[a]("),
    "half images": repeated("!["),
    "stars": repeated("*"),
    "underscores": repeated("_a"),
    "ticks": repeated("`"),
    "headings": repeated("# \n"),
    "table": "|" + " " * 1_000_000,
    "spaces": "a" + " " * 1_000_000 + "b",
    "full stops": repeated("."),
    "spaced stops": repeated(". "),
    "spaced shouts": repeated("! "),
    "initials": repeated("A. "),
    "abbreviations": repeated("art. No. me. "),
    "entities": repeated("&#"),
    "a huge entity": "&#" + "9" * 1_000_000,
    "apostrophes": repeated("l'a-"),
    "addresses": repeated("http://a"),
    "lines": repeated("a\n"),
    "paragraphs": repeated("a b c.\n\n"),
    "fences": repeated("```\n"),
    "letters that grow": repeated("İ<p>"),
    "accents": "a" + "\u0301" * 1_000_000,
    "one sentence": repeated("facture client "),
    "negations": repeated("pas bon "),
    "underlines": repeated("a\n==="),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_takes_linear_time(name):
    text = HOSTILE[name]
    start = time.process_time()
    try:
        json.dumps(analyse(text))
    except ValueError as error:
        assert "empty" in str(error)
    assert time.process_time() - start < 8


@pytest.mark.parametrize(("characters", "seconds"), [(20_000, 0.15), (1_000_000, 5.0)])
@pytest.mark.parametrize("name", ["fr.md", "en.md"])
def test_real_text_is_quick(name, characters, seconds):
    sample = files("ai_core.text").joinpath("samples", name).read_text(encoding="utf-8")
    text = (sample * (characters // len(sample) + 1))[:characters]
    best = min(_timed(text) for _ in range(3 if characters < 100_000 else 1))
    assert best < seconds


def _timed(text):
    start = time.process_time()
    analyse(text)
    return time.process_time() - start
