"""Acts that follow each other closely are spaced out; the first after a quiet moment never are."""

import pytest

from ai_core import gathering
from ai_core.gathering import Gathering


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(gathering, "time", clock)
    return clock


def test_a_burst_passes_and_then_the_rate_holds(clock: Clock):
    acts = Gathering(per_second=10, at_once=3)
    for _ in range(3):
        acts.wait()
    assert clock.slept == []
    for _ in range(20):
        acts.wait()
    assert sum(clock.slept) == pytest.approx(2.0)


def test_a_quiet_moment_brings_the_burst_back_and_no_more(clock: Clock):
    acts = Gathering(per_second=10, at_once=3)
    for _ in range(5):
        acts.wait()
    clock.now += 60
    clock.slept.clear()
    for _ in range(3):
        acts.wait()
    assert clock.slept == []
    acts.wait()
    assert sum(clock.slept) == pytest.approx(0.1)
