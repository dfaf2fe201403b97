#!/usr/bin/env python
"""The command line of the hub: `manage.py up` runs all of it."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
    if arguments[1:] == ["up"]:
        # It finds out where the services are, which the settings need to know.
        from megahub.up.start import main as up  # noqa: PLC0415

        return up()
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        print(f"MEGAHUB: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
