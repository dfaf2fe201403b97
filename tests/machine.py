"""How much longer than alone things take on this machine just now.

Bounds of time in tests are promises for a machine that is not overrun. Each is stretched by what
others do here at the moment: a quiet machine keeps to the letter, a busy one fails no sound code.
"""

import os
import time

SPIN = 0.02  # seconds of work


def within(seconds: float) -> float:
    return seconds * slowness()


def slowness() -> float:
    return max(1.0, _waiting_for_a_core(), _load())


def _load() -> float:
    """Of the last minute; a test that has just ended may have left a queue behind."""
    return 2 * os.getloadavg()[0] / (os.cpu_count() or 1)


def _waiting_for_a_core() -> float:
    begun, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < SPIN:
        pass
    return (time.monotonic() - begun) / SPIN
