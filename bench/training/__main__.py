"""`make bench-training`: a run that reports a thousand events a second; a million points on a page.

BENCH_QUICK=1 takes ten seconds and a hundred thousand points. Words choose: `flood`, `page`.
"""

import os
import sys

from bench import results, services
from bench.training import flood, hub, page

QUICK = os.environ.get("BENCH_QUICK") == "1"
SECONDS = 10 if QUICK else 60
POINTS = 100_000 if QUICK else 1_000_000
API_MS, WRITES, OPEN_MS, FRAME_MS = 100, 10, 1000, 100


def main() -> None:
    wanted = sys.argv[1:] or ["flood", "page"]
    found: list[results.Result] = []
    with services.running() as environment:
        os.environ.update(environment)
        key = hub.prepare()
        with hub.running(key) as one:
            if "flood" in wanted:
                rest = flood.measure_rest(one, SECONDS / 4)
                print(f"       API without reports, p95 ms: {rest:.1f}", flush=True)
                for way in ("sdk", "batches", "one by one"):
                    found += _flood(way, flood.measure(one, way, SECONDS))
            if "page" in wanted:
                found += _page(page.measure(one, POINTS))
    results.save("training", found)


def _flood(way: str, told: flood.Flood) -> list[results.Result]:
    facts = f"{told.said:,} events in {told.seconds:.0f} s, {told.refused} told to wait"
    rows = [
        ("API for others, p95 ms", told.read_p95_ms, f"< {API_MS}", told.read_p95_ms < API_MS),
        ("web's processor ms an event", told.web_ms_each, "–", None),
        ("writes of the run a second", told.writes_a_second, f"< {WRITES}",
         told.writes_a_second < WRITES),
        ("points lost", told.lost, "0", told.lost == 0),
        ("order kept", float(told.is_in_order), "1", told.is_in_order),
    ]  # fmt: skip
    if told.answer_p95_ms is not None:
        rows.append(("answer to a report, p95 ms", told.answer_p95_ms, "–", None))
    return [_result(f"{way}: {name}", value, how, facts) for name, value, *how in rows]


def _page(told: page.Look) -> list[results.Result]:
    facts = f"{POINTS:,} points, live"
    rows = [
        ("page drawn, ms", told.open_ms, f"< {OPEN_MS}", told.open_ms < OPEN_MS),
        ("a frame while live, p95 ms", told.frame_p95_ms, "–", None),
        ("the longest task while live, ms", told.longest_ms, f"< {FRAME_MS}",
         told.longest_ms < FRAME_MS),
        ("a zoom or a step aside, slowest ms", told.hand_ms, f"< {FRAME_MS}",
         told.hand_ms < FRAME_MS),
        ("new points shown after, median ms", told.shown_ms, "–", None),
    ]  # fmt: skip
    return [_result(name, value, how, facts) for name, value, *how in rows]


def _result(name: str, value: float, how: list, facts: str) -> results.Result:
    target, met = how
    word = {True: "met   ", False: "missed", None: "      "}[met]
    print(f"{word} {name}: {value:.1f} (target {target}; {facts})", flush=True)
    return results.Result("MON", name, round(value, 2), target, met, facts)


if __name__ == "__main__":
    main()
