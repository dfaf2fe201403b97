"""`make bench-gateway`: PERF-06, the gateway with full records beside LiteLLM's proxy.

Both have one process and stand before the same mock, one after the other in each round. The hub
writes a job with its events, attempt, hold under a hard limit, usage and bill for every call.
BENCH_QUICK=1 takes one short round; BENCH_ONLY=megahub leaves the peer out.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import results, services
from bench.gateway import callers, sides

QUICK = os.environ.get("BENCH_QUICK") == "1"
ONLY = os.environ.get("BENCH_ONLY")
ROUNDS = 1 if QUICK else 3
SECONDS = 4.0 if QUICK else 8.0
CROWD = 16

Figures = dict[str, dict[str, list[float]]]


def main() -> None:
    figures: Figures = {}
    with services.running() as environment, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment)
        with sides.mock() as base:
            os.environ["MEGAHUB_OUTBOUND_ALLOW"] = base.split("/")[2]
            key = _a_brand(base)
            for turn in range(ROUNDS):
                for name in ("direct", "megahub", "litellm"):
                    if ONLY in (None, name):
                        with _side(name, base, key=key, folder=Path(folder)) as (url, token, pid):
                            _measure(figures, name, url=url, token=token, pid=pid)
                        print(f"round {turn + 1} {name}: {_last(figures, name)}", flush=True)
            _prove_records()
    if ONLY is None:
        _report(figures)


@contextmanager
def _side(name: str, base: str, *, key: str, folder: Path) -> Iterator[tuple[str, str, int]]:
    if name == "direct":
        yield base, "none", 0
    elif name == "megahub":
        with sides.hub(key) as found:
            yield found
    else:
        with sides.litellm(base, folder) as found:
            yield found


def _measure(figures: Figures, name: str, *, url: str, token: str, pid: int) -> None:
    one = callers.ask(url, token, callers=1, seconds=SECONDS / 2)
    crowd = callers.ask(url, token, callers=CROWD, seconds=SECONDS)
    facts = {
        "per second, 16 callers": crowd.per_second,
        "ms, 16 callers": crowd.p50_ms,
        "ms p95, 16 callers": crowd.p95_ms,
        "ms, 1 caller": one.p50_ms,
        "ms to the first token": one.first_ms,
        "MB after load": sides.memory(pid) if pid else 0.0,
    }
    for what, value in facts.items():
        figures.setdefault(what, {}).setdefault(name, []).append(value)


def _last(figures: Figures, name: str) -> dict[str, Any]:
    return {what: round(sides_[name][-1], 2) for what, sides_ in figures.items()}


def _a_brand(base: str) -> str:
    import django

    django.setup()
    from datetime import UTC, datetime

    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from ai_providers import credentials
    from ai_providers.models import ModelPrice, Provider, ProviderQuota
    from brands import keys
    from brands.models import Brand, Membership, Role

    brand = Brand.objects.create(slug="bench", name="Bench")
    user = get_user_model().objects.create(username="bench")
    Membership.objects.create(brand=brand, user=user, role=Role.MEMBER)
    provider = Provider(
        brand=brand, name="mock", kind="openai_compatible", base_url=base, model_names=["m-1"]
    )
    credentials.seal(provider, "sk-mock-000000000000")
    provider.save()
    ModelPrice.objects.create(
        model="m-1", input_per_million="1", output_per_million="2",
        valid_from=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    ProviderQuota.objects.create(brand=brand, unit="money", limit="1000000", mode="hard")
    return keys.issue(user=user, brand=brand, name="bench").token


def _prove_records() -> None:
    """Nothing counts that was not written down."""
    from ai_core.models import AIJob, JobEvent
    from ai_providers import balance
    from ai_providers.models import ProviderCall, QuotaHold
    from ai_usage.models import AIJobUsage

    jobs = AIJob.objects.filter(status="completed").count()
    counts = {
        "jobs": AIJob.objects.count(),
        "usage": AIJobUsage.objects.count(),
        "attempts": ProviderCall.objects.filter(status="completed").count(),
        "holds": QuotaHold.objects.filter(state="settled").count(),
        "thirds of events": JobEvent.objects.filter(type="status").count() / 3,
    }
    print(f"records: {counts}, drift of limits: {balance.drifts()}")
    if set(counts.values()) != {jobs} or balance.drifts():
        raise SystemExit("the records are not complete")


def _report(figures: Figures) -> None:
    for what, rows in figures.items():
        ordered = {"megahub": rows["megahub"], **rows}
        print(results.table(f"Gateway: {what}", what, ordered, digits=1))
    middle = {w: {n: results.median(v) for n, v in rows.items()} for w, rows in figures.items()}

    def added(what: str, name: str) -> float:
        return middle[what][name] - middle[what]["direct"]

    rate, memory, first = "per second, 16 callers", "MB after load", "ms to the first token"
    crowd, one = "ms, 16 callers", "ms, 1 caller"
    times = middle[rate]["megahub"] / middle[rate]["litellm"]
    rows = [
        ("requests a second, times LiteLLM", times, "≥ 15", times >= 15),
        *(
            (f"added latency, {words}, part of LiteLLM's", part, "≤ 0.125", part <= 0.125)
            for words, what in (("16 callers", crowd), ("1 caller", one))
            for part in [added(what, "megahub") / added(what, "litellm")]
        ),
        (
            "first token later than direct, ms", added(first, "megahub"), "≤ 3",
            added(first, "megahub") <= 3,
        ),
        (
            "memory, part of LiteLLM's", middle[memory]["megahub"] / middle[memory]["litellm"],
            "≤ 0.33", middle[memory]["megahub"] <= middle[memory]["litellm"] / 3,
        ),
    ]  # fmt: skip
    found = [
        results.Result("PERF-06", what, round(value, 2), target, met, f"{ROUNDS} rounds")
        for what, value, target, met in rows
    ]
    results.save("gateway", found)
    for one_ in found:
        word = "met   " if one_.met else "missed"
        print(f"{word} {one_.id} {one_.what}: {one_.value} (target {one_.target})")


if __name__ == "__main__":
    main()
