"""`manage.py erase`: takes one job's or one person's content away, and proves it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from ai_core import erasure
from ai_core.models import AIJob
from megahub.erasing import people, proof

TEXT = (
    "Erase what a job contains (with the jobs that repeat it, which carry the same content), or a "
    "person with all their jobs. Sums, bills and changes of status stay, without names. Then every "
    "table and file is searched for what was erased. Backups keep it until they are gone, too."
)


class Command(BaseCommand):
    help = TEXT

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--job", help="a job's number or job_id")
        what.add_argument("--user", help="a person's user name")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = None
        if options["job"]:
            job_ids, words = self._of_job(options["job"]), []
        else:
            user = self._user(options["user"])
            job_ids, words = people.jobs_of(user), people.names_of(user)
        names = AIJob.objects.filter(pk__in=job_ids).order_by("pk").values_list("job_id", flat=True)
        for name in names[:20]:
            self.stdout.write(name)
        self.stdout.write(f"{len(job_ids)} jobs{f' and {user.username}' if user else ''}")
        if options["dry_run"]:
            return
        if not options["yes"] and input("Erase for good? Type yes: ") != "yes":
            raise CommandError("Nothing was erased.")
        words += proof.texts_of(job_ids)
        try:
            erasure.erase(job_ids)
        except erasure.StillOpen as error:
            raise CommandError(str(error)) from None
        if user is not None:
            people.forget(user)
        self._prove(words)

    def _of_job(self, reference: str) -> list[int]:
        job = AIJob.objects.named(reference).first()
        if job is None:
            raise CommandError(f"There is no job {reference}.")
        return erasure.with_repeats(job)

    def _user(self, name: str) -> Any:
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is nobody called {name}.")
        if open_ := people.open_jobs_of(user):
            raise CommandError(f"Cancel these first: {', '.join(open_[:10])}")
        return user

    def _prove(self, words: list[str]) -> None:
        left = [*proof.found_in_tables(words), *proof.found_in_files(words)]
        if left:
            raise CommandError(
                "Erased, but the same words still stand in\n  " + "\n  ".join(left) + "\n"
                "Look whether they are somebody else's, and erase those jobs as well if not."
            )
        self.stdout.write(f"Erased. {len(words)} texts were looked for everywhere: none is left.")
