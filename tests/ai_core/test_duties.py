"""What goes on beside the sweep: it survives its own errors, and idle hands do not look."""

from __future__ import annotations

import threading

import pytest

from ai_core import duties
from ai_core.duties import Duty
from tests.ai_core.workbench import wait_until


@pytest.fixture
def no_others(monkeypatch, settings):
    monkeypatch.setattr(duties, "_duties", {})
    settings.SWEEP_SECONDS = 0.01


def test_a_duty_that_fails_goes_on_and_ends_when_told(no_others):
    calls = []

    def act() -> bool:
        calls.append(threading.current_thread().name)
        raise RuntimeError("boom")

    duties.register(Duty(name="broken", act=act))
    with pytest.raises(ValueError, match="two duties"):
        duties.register(Duty(name="broken", act=act))
    stop = threading.Event()
    (hand,) = duties.begin(stop)
    wait_until(lambda: len(calls) >= 3)
    stop.set()
    hand.join(5)
    assert not hand.is_alive()


def test_only_one_hand_looks_for_work_and_all_do_it(no_others):
    names: set[str] = set()
    there_is_work = threading.Event()

    def act() -> bool:
        names.add(threading.current_thread().name)
        return there_is_work.is_set()

    duties.register(Duty(name="many", act=act, hands=3))
    stop = threading.Event()
    hands = duties.begin(stop)
    wait_until(lambda: names)
    assert names == {"many-0"}
    there_is_work.set()
    wait_until(lambda: len(names) == 3)
    there_is_work.clear()
    stop.set()
    for hand in hands:
        hand.join(5)
    assert not any(hand.is_alive() for hand in hands)


def test_a_helping_hand_goes_on_until_it_finds_nothing_itself(no_others):
    stop, busy = threading.Event(), threading.Event()
    found = [True, True, False]

    def act() -> bool:
        stop.set() if len(found) == 1 else busy.clear()
        return found.pop(0)

    busy.set()
    busy.set = lambda: None  # type: ignore[method-assign]  # as if the looking hand cleared it just then
    duty = Duty(name="helped", act=act, hands=2)
    hand = threading.Thread(target=duties._do, args=(duty, stop, busy), kwargs={"looks": False})
    hand.daemon = True
    hand.start()
    hand.join(5)
    stop.set()
    assert found == []
