"""`manage.py lost_jobs [LOG…]`: jobs that logs or files name and the database does not know."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from megahub.backups import lost


class Command(BaseCommand):
    help = "After a restore: which jobs do logs (the hub's, its clients') or files still name?"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("logs", type=Path, nargs="*")

    def handle(self, *_args: Any, **options: Any) -> None:
        told = lost.in_logs(options["logs"])
        files = lost.in_files(Path(settings.MEDIA_ROOT))
        missing = list(lost.unknown({*told, *files}))
        for job_id in missing:
            where = told.get(job_id, "files of it are there")
            self.stdout.write(f"lost: {job_id}  ({where})")
        self.stdout.write(
            f"{len(missing)} lost jobs are known, of {len({*told, *files})} that were named"
        )
