"""When a cron expression comes: the gap of spring, the double hour of autumn, and nonsense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from ai_schedules import cron
from brands.errors import Invalid

PARIS = "Europe/Paris"  # 2027: forward on 28 March at 2:00, back on 31 October at 3:00


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ticks(expression: str, after: str, count: int, zone: str = PARIS) -> list[str]:
    found = islice(cron.ticks_after(expression, zone, at(after)), count)
    return [f"{tick:%m-%d %H:%M}" for tick in found]


def test_what_falls_into_the_gap_of_spring_comes_right_after_it_and_once():
    assert ticks("30 2 * * *", "2027-03-27T12:00", 2) == ["03-28 01:00", "03-29 00:30"]
    assert ticks("15,45 2 * * *", "2027-03-27T12:00", 2) == ["03-28 01:00", "03-29 00:15"]


def test_a_fixed_hour_comes_once_on_the_day_that_has_it_twice():
    assert ticks("30 2 * * *", "2027-10-30T12:00", 2) == ["10-31 00:30", "11-01 01:30"]
    # Asked in the middle of the second of the two hours, too.
    assert ticks("30 2 * * *", "2027-10-31T01:15", 1) == ["11-01 01:30"]


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_what_comes_every_hour_comes_every_hour_of_the_odd_days(day):
    found = list(islice(cron.ticks_after("30 * * * *", PARIS, at(f"{day}T00:00")), 24))
    assert {later - tick for tick, later in pairwise(found)} == {timedelta(hours=1)}


def test_ticks_only_ever_go_forward_through_two_years_of_both_changes():
    for expression in ("*/20 * * * *", "0 */2 * * *", "30 2 * * *", "59 1,2,3 * * 0"):
        last = at("2026-12-31T00:00")
        for tick in islice(cron.ticks_after(expression, PARIS, last), 2000):
            assert tick > last
            last = tick


@pytest.mark.parametrize(
    "wrong",
    ["", "* * * *", "* * * * * *", "60 * * * *", "a b c d e", "0 0 31 2 *", "*/0 * * * *",
     "1 " * 200, "0 0 * * MON-SUN-TUE", "@reboot"],
)  # fmt: skip
def test_what_cannot_come_is_refused_by_its_field(wrong):
    with pytest.raises(Invalid) as refused:
        cron.checked(wrong, PARIS)
    assert refused.value.errors.keys() == {"cron"}


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(Invalid) as refused:
        cron.checked("* * * * *", "Europe/Atlantis")
    assert refused.value.errors.keys() == {"time_zone"}


def test_words_and_blanks_are_kept_in_one_form():
    assert cron.checked(" @daily ", PARIS) == "0 0 * * *"
    assert cron.checked("0   7 * *  mon-fri", PARIS) == "0 7 * * mon-fri"
