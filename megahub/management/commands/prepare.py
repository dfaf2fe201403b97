"""`manage.py prepare`: what must be true before the processes start."""

import json
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection

from megahub import translations
from megahub.up import first_run, static_files

LOCK = 0x4D454741  # any number, the same in every hub: two may share a database


class Command(BaseCommand):
    help = "Migrate, compile texts, gather static files, make the first user (and demo content)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--report", type=int, help="a descriptor to write the facts to, as JSON"
        )

        parser.add_argument(
            "--only-static", action="store_true", help="gather static files; needs no database"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["only_static"]:
            static_files.gather(say=self.stdout.write)
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            call_command("migrate", verbosity=0, interactive=False)
            translations.ensure()
            static_files.gather(say=self.stdout.write)
            admin_made = first_run.make(say=self.stdout.write)
        if options["report"] is not None:
            facts = {"admin_made": admin_made, "commands": sorted(get_commands())}
            with os.fdopen(options["report"], "w") as report:
                json.dump(facts, report)
