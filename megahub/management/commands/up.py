"""`manage.py up`: everything the hub needs, in one process tree.

manage.py starts it before Django reads its settings; this file lists it among the commands.
"""

import sys

from django.core.management.base import BaseCommand

from megahub.up.start import main


class Command(BaseCommand):
    help = "Run the whole hub: embedded services where none are given, web, worker and sweeper."
    requires_system_checks = ()

    def handle(self, *_args: object, **_options: object) -> None:
        sys.exit(main())
