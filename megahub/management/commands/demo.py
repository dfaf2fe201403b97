"""`manage.py demo`: brands, people and jobs to look around with; safe to run again."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from ai_core.demo import make_jobs
from brands.demo import make_brands


class Command(BaseCommand):
    help = "Make demo content: two brands with their people and jobs. What is there already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        brands = make_brands()
        jobs = make_jobs(brands)
        if apps.is_installed("ai_training"):
            from ai_training.demo.story import make_trainings  # noqa: PLC0415  (it may be left out)

            jobs += make_trainings(brands)
        names = ", ".join(brand.slug for brand in brands)
        self.stdout.write(f"demo content is there: brands {names}; {jobs} new jobs")
