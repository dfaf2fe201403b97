"""docs/security.md answers every row of the checklist, and the tests that it names exist."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = dict(re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.MULTILINE))


def test_every_question_of_the_checklist_has_its_row_once():
    numbers = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, 61))


def test_every_row_names_a_test_or_says_that_there_is_none():
    for number, row in ROWS.items():
        shown_by = re.split(r" \| ", row)[2]
        assert "test_" in shown_by or shown_by.startswith("not "), number


def test_every_test_and_file_that_it_names_is_there():
    named = set(re.findall(r"`((?:[\w/]+/)?test_\w+)`", PAGE))
    assert len(named) > 30
    assert not [name for name in named if not (ROOT / "tests" / f"{name}.py").exists()]
    files = set(re.findall(r"`([\w./-]+/[\w.-]*)`", PAGE)) - named
    assert len(files) > 30
    assert not [name for name in files if not name.startswith("/") and not (ROOT / name).exists()]
