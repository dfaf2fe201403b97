"""`manage.py worker`: takes jobs and runs them, as many processes of it as you like."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ai_core.execution import worker


class Command(BaseCommand):
    help = "Take jobs and run them until TERM; what is not finished then is given back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--queues", default="", help="Only these queues, separated by commas. Default: all."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = [name.strip() for name in options["queues"].split(",") if name.strip()]
        worker.serve(queues=names or None)
