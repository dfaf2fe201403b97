"""What the pages of trainings are looked at with: datasets, offers, and a run in every state."""

from __future__ import annotations

import io
import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.browser.office import LONG
from tests.browser.site import Cast

TOTAL = 2_000
ROWS = [{"prompt": f"What does owl {n} say?", "completion": "Hoo. " * 3} for n in range(40)]


@dataclass
class Studio:
    brand: Any
    user: Any
    viewer: Any
    dataset: Any = None
    broken: Any = None
    elsewhere: Any = None
    configuration: Any = None
    offers: list[Any] = field(default_factory=list)
    runs: dict[str, Any] = field(default_factory=dict)

    def person(self, who: str, cast: Cast) -> Any:
        return self.viewer if who == "viewer" else getattr(cast, who)


def furnish(cast: Cast) -> Studio:
    from ai_core.execution import registry

    registry.sync()
    studio = Studio(cast.first, cast.member, _viewer(cast.first))
    _catalogue(studio)
    _done(studio, "Owls, first try", steps=1_200, seed=1, preset="conservative")
    _done(studio, "Owls, more rank", steps=1_200, seed=2, preset="aggressive")
    _running(studio)
    _failed(studio)
    _paused(studio)
    studio.runs["waiting"] = start(studio, LONG, preset="balanced")
    return studio


def _viewer(brand: Any) -> Any:
    """Somebody who may look and change nothing."""
    from django.contrib.auth import get_user_model

    from brands.models import Membership, Role
    from tests.browser.site import hashed

    user = get_user_model().objects.create(username="vera", password=hashed())
    Membership.objects.create(user=user, brand=brand, role=Role.VIEWER)
    return user


def _catalogue(studio: Studio) -> None:
    from ai_training import datasets
    from ai_training.models import ComputeOffer, TrainingConfiguration
    from ai_training.presets import PRESETS

    who = {"brand": studio.brand, "user": studio.user}
    text = "\n".join(json.dumps(row) for row in ROWS)
    studio.dataset = datasets.store(
        io.BytesIO(text.encode()), **who, name="owl-talk-v4", format="jsonl",
        description="Questions to owls, with their answers.",
    )  # fmt: skip
    studio.broken = datasets.store(
        io.BytesIO(b'{"a": 1}\nnot json\n[1]\n'), **who, name="half-done", format="jsonl"
    )
    studio.elsewhere = datasets.refer(
        **who, name=LONG, format="csv", reference=f"s3://owls/{LONG}/{LONG}.csv"
    )
    settings = {**PRESETS["balanced"], "lora_r": 32}
    studio.configuration = TrainingConfiguration.objects.create(
        brand=studio.brand, created_by=studio.user, name="Balanced, rank 32", preset="balanced",
        base_model="Llama-3.1-8B", hyperparameters=settings,
    )  # fmt: skip
    made = ComputeOffer.objects.create
    for name, model, rate, pricing in (
        ("Gravelines, spot", "H100", "2.49", "spot"),
        ("Strasbourg", "A100", "3.60", "on_demand"),
    ):
        studio.offers.append(
            made(
                brand=studio.brand, created_by=studio.user, name=name, provider="OVHcloud",
                region="GRA", kind="gpu", model=model, hourly_rate=rate, pricing=pricing,
            )
        )  # fmt: skip


def start(studio: Studio, name: str, **more: Any) -> Any:
    from ai_training import runs

    given = {
        "name": name,
        "image": "registry.gra.ovhcloud.example/pytorch/pytorch:2.1-cuda12",
        "offer": studio.offers[0].pk,
        "dataset": studio.dataset.pk,
        "total_steps": TOTAL,
        **more,
    }
    return runs.create_run(given, user=studio.user, brand=studio.brand)


def begin(run: Any, *, hours: float = 0.0) -> None:
    from ai_core.models import AIJob
    from ai_training import runners

    runners.claim_one(run, runner="gpu-1", lease_seconds=3_600)
    if hours:
        since = datetime.now(UTC) - timedelta(hours=hours)
        AIJob.objects.filter(pk=run.pk).update(active_since=since, started_at=since)


def say(run: Any, **said: Any) -> Any:
    """Report as the runner that has the lease."""
    from ai_core.models import AIJob
    from ai_training import gathering, reports

    lease = AIJob.objects.values_list("lease_token", flat=True).get(pk=run.pk)
    body = {"message_id": f"m{datetime.now(UTC).timestamp()}", **said}
    return gathering.take(run.pk, reports.report_of(body, lease=lease, holder="gpu-1"))


def points(first: int, last: int, *, seed: int = 0, total: int = TOTAL) -> list[dict[str, Any]]:
    chance = Random(seed)
    found = []
    for step in range(first, last + 1):
        curve = 2.6 * math.exp(-step / (260 + 60 * seed)) + 0.33
        values = {
            "training_loss": curve * (1 + chance.gauss(0, 0.035)),
            "learning_rate": 2e-4 * (1 + math.cos(math.pi * step / total)) / 2,
            "gradient_norm": 0.4 + chance.random() * 0.1,
            "tokens_per_second": 18_400 + chance.gauss(0, 120),
            "gpu_utilisation": 87 + chance.gauss(0, 3),
            "gpu_memory_gb": 61.4 + chance.random(),
            "gpu_temperature": 64 + chance.gauss(0, 1),
        }
        if step % 50 == 0:
            values["validation_loss"] = curve * 1.05 + 0.01
        found.append({"step": step, "epoch": step * 3 / total, "values": values})
    return found


def _running(studio: Studio) -> None:
    run = start(
        studio, "Owls that answer", configuration=studio.configuration.pk, budget="60",
        guard_rails={"stalled": {"minutes": 30}, "nan_loss": {"action": "pause"}},
    )  # fmt: skip
    begin(run, hours=6.38)
    say(run, stages=[{"stage": "preprocessing", "substatus": "12,480 samples tokenised"}])
    say(run, stages=[{"stage": "model_loading", "substatus": "Llama-3.1-8B, bf16"}])
    say(run, stages=[{"stage": "training", "substatus": "epoch 2 of 3"}])
    say(run, points=points(1, 850), progress={"step": 850, "total_steps": TOTAL, "epoch": 1.28,
        "total_epochs": 3})  # fmt: skip
    lines = [{"message": f"step={n} loss=0.{400 - n % 90}"} for n in range(820, 851)]
    say(run, logs=[*lines, {"message": "GPU 0 dropped to 45 %", "level": "warning"}])
    saved = [
        {"step": n, "path": f"/checkpoints/{LONG}/{n}", "size": 168_000_000, "is_best": n == 800}
        for n in (200, 400, 600, 800)
    ]
    say(run, checkpoints=saved)
    _estimate(run, low="12.50", high="17.20")
    studio.runs["running"] = run


def _estimate(run: Any, *, low: str, high: str) -> None:
    from ai_training.models import TrainingRun

    TrainingRun.objects.filter(pk=run.pk).update(estimate_low=low, estimate_high=high)


def _done(studio: Studio, name: str, *, steps: int, seed: int, **more: Any) -> None:
    run = start(studio, name, total_steps=steps, **more)
    begin(run, hours=2.0 + seed)
    say(run, points=points(1, steps, seed=seed, total=steps))
    say(run, ending={"status": "completed", "result": {"adapter": "adapter.safetensors"}})
    studio.runs[f"done-{seed}"] = run


def _failed(studio: Studio) -> None:
    run = start(studio, "Owls, too large a batch", hyperparameters={"batch_size": 64})
    begin(run, hours=0.2)
    say(run, ending={"status": "failed", "message": "CUDA out of memory: 79 of 80 GB are in use."})
    studio.runs["failed"] = run


def _paused(studio: Studio) -> None:
    from ai_training import runs

    run = start(studio, "Owls at rest", budget="12")
    begin(run, hours=3.1)
    say(run, points=points(1, 300), checkpoints=[{"step": 300, "size": 90_000_000}])
    runs.pause(run.job, user=studio.user)
    say(run, ending={"status": "paused"})
    _estimate(run, low="4.10", high="6.30")
    studio.runs["paused"] = run


def pages(studio: Studio) -> list[tuple[str, str, str]]:
    """name, who (a field of Cast), path: every page of trainings with something on it."""
    runs = studio.runs
    both = f"{runs['done-1'].pk},{runs['done-2'].pk},{runs['running'].pk}"
    return [
        *[(f"training-{name}", "member", f"/jobs/{run.job.job_id}/") for name, run in runs.items()],
        ("training-read", "viewer", f"/jobs/{runs['running'].job.job_id}/"),
        ("training-configuration", "member", f"/jobs/{runs['running'].job.job_id}/configuration/"),
        ("trainings", "member", "/trainings/"),
        ("trainings-narrowed", "member", "/trainings/?status=completed&sortBy=cost&take=25"),
        ("trainings-nothing-found", "member", "/trainings/?search=zzz"),
        ("trainings-wrong", "member", "/trainings/?status=soon"),
        ("trainings-all-brands", "admin", "/trainings/"),
        ("compare-trainings", "member", f"/trainings/compare/?ids={both}"),
        ("compare-trainings-one", "member", f"/trainings/compare/?ids={runs['running'].pk}"),
        ("new-training", "member", "/trainings/new/"),
        ("new-training-again", "member", f"/trainings/new/?from={runs['failed'].job.job_id}"),
        ("new-training-forbidden", "viewer", "/trainings/new/"),
        ("new-training-all-brands", "admin", "/trainings/new/"),
        ("datasets", "member", "/datasets/"),
        ("datasets-nothing-found", "member", "/datasets/?search=zzz"),
        ("datasets-all-brands", "admin", "/datasets/"),
        ("dataset", "member", f"/datasets/{studio.dataset.pk}/"),
        ("dataset-broken", "member", f"/datasets/{studio.broken.pk}/"),
        ("dataset-elsewhere", "member", f"/datasets/{studio.elsewhere.pk}/"),
        ("dataset-new", "member", "/datasets/new/"),
        ("configurations", "member", "/training-configurations/"),
        ("configuration", "member", f"/training-configurations/{studio.configuration.pk}/"),
        ("configuration-read", "viewer", f"/training-configurations/{studio.configuration.pk}/"),
        ("configuration-new", "member", "/training-configurations/new/?preset=aggressive"),
        ("offers", "member", "/compute-offers/"),
        ("offer-forbidden", "member", f"/compute-offers/{studio.offers[0].pk}/"),
    ]
