"""Imported once by the process that forks children: a fork then costs milliseconds."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
django.setup()
