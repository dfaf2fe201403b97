"""`manage.py sweeper`: takes back what lost workers held; run one or several."""

from typing import Any

from django.core.management.base import BaseCommand

from ai_core.execution import sweeper


class Command(BaseCommand):
    help = "Recover jobs of lost workers, enforce time-outs, start what is due, purge, until TERM."

    def handle(self, *args: Any, **options: Any) -> None:
        sweeper.serve()
