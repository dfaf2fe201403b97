"""`manage.py check_quotas`: recomputes every month of every quota from its rows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ai_providers import balance


class Command(BaseCommand):
    help = "Prove that held = Σ holds and used = Σ settled; --repair sets what is not to the sums."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [str(one) for one in balance.drifts()]
        untold = balance.untold()
        for line in [*found, *untold]:
            self.stdout.write(line)
        if options["repair"]:
            self.stdout.write(f"{balance.repair()} months repaired.")
            found = []
        if found or untold:
            raise CommandError("The quotas do not balance. Use --repair to set them to the sums.")
        self.stdout.write("The quotas balance.")
