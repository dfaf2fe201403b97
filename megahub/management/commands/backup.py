"""`manage.py backup FOLDER`: the database in one snapshot, and the files, while the hub runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from megahub.backups import taking
from megahub.backups.programs import ProgramFailed


class Command(BaseCommand):
    help = (
        "Make FOLDER/<moment>/ with the database and a manifest, and copy new files to "
        "FOLDER/artifacts/. The hub's secrets are not in it: keep those elsewhere (--secrets)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--secrets", type=Path, metavar="FILE", help="write secret key and credential keys here"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        folder: Path = options["folder"].resolve()
        secrets: Path | None = options["secrets"]
        if secrets is not None and folder in secrets.resolve().parents:
            raise CommandError("keep the secrets in another place than the backup")
        try:
            made = taking.take(folder, say=self.stdout.write)
        except (ProgramFailed, psycopg.Error, OSError) as error:
            raise CommandError(f"no backup was made: {error}") from None
        if secrets is not None:
            taking.write_secrets(secrets)
        self.stdout.write(f"backup in {made}")
        if not taking.is_local():
            self.stdout.write("files lie in a bucket: let the bucket keep its versions")
