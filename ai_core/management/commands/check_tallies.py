"""`manage.py check_tallies`: counts all jobs anew and compares what the sums say."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ai_core import tally


class Command(BaseCommand):
    help = "Prove that the counts of the dashboard are those of the jobs; --repair folds anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = tally.drifts()
        for line in found:
            self.stdout.write(line)
        if options["repair"]:
            self.stdout.write(f"{tally.begin_again()} jobs folded anew.")
            found = tally.drifts()
        if found:
            raise CommandError("The counts have drifted. Use --repair to fold them anew.")
        self.stdout.write("The counts are right.")
