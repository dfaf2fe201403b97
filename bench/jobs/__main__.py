"""`make bench-jobs`: jobs a second to a recorded end, and how soon an idle hub starts one."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import peers, processor, results, services

HERE = Path(__file__).resolve().parent
QUICK = os.environ.get("BENCH_QUICK") == "1"
ROUNDS = 1 if QUICK else 3
JOBS = 1500 if QUICK else 4000
SINGLE = 60 if QUICK else 200

MODES = [("e2e", JOBS), ("drain", JOBS), ("idle", SINGLE), ("post", SINGLE)]

SYSTEMS = {
    "megahub": [sys.executable, "-m", "bench.jobs.ours"],
    "procrastinate": ["procrastinate", "procrastinate_peer.py"],
    "Celery + two bare UPDATEs": ["celery", "celery_peer.py"],
    "django-celery-results": ["django-celery-results", "results_peer.py"],
    "floor: bare INSERT and COMMIT": [sys.executable, "-m", "bench.jobs.floor"],
}
WITHOUT_WEB = {"e2e", "drain", "idle"}
ONLY = {
    "procrastinate": WITHOUT_WEB,
    "Celery + two bare UPDATEs": WITHOUT_WEB,
    "django-celery-results": {"e2e", "drain"},
    "floor: bare INSERT and COMMIT": {"e2e"},
}


def main() -> None:
    figures: dict[str, dict[str, list[float]]] = {mode: {} for mode in ("e2e", "drain", "idle")}
    figures |= {"processor": {}, "post": {}}
    with services.running() as environment:
        for turn in range(ROUNDS):
            for mode, count in MODES:
                for name in SYSTEMS:
                    if mode not in ONLY.get(name, {mode}):
                        continue
                    answer = _run(name, mode, count, environment)
                    value = answer.get("per_second") or answer["median_ms"]
                    figures[mode].setdefault(name, []).append(value)
                    if "processor_ms" in answer:
                        figures["processor"].setdefault(name, []).append(answer["processor_ms"])
                    print(f"round {turn + 1} {mode:5} {name:26} {answer}", flush=True)
    _report(figures)


def _run(name: str, mode: str, count: int, environment: dict[str, str]) -> dict[str, float]:
    command = SYSTEMS[name]
    if command[0] != sys.executable:
        command = [peers.python_of(command[0]), str(HERE / command[1])]
    with tempfile.TemporaryFile(mode="w+") as errors, subprocess.Popen(
        [*command, mode, str(count)],
        env=environment, stdout=subprocess.PIPE, stderr=errors, text=True,
    ) as system:  # fmt: skip
        marks, last = {}, ""
        for line in system.stdout or ():
            if line.strip() in ("begin", "end"):
                marks[line.strip()] = processor.of_tree(os.getpid())
            last = line.strip() or last
        if system.wait():
            errors.seek(0)
            raise SystemExit(f"{name} {mode} failed:\n{errors.read()[-3000:]}")
    answer: dict[str, float] = json.loads(last)
    if marks:
        answer["processor_ms"] = (marks["end"] - marks["begin"]) / count * 1000
    return answer


def _report(figures: dict[str, dict[str, list[float]]]) -> None:
    print(results.table("End to end, one producer", "jobs/s", figures["e2e"]))
    print(results.table("The same in processor time", "ms a job", figures["processor"], digits=2))
    print(results.table("Draining a backlog, 2 workers", "jobs/s", figures["drain"]))
    print(results.table("Idle: commit to start, median", "ms", figures["idle"], digits=1))
    found = []
    for mode, peer, target in [
        ("e2e", "procrastinate", 1.5),
        ("e2e", "Celery + two bare UPDATEs", 1.0),
        ("e2e", "django-celery-results", 3.0),
        ("drain", "procrastinate", 2.0),
        ("drain", "django-celery-results", 3.0),
    ]:
        ratios = [a / b for a, b in zip(figures[mode]["megahub"], figures[mode][peer], strict=True)]
        ratio = results.median(ratios)
        found.append(
            results.Result(
                "PERF-01", f"{mode}, times {peer}", round(ratio, 2), f"≥ {target}",
                ratio >= target, results.spread(ratios, 2),
            )
        )  # fmt: skip
    for peer in ("procrastinate", "Celery + two bare UPDATEs"):
        ours, theirs = figures["processor"]["megahub"], figures["processor"][peer]
        ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
        found.append(
            results.Result(
                "PERF-01", f"e2e, processor time of {peer} ÷ ours",
                round(results.median(ratios), 2), "–", None, results.spread(ratios, 2),
            )
        )  # fmt: skip
    for mode, what, most in [("idle", "commit to start", 8), ("post", "POST to running", 20)]:
        times = figures[mode]["megahub"]
        found.append(
            results.Result(
                "PERF-02", f"{what} at idle, median ms", round(results.median(times), 1),
                f"≤ {most}", results.median(times) <= most, results.spread(times, 1),
            )
        )  # fmt: skip
    results.save("jobs", found)
    for result in found:
        print(f"{'met   ' if result.met else 'missed'} {result.id} {result.what}: {result.value}"
              f" (target {result.target}, {result.spread})")  # fmt: skip


if __name__ == "__main__":
    main()
