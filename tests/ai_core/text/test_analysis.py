"""The whole analysis: joined, JSON-able, deterministic, watched and stoppable."""

import json
import subprocess
import sys
from importlib.resources import files

import pytest

from ai_core.text import analyse, summarise
from ai_core.text.analysis import ANALYSIS_STEPS, SUMMARY_STEPS

TEXT = files("ai_core.text").joinpath("samples", "en.md").read_text(encoding="utf-8")


class StopNow(Exception):
    pass


def test_every_part_is_there():
    found = analyse(TEXT)
    assert set(found) == {
        "engine",
        "language",
        "keywords",
        "key_phrases",
        "readability",
        "structure",
        "seo",
        "sentiment",
        "summary",
        "hints_language",
        "notes",
    }
    assert found["language"]["code"] == "en"
    assert found["structure"]["heading_count"] == 5
    assert found["structure"]["link_count"] == 2


@pytest.mark.parametrize(("call", "steps"), [(analyse, ANALYSIS_STEPS), (summarise, SUMMARY_STEPS)])
def test_progress_is_told_step_by_step_and_ends_at_one(call, steps):
    told = []
    call(TEXT, on_step=lambda name, share: told.append((name, share)))
    assert list(dict.fromkeys(name for name, _ in told)) == list(steps)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("call", [analyse, summarise])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_check_that_raises_stops_the_run(call, after):
    seen = []

    def check():
        seen.append(1)
        if len(seen) > after:
            raise StopNow

    with pytest.raises(StopNow):
        call(TEXT, check=check)
    assert len(seen) == after + 1


def test_the_same_text_gives_the_same_answer_in_another_process():
    code = (
        "import json, sys; from ai_core.text import analyse;"
        "print(json.dumps(analyse(sys.stdin.read()), sort_keys=True))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=TEXT,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


def test_django_is_not_needed():
    code = (
        "import sys, ai_core.text; sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("text", ["", "   \n\t ", "\x00\x00", "\u200b", "<p></p>", "<!-- x -->"])
def test_an_empty_text_is_refused_with_what_to_do(text):
    with pytest.raises(ValueError, match="empty"):
        analyse(text)


@pytest.mark.parametrize("language", ["de", "français", "xx"])
def test_a_language_it_does_not_read_is_refused_with_what_to_use(language):
    with pytest.raises(ValueError, match="'fr' or 'en'"):
        analyse(TEXT, language=language)


def test_a_given_language_is_kept():
    assert analyse("Menu", language="fr-FR")["language"]["code"] == "fr"


def test_what_could_not_be_done_is_said():
    codes = {note["code"] for note in analyse("Menu")["notes"]}
    assert codes == {"language_not_read", "too_short"}


def test_a_very_long_text_says_what_was_left_out():
    found = analyse("Ok. Non. " * 30_000, language="fr")
    assert found["structure"]["truncated"] is True
    assert "truncated" in {note["code"] for note in found["notes"]}
    json.dumps(found)
