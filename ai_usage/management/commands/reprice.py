"""`manage.py reprice`: books usage anew at corrected prices; try it with --dry-run first."""

from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ai_usage.repricing import reprice
from brands.models import Brand


class Command(BaseCommand):
    help = "Ask the price books again for every job since a day, at the prices of its own time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--brand", help="slug of one brand only")
        parser.add_argument("--dry-run", action="store_true", help="show it, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = None
        if options["brand"]:
            brand = Brand.objects.filter(slug=options["brand"]).first()
            if brand is None:
                raise CommandError(f"There is no brand {options['brand']!r}.")
        count, difference = 0, Decimal(0)
        for one in reprice(since=options["since"], brand=brand, dry_run=options["dry_run"]):
            count += 1
            difference += (one.after or Decimal(0)) - (one.before or Decimal(0))
            self.stdout.write(
                f"job {one.job_id} {one.model}: {_shown(one.before)} → {_shown(one.after)} "
                f"({one.source or 'no price'})"
            )
        verb = "would change" if options["dry_run"] else "changed"
        self.stdout.write(f"{count} bills {verb}, {difference:+.6f} in all.")


def _shown(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:.6f}"
