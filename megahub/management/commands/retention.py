"""`manage.py retention`: says or does now what the sweepers do little by little."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ai_core import retention
from ai_core.models import RetentionRule
from brands.audit import keeping


class Command(BaseCommand):
    help = "Remove what brands no longer want to keep, by their rules; --dry-run only says what."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="touch nothing")
        parser.add_argument("--brand", default="", help="only this brand (its slug)")

    def handle(self, *_args: Any, **options: Any) -> None:
        rules = RetentionRule.objects.select_related("brand").order_by("brand__slug", "kind")
        if options["brand"]:
            rules = rules.filter(brand__slug=options["brand"])
        if not rules:
            self.stdout.write("There is no rule: everything is kept.")
        for plan in retention.plans(rules, most=10_000_000):
            span = f", ended {plan.first:%Y-%m-%d} to {plan.last:%Y-%m-%d}" if plan.jobs else ""
            more = "more than " if plan.is_capped else ""
            self.stdout.write(
                f"{plan.rule.brand.slug}: {plan.rule.kind} of {more}{plan.jobs} jobs{span}"
            )
        if not options["brand"]:
            self._say_of_the_trail()
        if not options["dry_run"]:
            while retention.step(seconds=5):
                self.stdout.write(".", ending="")
                self.stdout.flush()
            while not options["brand"] and keeping.step():
                pass
            self.stdout.write("Done.")

    def _say_of_the_trail(self) -> None:
        plan = keeping.plan()
        if plan is None:
            self.stdout.write("audit trail: everything is kept (MEGAHUB_AUDIT_KEEP_DAYS).")
            return
        since = f", the oldest of {plan.first:%Y-%m-%d}" if plan.first else ""
        self.stdout.write(
            f"audit trail: {plan.entries} entries before {plan.older_than:%Y-%m-%d}{since}"
        )
        if plan.entries and not keeping.may_forget():
            self.stderr.write("This role of the database may not remove them: run it as the owner.")
