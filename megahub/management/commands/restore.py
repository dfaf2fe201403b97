"""`manage.py restore FOLDER/<moment>`: a hub from a backup, and what it no longer knows."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from brands import sealing
from megahub import environment as env
from megahub.backups import putting_back, taking
from megahub.backups.programs import ProgramFailed
from megahub.guardian import Guardian
from megahub.up import folder, services
from megahub.up.refusal import Refusal

NAMED = 20


class Command(BaseCommand):
    help = (
        "Restore a backup into the empty database of DATABASE_URL, or without one into a new "
        "MEGAHUB_DATA folder for `manage.py up`; then say what the hub no longer knows."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path)
        parser.add_argument("--secrets", type=Path, help="the file that `backup --secrets` wrote")
        parser.add_argument(
            "--logs", type=Path, nargs="*", default=[],
            help="logs of the hub or of its clients: jobs that they name and the backup lacks",
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        guard = Guardian()
        try:
            self._restore(guard, options)
        except (Refusal, ProgramFailed) as error:
            self.stderr.write(f"nothing was restored: {error}")
            sys.exit(1)
        finally:
            guard.close()

    def _restore(self, guard: Guardian, options: dict[str, Any]) -> None:
        backup: Path = options["backup"].resolve()
        putting_back.manifest_of(backup)
        settings.DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
        given = env.text("DATABASE_URL")
        database, server = services.database(given, data=settings.DATA, guard=guard, connections=60)
        try:
            environment = self._secrets(options["secrets"])
            manifest = putting_back.put_back(
                backup,
                database=database,
                artifacts=Path(settings.MEDIA_ROOT) if taking.is_local() else None,
                say=self.stdout.write,
            )
            environment["DATABASE_URL"] = database
            if putting_back.manage(["migrate", "-v0", "--no-input"], environment):
                raise Refusal("the database was restored, but `manage.py migrate` failed")
            self._report(manifest)
            if putting_back.manage(["lost_jobs", *map(str, options["logs"])], environment):
                self.stdout.write("`manage.py lost_jobs` could not look for lost jobs")
        finally:
            if server is not None:
                server.stop()

    def _secrets(self, path: Path | None) -> dict[str, str]:
        """Bring the secrets into the data folder, where nothing else gives them."""
        told = {}
        if path is not None:
            lines = path.read_text().splitlines()
            told = dict(line.split("=", 1) for line in lines if "=" in line)
        key = env.secret("MEGAHUB_SECRET_KEY") or told.get("MEGAHUB_SECRET_KEY")
        if not env.secret("MEGAHUB_SECRET_KEY"):
            _keep(settings.DATA / folder.SECRET_KEY, told.get("MEGAHUB_SECRET_KEY", ""))
        if not settings.CREDENTIAL_KEYS:
            _keep(settings.DATA / sealing.FILE, told.get("MEGAHUB_CREDENTIAL_KEYS", ""))
        return {"MEGAHUB_SECRET_KEY": key or folder.secret_key(settings.DATA)}

    def _report(self, manifest: dict[str, Any]) -> None:
        newest = manifest["newest_job"]
        self.stdout.write(f"restored as it was on {manifest['taken_at']}")
        self.stdout.write(
            f"newest job: {newest['job_id'] or 'none'} (number {newest['id']}); what was made "
            "later is not here, and its numbers are not given again"
        )
        for name, meaning in (
            ("running", "ran then: they run again, as after the loss of a worker"),
            ("waiting", "waited then: they run now, perhaps for the second time"),
        ):
            jobs = manifest[name]
            more = f" and {len(jobs) - NAMED} more" if len(jobs) > NAMED else ""
            self.stdout.write(f"{len(jobs)} jobs {meaning}")
            if jobs:
                self.stdout.write(f"  {', '.join(jobs[:NAMED])}{more}")
        self._compare_keys(manifest["credential_keys"])

    def _compare_keys(self, then: list[str]) -> None:
        if missing := set(then) - set(taking.key_marks()):
            self.stdout.write(
                f"WARNING: {len(missing)} of the keys that sealed providers' keys are not here: "
                "give them in MEGAHUB_CREDENTIAL_KEYS, or enter the providers' keys anew"
            )


def _keep(path: Path, text: str) -> None:
    if text and not path.exists():
        path.touch(mode=0o600)
        path.write_text(text)
