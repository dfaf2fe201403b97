"""Which trainings a demo brand has: three that were recorded, and one to be computed here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import transaction

from ai_core.demo.dating import date_back
from ai_core.demo.words import LANGUAGES
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_training.demo.playing import play, recorded, spread
from ai_training.demo.recording import RUNS
from ai_training.examples.characters import Settings
from brands.models import Brand

TAG = "demo"
KIND = "example_training"
DAYS = {"small": 6, "wide": 3, "hasty": 1}
LIVE = "live"
TITLES = {
    "en": {
        "small": "Spelling with a small network",
        "wide": "Spelling with a wide network",
        "hasty": "Spelling, learnt too fast",
        LIVE: "Spelling, as it is learnt",
    },
    "fr": {
        "small": "Orthographe, petit réseau",
        "wide": "Orthographe, réseau large",
        "hasty": "Orthographe, apprise trop vite",
        LIVE: "Orthographe, en cours d’apprentissage",
    },
}
RATE = "0.36"  # dollars an hour, as for a small machine: so the cost card has something to count


def make_trainings(brands: Iterable[Brand]) -> int:
    """Give each brand its demo trainings, unless it has some; return how many were made."""
    made = 0
    for place, brand in enumerate(brands):
        made += _make(brand, live=place == 0)  # one is enough for a laptop
    return made


def _make(brand: Brand, *, live: bool) -> int:
    mine = AIJob.objects.filter(brand=brand, job_type__name=KIND, tags__contains=[TAG])
    with transaction.atomic():
        Brand.objects.select_for_update().get(pk=brand.pk)  # two at once: one waits
        if mine.exists():
            return 0
        titles = TITLES[LANGUAGES.get(brand.slug, "en")]
        member = get_user_model().objects.filter(username=f"{brand.slug}-member").first()
        ages: dict[int, timedelta] = {}
        played = []
        for name in RUNS:
            run = recorded(name)
            wanted = {"name": titles[name], "hyperparameters": run["hyperparameters"]}
            wanted["hourly_rate"] = RATE
            job = JobService.create_job(KIND, wanted, member, brand, tags=(TAG,))
            if play(job, run):
                played.append((job, run))
                ages[job.pk] = timedelta(days=DAYS[name])
        date_back(ages)
        for job, run in played:
            spread(job, run)
        if live:
            # As soon as a worker is there, this one runs, and its curve is live.
            wanted = {"name": titles[LIVE], "total_steps": Settings().steps, "hourly_rate": RATE}
            JobService.create_job(KIND, wanted, member, brand, tags=(TAG,))
    return mine.count()
