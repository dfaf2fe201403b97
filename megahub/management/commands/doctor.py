"""`manage.py doctor`: is everything well, and if not, what mends it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from brands.findings import Finding, State
from megahub.doctor.examination import examine

MARKS = {State.OK: "ok     ", State.WARNING: "warning", State.FAILED: "FAILED "}


class Command(BaseCommand):
    help = (
        "Check everything that a hub needs and say how to mend what is wrong. "
        "Exit code 0: well, or only warnings; 1: something is broken."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document for programs")
        parser.add_argument(
            "--quick", action="store_true", help="leave out what counts every job anew"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        found: list[Finding] = []
        for finding in examine(quick=options["quick"]):
            found.append(finding)
            if not options["json"]:
                self._say(finding)
        counts = Counter(finding.state for finding in found)
        if options["json"]:
            facts = {
                "healthy": not counts[State.FAILED],
                "counts": {state.value: counts[state] for state in State},
                "findings": [asdict(finding) for finding in found],
            }
            self.stdout.write(json.dumps(facts, indent=2))
        else:
            self.stdout.write(
                f"{counts[State.OK]} well, {counts[State.WARNING]} warnings, "
                f"{counts[State.FAILED]} failed"
            )
        if counts[State.FAILED]:
            raise SystemExit(1)

    def _say(self, finding: Finding) -> None:
        style = {
            State.OK: self.style.SUCCESS,
            State.WARNING: self.style.WARNING,
            State.FAILED: self.style.ERROR,
        }[finding.state]
        self.stdout.write(f"{style(MARKS[finding.state])}  {finding.part}: {finding.says}")
        if finding.mend:
            self.stdout.write(f"         → {finding.mend}")
