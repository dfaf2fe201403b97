"""`manage.py error_codes > docs/errors.md`: the list of error codes, from the code itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from megahub.api.openapi import table_of_codes

INTRODUCTION = """# Error codes

Every error is `{"detail": "<a sentence for people>", "error_code": "<one of these>", …facts}`;
invalid fields are under `errors` by dotted path. Programs look at `error_code` and never at the
sentence. Made by `manage.py error_codes > docs/errors.md`; a test holds it in step.
"""


class Command(BaseCommand):
    help = "Print the list of error codes as a page in Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{INTRODUCTION}\n{table_of_codes()}")
