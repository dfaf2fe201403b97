"""Says of each thing that was watched whether it stayed flat after its first minutes."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from bench.results import Result
from bench.soak.watching import Sample

WARM = 0.34  # of the time: caches and pools fill, code is imported
GROWTH = 1.10
SLACK_MB, SLACK_FILES, SLACK_CONNECTIONS, SLACK_KEYS = 8, 10, 5, 50
DEAD = 0.5


def judge(samples: Sequence[Sample]) -> list[Result]:
    settled = samples[int(len(samples) * WARM) :]
    roles = sorted({role for one in settled for role in one.megabytes})
    found = []
    for role in roles:
        what = f"soak: memory of {role}, MB, its end beside its settled beginning"
        found.append(_flat(what, settled, lambda one, r=role: one.megabytes[r], SLACK_MB))
    for role in roles:
        what = f"soak: open files of {role}"
        found.append(_flat(what, settled, lambda one, r=role: one.files[r], SLACK_FILES))
    found.append(
        _flat("soak: connections to PostgreSQL", settled, lambda one: one.connections,
              SLACK_CONNECTIONS)
    )  # fmt: skip
    found.append(_flat("soak: Valkey, MB", settled, lambda one: one.valkey_megabytes, SLACK_MB))
    found.append(_flat("soak: Valkey, keys", settled, lambda one: one.valkey_keys, SLACK_KEYS))
    found += [_bloat(settled), _a_job(settled)]
    return found


def _flat(
    what: str, settled: Sequence[Sample], of: Callable[[Sample], float], slack: float
) -> Result:
    figures = [of(one) for one in settled]
    part = max(len(figures) // 4, 1)
    early, late = statistics.median(figures[:part]), statistics.median(figures[-part:])
    target = f"≤ {early:.0f} × {GROWTH} or + {slack}"
    flat = late <= max(early * GROWTH, early + slack)
    return Result(
        "SOAK", what, round(late, 1), target, flat, f"{min(figures):.0f}–{max(figures):.0f}"
    )


def _bloat(settled: Sequence[Sample]) -> Result:
    worst = max(settled[len(settled) // 2 :], key=lambda one: one.dead_share)
    return Result(
        "SOAK", "soak: dead rows of the worst table, share of those that live",
        round(worst.dead_share, 2), f"≤ {DEAD}", worst.dead_share <= DEAD, worst.worst_table,
    )  # fmt: skip


def _a_job(settled: Sequence[Sample]) -> Result:
    """The database grows by its jobs, and by no more in the second half than in the first."""
    middle = settled[len(settled) // 2]
    first = _growth(settled[0], middle)
    second = _growth(middle, settled[-1])
    return Result(
        "SOAK", "soak: kB of the database a job, second half beside the first",
        round(second, 1), f"≤ {first:.1f} × 1.2", second <= first * 1.2, f"{settled[-1].jobs} jobs",
    )  # fmt: skip


def _growth(before: Sample, after: Sample) -> float:
    return (
        1024 * (after.database_megabytes - before.database_megabytes) / (after.jobs - before.jobs)
    )
