"""Imported once by the process that forks children: a fork then costs milliseconds."""

import os
import signal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
django.setup()
# A TERM for the whole process group is the worker's to answer: it lets its children finish. This
# process ends when the worker does.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
