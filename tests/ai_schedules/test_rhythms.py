"""What a cron expression is called on pages: never something else than when it comes."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from ai_schedules import cron
from ai_schedules.rhythms import COMMON, in_words

SAID = [
    ("0 * * * *", "each hour"),
    ("15 * * * *", "each hour, 15 minutes past"),
    ("*/15 * * * *", "each 15 minutes"),
    ("*/7 * * * *", ""),
    ("0 7 * * *", "each day at 07:00"),
    ("5 17 * * 1-5", "Monday to Friday at 17:05"),
    ("0 7 * * 0", "each Sunday at 07:00"),
    ("0 7 * * 7", "each Sunday at 07:00"),
    ("30 6 * * 3", "each Wednesday at 06:30"),
    ("0 0 1 * *", "on day 1 of each month at 00:00"),
    ("0 7 1 * 1", ""),
    ("0 7 * 12 *", ""),
    ("0 7,19 * * *", ""),
    ("0 7 * * MON", ""),
    ("0 7 L * *", ""),
    ("", ""),
]


@pytest.mark.parametrize(("expression", "said"), SAID)
def test_what_is_meant_most_is_said_in_words_and_the_rest_is_not(expression, said):
    assert in_words(expression) == said


def test_the_common_ones_are_all_said_and_all_come():
    with translation.override("fr"):
        for expression, label in COMMON:
            assert cron.checked(expression, "Europe/Paris") == expression
            assert in_words(expression)
            assert str(label)


def test_a_weekday_is_called_as_it_comes():
    for number in range(7):
        come = cron.next_after(f"0 7 * * {number}", "UTC", datetime(2026, 12, 1, tzinfo=UTC))
        assert f"{come:%A}" in in_words(f"0 7 * * {number}")
