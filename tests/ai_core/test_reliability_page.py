"""docs/reliability.md answers every fault of the study, and the tests that it names exist."""

import re

from tests.ai_core.processes import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text()
FAULTS = range(1, 55)


def test_every_fault_has_a_row():
    answered: set[int] = set()
    for first, last in re.findall(r"^\| F(\d+)(?:[–,] ?F(\d+))? \|", PAGE, re.MULTILINE):
        answered |= set(range(int(first), int(last or first) + 1))
    assert answered == set(FAULTS)


def test_every_test_that_it_names_is_there():
    named = set(re.findall(r"`((?:[\w/]+/)?test_\w+)`", PAGE))
    assert len(named) > 30
    homes = ["", "tests/ai_core/"]
    lost = [n for n in named if not any((ROOT / f"{home}{n}.py").exists() for home in homes)]
    assert not lost
