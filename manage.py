#!/usr/bin/env python
"""The command line of the hub: `manage.py up` runs all of it."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
    execute_from_command_line(sys.argv)
